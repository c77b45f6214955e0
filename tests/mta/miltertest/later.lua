-- A store that cannot be written: whoever sends is asked to come again, and is
-- told nothing of our folders.
dofile(common)
conn = open()

check("at first all is well", send(conn, "Q1", {"<rua@example.com>"},
  report("1", "example.com", 1)) == SMFIR_DISCARD)
os.execute("chmod 555 " .. store .. " " .. store .. "/example.com")
check("report comes again", send(conn, "Q2", {"<org@example.net>"},
  report("2", "example.org", 1)) == SMFIR_REPLYCODE)
check("with 451", mt.eom_check(conn, MT_SMTPREPLY, "451", "4.3.0",
  "the report cannot be taken at the moment; try again later"))
check("so does one to others too", send(conn, "Q3",
  {"<org@example.net>", "<a@example.org>"},
  report("2", "example.org", 1)) == SMFIR_REPLYCODE)
check("nobody is taken out", not taken_out(conn, "<org@example.net>"))
check("a bad one as well", send(conn, "Q4", {"<rua@example.com>"}, BAD) ==
  SMFIR_REPLYCODE)
envelope(conn, "Q5", {"<a@example.org>"})
mt.data(conn)
check("other people's mail is not held up", mt.getreply(conn) == SMFIR_ACCEPT)
os.execute("chmod 755 " .. store .. " " .. store .. "/example.com")
check("after that it is taken", send(conn, "Q6", {"<org@example.net>"},
  report("2", "example.org", 1)) == SMFIR_DISCARD)
check("and stored once", rows("records", "example.org") == 1)
done()
