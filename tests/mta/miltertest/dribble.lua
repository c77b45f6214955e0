-- A body in pieces of one byte, and one of 3 MB, which does not stay in memory.
dofile(common)
conn = open()

envelope(conn, "Q1", {"<rua@example.com>"})
mt.data(conn)
header(conn)
mt.eoh(conn)
for byte in string.gmatch(report("1", "example.com", 2), ".") do
  mt.bodystring(conn, byte)
end
mt.eom(conn)
check("one byte at a time", mt.getreply(conn) == SMFIR_DISCARD)
check("is the same", rows("records", "example.com") == 2)

envelope(conn, "Q2", {"<rua@example.com>"})
mt.data(conn)
header(conn)
mt.eoh(conn)
body = report("2", "example.com", 9000)
for i = 1, #body, 65535 do
  mt.bodystring(conn, string.sub(body, i, i + 65534))
end
mt.eom(conn)
check("3 MB", mt.getreply(conn) == SMFIR_DISCARD)
check("are stored", rows("records", "example.com") == 9002)
done()
