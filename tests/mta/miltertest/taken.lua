-- Reports are taken out of the mail flow; nothing is left of a message for the
-- next one on the connection.
dofile(common)
conn = open()

check("report is discarded", send(conn, "Q1", {"<rua@example.com>"},
  report("1", "example.com", 3)) == SMFIR_DISCARD)
check("its rows are stored", rows("records", "example.com") == 3)
check("report that comes again is discarded", send(conn, "Q2",
  {"<rua@example.com>"}, report("1", "example.com", 3)) == SMFIR_DISCARD)
check("and stored once", rows("records", "example.com") == 3)
check("second report on the connection", send(conn, "Q3",
  {"<rua@example.com>", "<RUA@Example.COM>"},
  report("2", "example.com", 1)) == SMFIR_DISCARD)
check("is stored too", rows("records", "example.com") == 4)
check("ordinary mail to a RUA is accepted", send(conn, "Q4",
  {"<rua@example.com>"}, ORDINARY) == SMFIR_ACCEPT)
check("and left alone", not taken_out(conn, "<rua@example.com>") and
  not stamped(conn) and not unstamped(conn))
check("and not kept aside", aside() == 0)

mt.mailfrom(conn, "<>")
mt.rcptto(conn, "<rua@example.com>")
mt.data(conn)
header(conn)
mt.eoh(conn)
mt.bodystring(conn, report("3", "example.com", 1))
mt.eom(conn)
check("null sender", mt.getreply(conn) == SMFIR_DISCARD)

envelope(conn, "Q5", {"<somebody@example.com>"})
mt.data(conn)
check("mail to others is left when DATA begins",
  mt.getreply(conn) == SMFIR_ACCEPT)
check("report after it", send(conn, "Q6", {"<rua@example.com>"},
  report("4", "example.com", 1)) == SMFIR_DISCARD)

envelope(conn, "Q7", {"<rua@example.com>"})
mt.data(conn)
mt.eoh(conn)
mt.eom(conn)
check("message of nothing is accepted", mt.getreply(conn) == SMFIR_ACCEPT)
mt.disconnect(conn)

conn = open()
mt.disconnect(conn)
conn = open()
mt.disconnect(conn, false)
check("six rows in all", rows("records", "example.com") == 6)
check("one row a report", rows("reports", "example.com") == 4)
done()
