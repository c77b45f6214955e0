-- Questions to the tables of ruamill, for PostgreSQL; the tables are those of
-- ../schema/postgresql.sql, or of `ruamill ship --create`. What they answer on
-- sample data stands in answers.md.
--
--     psql -f postgresql.sql dmarc

-- volume: how many messages, from how many reports, a month and domain.
SELECT domain, to_char(begin_date, 'YYYY-MM') AS month,
  sum(count) AS messages, count(DISTINCT report_key) AS reports
FROM records
GROUP BY domain, month
ORDER BY domain, month;

-- pass rate: how many per cent of them passed DMARC.
SELECT domain, to_char(begin_date, 'YYYY-MM') AS month,
  round(100.0 * coalesce(sum(count) FILTER (WHERE dmarc_aligned = 1), 0) / sum(count), 1) AS pass_percent
FROM records
GROUP BY domain, month
HAVING sum(count) > 0
ORDER BY domain, month;

-- new sources: addresses that were seen first in the last seven days of the table.
SELECT domain, source_ip_address, min(begin_date) AS first_seen, sum(count) AS messages
FROM records
GROUP BY domain, source_ip_address
HAVING min(begin_date) > (SELECT max(begin_date) - interval '7 days' FROM records)
ORDER BY domain, first_seen, source_ip_address;

-- silent reporters: who sent three reports or more, and none for the last three days.
SELECT domain, org_name, count(*) AS reports, max(end_date) AS last_seen
FROM reports
GROUP BY domain, org_name
HAVING count(*) >= 3 AND max(end_date) < (SELECT max(end_date) - interval '3 days' FROM reports)
ORDER BY last_seen, domain, org_name;

-- failing senders: who sends most that does not pass DMARC, and what became of it.
SELECT domain, source_ip_address, sum(count) AS messages,
  coalesce(sum(count) FILTER (WHERE disposition IN ('quarantine', 'reject')), 0) AS stopped
FROM records
WHERE dmarc_aligned = 0
GROUP BY domain, source_ip_address
ORDER BY messages DESC, domain, source_ip_address
LIMIT 20;
