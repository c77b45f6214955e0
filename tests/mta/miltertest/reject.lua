-- options: -o on_bad=reject
dofile(common)
conn = open()

check("bad one is rejected", send(conn, "Q1", {"<rua@example.com>"}, BAD) ==
  SMFIR_REPLYCODE)
check("with 554", mt.eom_check(conn, MT_SMTPREPLY, "554", "5.6.0",
  "a document type declaration with an internal subset"))
check("one for another domain is rejected", send(conn, "Q2",
  {"<rua@example.com>"}, report("1", "example.org", 1)) == SMFIR_REPLYCODE)
check("with 550", mt.eom_check(conn, MT_SMTPREPLY, "550", "5.7.1",
  "the policy domain example.org is not taken by rua@example.com"))
check("nothing is aside", aside() == 0)
check("others must have it all the same", send(conn, "Q3",
  {"<rua@example.com>", "<a@example.org>"}, BAD) == SMFIR_CONTINUE)
check("the RUA is taken out",
  taken_out(conn, "<rua@example.com>"))
check("and then it is kept aside", aside() == 1)
check("good one is taken", send(conn, "Q4", {"<rua@example.com>"},
  report("2", "example.com", 1)) == SMFIR_DISCARD)
done()
