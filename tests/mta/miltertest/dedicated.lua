-- options: -o dedicated=example.com
-- Domains that have no recipients but RUAs.
dofile(common)
conn = open()

mt.mailfrom(conn, "<>")
mt.rcptto(conn, "<nobody@example.com>")
check("unknown recipient is refused", mt.getreply(conn) == SMFIR_REPLYCODE)
mt.rcptto(conn, "<rua@example.com>")
check("RUA is not", mt.getreply(conn) == SMFIR_CONTINUE)
mt.rcptto(conn, "<somebody@example.org>")
check("nor is anybody elsewhere", mt.getreply(conn) == SMFIR_CONTINUE)
mt.data(conn)
header(conn)
mt.eoh(conn)
mt.bodystring(conn, report("1", "example.com", 1))
mt.eom(conn)
check("the RUA is taken out",
  taken_out(conn, "<rua@example.com>"))
check("who was refused is not",
  not taken_out(conn, "<nobody@example.com>"))
check("row is stored", rows("records", "example.com") == 1)

mt.mailfrom(conn, "<>")
mt.rcptto(conn, "<nobody@example.com>")
mt.rcptto(conn, "<rua@example.com>")
mt.data(conn)
header(conn)
mt.eoh(conn)
mt.bodystring(conn, report("2", "example.com", 1))
mt.eom(conn)
check("who was refused is no other recipient",
  mt.getreply(conn) == SMFIR_DISCARD)
done()
