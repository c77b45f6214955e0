-- What a dashboard asks, of the tables that `ruamill ship --create` makes in
-- ClickHouse. The views ..._once show a report that came to two hosts once.

-- Volume and pass rate of a domain, by day.
SELECT toDate(begin_date) AS day, sum(`count`) AS messages,
       round(100 * sumIf(`count`, dmarc_aligned = 1) / sum(`count`), 1) AS pass_percent
FROM ruamill.records_once
WHERE domain = 'example.com' AND begin_date >= toDateTime('2010-01-01 00:00:00')
GROUP BY day
ORDER BY day;

-- The domains with the most mail that fails.
SELECT domain, sum(`count`) AS messages, sumIf(`count`, dmarc_aligned = 0) AS failed
FROM ruamill.records_once
GROUP BY domain
ORDER BY failed DESC, domain
LIMIT 20;

-- Sources that fail, and what was done with their mail.
SELECT domain, source_ip_address, header_from, disposition, sum(`count`) AS messages
FROM ruamill.records_once
WHERE dmarc_aligned = 0
GROUP BY domain, source_ip_address, header_from, disposition
ORDER BY messages DESC, domain, source_ip_address
LIMIT 50;

-- Sources that were seen in the last seven days only.
SELECT domain, source_ip_address, min(begin_date) AS first_seen, sum(`count`) AS messages
FROM ruamill.records_once
GROUP BY domain, source_ip_address
HAVING first_seen >= (SELECT max(begin_date) FROM ruamill.records_once) - 7 * 86400
ORDER BY messages DESC, domain, source_ip_address
LIMIT 50;

-- Reporters that sent five reports or more, and none for three days.
SELECT org_name, max(end_date) AS last_end, count() AS sent
FROM ruamill.reports_once
GROUP BY org_name
HAVING sent >= 5 AND last_end < now() - 3 * 86400
ORDER BY last_end DESC, org_name;
