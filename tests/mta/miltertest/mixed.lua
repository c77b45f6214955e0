-- RUAs and other people on one message: the RUAs are taken out, by the argument
-- of their RCPT exactly.
dofile(common)
conn = open()

check("report goes on to the others", send(conn, "Q1",
  {"<a@example.org>", "<RUA@Example.com>", "rua+x@example.com"},
  report("1", "example.com", 1)) == SMFIR_CONTINUE)
check("first RUA is taken out",
  taken_out(conn, "<RUA@Example.com>"))
check("second too", taken_out(conn, "rua+x@example.com"))
check("nobody else is", not taken_out(conn, "<a@example.org>"))
check("no field is added", not stamped(conn))

check("bad one as well", send(conn, "Q2",
  {"<rua@example.com>", "<a@example.org>"}, BAD) == SMFIR_CONTINUE)
check("its RUA is taken out",
  taken_out(conn, "<rua@example.com>"))
check("it is kept aside", aside() == 1)

check("ordinary mail stays whole", send(conn, "Q3",
  {"<rua@example.com>", "<a@example.org>"}, ORDINARY) == SMFIR_ACCEPT)
check("with its RUA", not taken_out(conn, "<rua@example.com>"))

-- What came in under our name does not reach the others either.
envelope(conn, "Q4", {"<rua@example.com>", "<a@example.org>"})
mt.data(conn)
mt.header(conn, "X-RUA-Report", " stored")
header(conn)
mt.eoh(conn)
mt.bodystring(conn, report("2", "example.com", 1))
mt.eom(conn)
check("false field is taken out",
  unstamped(conn))
check("two rows", rows("records", "example.com") == 2)
done()
