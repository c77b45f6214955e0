-- A message given up in any state leaves nothing to the next one.
dofile(common)
conn = open()

steps = {
  function() mt.mailfrom(conn, "<x@reporter.example>") end,
  function() mt.rcptto(conn, "<rua@example.com>") end,
  function() mt.rcptto(conn, "<somebody@example.com>") end,
  function() mt.data(conn) end,
  function() mt.header(conn, "X-RUA-Report", " stored") end,
  function() mt.eoh(conn) end,
  function() mt.bodystring(conn, report("given up", "example.com", 1)) end,
}
for n = 1, #steps do
  for i = 1, n do
    steps[i]()
  end
  mt.abort(conn)
  check("report after one given up in step " .. n, send(conn, "Q" .. n,
    {"<rua@example.com>"}, report("r" .. n, "example.com", 1)) == SMFIR_DISCARD)
  check("is stored alone", rows("records", "example.com") == n)
  check("with no recipient of the other",
    not taken_out(conn, "<rua@example.com>"))
end

-- The MTA that begins anew without giving up, and the one that goes away.
for n = 1, #steps do
  conn = open()
  for i = 1, n do
    steps[i]()
  end
  mt.disconnect(conn, n % 2 == 0)
end
conn = open()
check("and after connections that broke", send(conn, "Q",
  {"<rua@example.com>"}, report("last", "example.com", 1)) == SMFIR_DISCARD)
check("stored", rows("records", "example.com") == #steps + 1)
check("nothing is aside", aside() == 0)
done()
