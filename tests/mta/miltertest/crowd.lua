-- options: -o max_connections=1
-- So many connections bring reports at a time; other people's mail is not
-- counted.
dofile(common)
first = open()
second = open()

envelope(first, "Q1", {"<rua@example.com>"})
mt.data(first)
check("first is let in", mt.getreply(first) == SMFIR_CONTINUE)
envelope(second, "Q2", {"<rua@example.com>"})
mt.data(second)
check("second comes again", mt.getreply(second) == SMFIR_REPLYCODE)
envelope(second, "Q3", {"<a@example.org>"})
mt.data(second)
check("other people's mail is let be", mt.getreply(second) == SMFIR_ACCEPT)
header(first)
mt.eoh(first)
mt.bodystring(first, report("1", "example.com", 1))
mt.eom(first)
check("first is taken", mt.getreply(first) == SMFIR_DISCARD)
check("then the second", send(second, "Q2", {"<rua@example.com>"},
  report("2", "example.com", 1)) == SMFIR_DISCARD)
check("two rows", rows("records", "example.com") == 2)
done()
