-- options: -o max_message=100K
-- A message of more than max_message is bad, and what is over is not wanted.
dofile(common)
conn = open()

envelope(conn, "Q1", {"<rua@example.com>"})
mt.data(conn)
header(conn)
mt.eoh(conn)
for _ = 1, 20 do
  mt.bodystring(conn, report("large", "example.com", 20))
end
mt.eom(conn)
check("it is taken", mt.getreply(conn) == SMFIR_DISCARD)
check("and kept aside", aside() == 1)
check("as far as max_message goes", number("find " .. store ..
  "/quarantine -name '*.eml' -size -101k | wc -l") == 1)
check("nothing of it is stored", rows("records", "example.com") == 0)
check("next one is taken", send(conn, "Q2", {"<rua@example.com>"},
  report("1", "example.com", 1)) == SMFIR_DISCARD)
check("and stored", rows("records", "example.com") == 1)
done()
