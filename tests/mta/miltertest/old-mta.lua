-- options: -o after=accept
-- An MTA of protocol version 2: no DATA, every step has its reply, no leading
-- space, no skipping; of the actions those of then.
dofile(common)
conn = open()
check("negotiation", mt.negotiate(conn, 2, 0x3f, 0x7f) == nil)
check("nothing is asked for that it has not",
  not mt.test_option(conn, SMFIP_NR_HDR) and not mt.test_option(conn, SMFIP_SKIP))

mt.mailfrom(conn, "<noreply@reporter.example>")
check("MAIL has a reply", mt.getreply(conn) == SMFIR_CONTINUE)
mt.rcptto(conn, "<somebody@example.com>")
check("RCPT has a reply", mt.getreply(conn) == SMFIR_CONTINUE)
mt.header(conn, "From", "a@example.org")
check("mail to others is left at its first header",
  mt.getreply(conn) == SMFIR_ACCEPT)

mt.mailfrom(conn, "<noreply@reporter.example>")
mt.rcptto(conn, "<rua@example.com>")
mt.header(conn, "From", "a@example.org")
check("header has a reply", mt.getreply(conn) == SMFIR_CONTINUE)
mt.header(conn, "X-RUA-Report", "stored")
mt.header(conn, "Content-Type", "text/xml")
mt.eoh(conn)
check("its end has a reply", mt.getreply(conn) == SMFIR_CONTINUE)
mt.bodystring(conn, report("1", "example.com", 2))
check("body has a reply", mt.getreply(conn) == SMFIR_CONTINUE)
mt.eom(conn)
check("report is accepted", mt.getreply(conn) == SMFIR_ACCEPT)
check("field without a leading space of ours", mt.eom_check(conn, MT_HDRADD,
  "X-RUA-Report", "stored; records=2; domain=example.com; org=reporter.example"))
check("false one is taken out", unstamped(conn))
check("rows are stored", rows("records", "example.com") == 2)

mt.mailfrom(conn, "<noreply@reporter.example>")
mt.rcptto(conn, "<rua@example.com>")
mt.eoh(conn)
mt.bodystring(conn, report("2", "example.com", 1))
mt.eom(conn)
check("report without a header", mt.getreply(conn) == SMFIR_ACCEPT)
check("is stored", rows("records", "example.com") == 3)
done()
