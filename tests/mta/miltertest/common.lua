-- common.lua - what the scripts here have in common. The globals sock, store and
-- allow are given by miltertest.sh.

failed = 0

function check(name, good)
  if good then
    mt.echo("ok " .. name)
  else
    mt.echo("FAILED " .. name)
    failed = failed + 1
  end
end

function done()
  if failed > 0 then
    error(failed .. " failed")
  end
end

function open()
  local conn = mt.connect(sock, 100, 0.05)
  if conn == nil then
    error("cannot connect to " .. sock)
  end
  return conn
end

-- The body of a report's mail: `n` records.
function report(id, domain, n)
  local record = "<record><row><source_ip>192.0.2.1</source_ip>\r\n" ..
    "<count>1</count><policy_evaluated><disposition>none</disposition>" ..
    "<dkim>pass</dkim><spf>pass</spf></policy_evaluated></row>\r\n" ..
    "<identifiers><header_from>" .. domain .. "</header_from></identifiers>" ..
    "<auth_results><spf><domain>" .. domain .. "</domain>" ..
    "<result>pass</result></spf></auth_results></record>\r\n"
  return "<?xml version=\"1.0\"?>\r\n<feedback><report_metadata>" ..
    "<org_name>reporter.example</org_name><email>a@reporter.example</email>" ..
    "<report_id>" .. id .. "</report_id><date_range><begin>1700000000</begin>" ..
    "<end>1700086399</end></date_range></report_metadata>\r\n" ..
    "<policy_published><domain>" .. domain .. "</domain><p>none</p>" ..
    "</policy_published>\r\n" .. string.rep(record, n) .. "</feedback>\r\n"
end

BAD = "<?xml version=\"1.0\"?>\r\n<!DOCTYPE feedback [<!ENTITY a \"b\">]>\r\n" ..
  "<feedback><report_metadata><org_name>x</org_name></report_metadata>" ..
  "</feedback>\r\n"
ORDINARY = "Good morning.\r\n"

-- MAIL and RCPT.
function envelope(conn, id, recipients)
  mt.macro(conn, SMFIC_MAIL, "i", id)
  mt.mailfrom(conn, "<noreply@reporter.example>")
  for _, recipient in ipairs(recipients) do
    mt.rcptto(conn, recipient)
  end
end

function header(conn)
  mt.header(conn, "From", " noreply@reporter.example")
  mt.header(conn, "Subject", " Report domain:\n example.com")
  mt.header(conn, "Content-Type", " text/xml")
end

-- A whole message; returns the reply to its end.
function send(conn, id, recipients, body)
  envelope(conn, id, recipients)
  mt.data(conn)
  header(conn)
  mt.eoh(conn)
  mt.bodystring(conn, body)
  mt.eom(conn)
  return mt.getreply(conn)
end

-- What the milter asked for at the end of the last message; miltertest wants the
-- name of the recipient or field.
function taken_out(conn, recipient)
  return mt.eom_check(conn, MT_RCPTDELETE, recipient)
end

function stamped(conn)
  return mt.eom_check(conn, MT_HDRADD, "X-RUA-Report")
end

function unstamped(conn)
  return mt.eom_check(conn, MT_HDRDELETE, "X-RUA-Report")
end

-- What a shell command prints, as a number.
function number(command)
  local pipe = io.popen(command)
  local text = pipe:read("*a")
  pipe:close()
  return tonumber(text)
end

-- Rows of a domain's tables, their headers aside.
function rows(table_name, domain)
  return number("cat " .. store .. "/" .. domain .. "/" .. table_name ..
    "-*.csv 2>/dev/null | grep -vc ^begin_date")
end

-- Messages that were kept aside.
function aside()
  return number("find " .. store .. "/quarantine -name '*.eml' 2>/dev/null | wc -l")
end
