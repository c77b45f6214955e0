-- What a dashboard asks, of the tables that `ruamill ship --create` makes in
-- PostgreSQL.

-- Volume and pass rate of a domain, by day.
SELECT begin_date::date AS day, sum("count") AS messages,
       round(100 * sum("count") FILTER (WHERE dmarc_aligned = 1) / nullif(sum("count"), 0), 1)
         AS pass_percent
FROM records
WHERE domain = 'example.com' AND begin_date >= '2010-01-01'
GROUP BY day
ORDER BY day;

-- The domains with the most mail that fails.
SELECT domain, sum("count") AS messages,
       coalesce(sum("count") FILTER (WHERE dmarc_aligned = 0), 0) AS failed
FROM records
GROUP BY domain
ORDER BY failed DESC, domain
LIMIT 20;

-- Sources that fail, and what was done with their mail.
SELECT domain, source_ip_address, header_from, disposition, sum("count") AS messages
FROM records
WHERE dmarc_aligned = 0
GROUP BY domain, source_ip_address, header_from, disposition
ORDER BY messages DESC NULLS LAST, domain, source_ip_address
LIMIT 50;

-- Sources that were seen in the last seven days only.
SELECT domain, source_ip_address, min(begin_date) AS first_seen, sum("count") AS messages
FROM records
GROUP BY domain, source_ip_address
HAVING min(begin_date) >= (SELECT max(begin_date) FROM records) - interval '7 days'
ORDER BY messages DESC NULLS LAST, domain, source_ip_address
LIMIT 50;

-- Reporters that sent five reports or more, and none for three days.
SELECT org_name, max(end_date) AS last_end, count(*) AS sent
FROM reports
GROUP BY org_name
HAVING count(*) >= 5 AND max(end_date) < now() AT TIME ZONE 'UTC' - interval '3 days'
ORDER BY last_end DESC, org_name;
