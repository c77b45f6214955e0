-- Questions to the tables of ruamill, for ClickHouse; the tables are those of
-- ../schema/clickhouse.sql, or of `ruamill ship --create` (database ruamill). What
-- they answer on sample data stands in answers.md.
-- FINAL: a row that was loaded twice counts once, merged or not.
--
--     clickhouse-client --multiquery <clickhouse.sql
--     clickhouse-client --database ruamill --multiquery <clickhouse.sql    behind ship --create

-- volume: how many messages, from how many reports, a month and domain.
SELECT domain, formatDateTime(begin_date, '%Y-%m') AS month,
  sum(count) AS messages, uniqExact(report_key) AS reports
FROM records FINAL
GROUP BY domain, month
ORDER BY domain, month;

-- pass rate: how many per cent of them passed DMARC.
SELECT domain, formatDateTime(begin_date, '%Y-%m') AS month,
  round(100.0 * sumIf(count, dmarc_aligned = 1) / sum(count), 1) AS pass_percent
FROM records FINAL
GROUP BY domain, month
HAVING sum(count) > 0
ORDER BY domain, month;

-- new sources: addresses that were seen first in the last seven days of the table.
SELECT domain, source_ip_address, min(begin_date) AS first_seen, sum(count) AS messages
FROM records FINAL
GROUP BY domain, source_ip_address
HAVING min(begin_date) > (SELECT subtractDays(max(begin_date), 7) FROM records FINAL)
ORDER BY domain, first_seen, source_ip_address;

-- silent reporters: who sent three reports or more, and none for the last three days.
SELECT domain, org_name, count(*) AS reports, max(end_date) AS last_seen
FROM reports FINAL
GROUP BY domain, org_name
HAVING count(*) >= 3 AND max(end_date) < (SELECT subtractDays(max(end_date), 3) FROM reports FINAL)
ORDER BY last_seen, domain, org_name;

-- failing senders: who sends most that does not pass DMARC, and what became of it.
SELECT domain, source_ip_address, sum(count) AS messages,
  sumIf(count, disposition IN ('quarantine', 'reject')) AS stopped
FROM records FINAL
WHERE dmarc_aligned = 0
GROUP BY domain, source_ip_address
ORDER BY messages DESC, domain, source_ip_address
LIMIT 20;
