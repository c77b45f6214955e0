-- options: -o after=accept
-- The header field that says what was stored, and those that came in.
dofile(common)
conn = open()

envelope(conn, "Q1", {"<rua@example.com>"})
mt.data(conn)
mt.header(conn, "X-RUA-Report", " stored; records=99")
header(conn)
mt.header(conn, "x-rua-report", " stored; records=98")
mt.eoh(conn)
mt.bodystring(conn, report("1", "example.com", 2))
mt.eom(conn)
check("report is accepted", mt.getreply(conn) == SMFIR_ACCEPT)
check("with a field", mt.eom_check(conn, MT_HDRADD, "X-RUA-Report",
  " stored; records=2; domain=example.com; org=reporter.example"))
check("those that came in are taken out",
  unstamped(conn))
check("recipients stay", not taken_out(conn, "<rua@example.com>"))

check("duplicate is accepted", send(conn, "Q2", {"<rua@example.com>"},
  report("1", "example.com", 2)) == SMFIR_ACCEPT)
check("with a field of its own", mt.eom_check(conn, MT_HDRADD, "X-RUA-Report",
  " duplicate; domain=example.com; org=reporter.example"))
check("nothing is taken out", not unstamped(conn))

check("bad one is accepted", send(conn, "Q3", {"<rua@example.com>"}, BAD) ==
  SMFIR_ACCEPT)
check("and kept aside", aside() == 1)
check("which the field says", stamped(conn))

envelope(conn, "Q4", {"<rua@example.com>"})
mt.data(conn)
mt.header(conn, "X-RUA-Report", " stored")
mt.eoh(conn)
mt.bodystring(conn, ORDINARY)
mt.eom(conn)
check("ordinary mail is accepted", mt.getreply(conn) == SMFIR_ACCEPT)
check("without a field", not stamped(conn))
check("not even a false one", unstamped(conn))

check("mixed recipients", send(conn, "Q5",
  {"<rua@example.com>", "<somebody@example.com>"},
  report("2", "example.com", 1)) == SMFIR_ACCEPT)
check("all stay", not taken_out(conn, "<rua@example.com>"))
done()
