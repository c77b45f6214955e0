-- What claims to be a report and cannot be taken is kept aside.
dofile(common)
conn = open()

check("bad one is taken", send(conn, "Q1", {"<rua@example.com>"}, BAD) ==
  SMFIR_DISCARD)
check("and kept aside", aside() == 1)
check("one for another domain is taken", send(conn, "Q2", {"<rua@example.com>"},
  report("1", "example.org", 1)) == SMFIR_DISCARD)
check("and kept aside too", aside() == 2)
check("but not stored", rows("records", "example.org") == 0)
check("any RUA that takes it will do", send(conn, "Q3",
  {"<rua@example.com>", "<org@example.net>"},
  report("1", "example.org", 1)) == SMFIR_DISCARD)
check("then it is stored", rows("records", "example.org") == 1)
done()
