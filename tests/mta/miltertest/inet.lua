-- socket: inet
-- options: -o max_message=100K
-- Over inet every step has its reply, and the MTA is told when a body has become
-- too long.
dofile(common)
conn = open()

mt.mailfrom(conn, "<noreply@reporter.example>")
check("MAIL has a reply", mt.getreply(conn) == SMFIR_CONTINUE)
mt.rcptto(conn, "<rua@example.com>")
check("RCPT has a reply", mt.getreply(conn) == SMFIR_CONTINUE)
mt.data(conn)
header(conn)
check("header has a reply", mt.getreply(conn) == SMFIR_CONTINUE)
mt.eoh(conn)
mt.bodystring(conn, report("large", "example.com", 20))
check("body has a reply", mt.getreply(conn) == SMFIR_CONTINUE)
for _ = 1, 20 do
  if mt.getreply(conn) == SMFIR_CONTINUE then
    mt.bodystring(conn, report("large", "example.com", 20))
  end
end
check("the rest is not wanted", mt.getreply(conn) == SMFIR_SKIP)
mt.eom(conn)
check("it is taken", mt.getreply(conn) == SMFIR_DISCARD)
check("and kept aside", aside() == 1)
check("next one is taken", send(conn, "Q2", {"<rua@example.com>"},
  report("1", "example.com", 1)) == SMFIR_DISCARD)
check("and stored", rows("records", "example.com") == 1)
done()
