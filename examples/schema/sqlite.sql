-- The tables of ruamill in SQLite (3.37 or later).
--
--     sqlite3 dmarc.db <sqlite.sql
--
-- The files go in as they are, by the sqlite3 command. A file of the store is
-- loaded through the view TABLE_load, since .import knows no NULL: the view
-- turns a cell that holds nothing into one, and SQLite then checks the types.
-- Whether a value was absent or present but empty cannot be told here: both are
-- NULL. Dates are text, UTC, as SQLite's date functions take them.
--
-- CSV:
--     .import --csv --skip 1 records-2026-11.csv records_load
--
-- TSV:
--     .mode tabs
--     .import --skip 1 records-2026-11.tsv records_load
--
-- The other tables likewise, by their names. A file that has grown can be
-- loaded again: in records and reports, rows that are there already are passed
-- over. The columns of the file are taken in order, not by name; "expected 39
-- columns" says that the file is one of another profile.

-- One row a record, columns = full.
CREATE TABLE records (
  begin_date               TEXT,
  end_date                 TEXT,
  org_name                 TEXT,
  org_email                TEXT,
  report_id                TEXT,
  domain                   TEXT,
  p                        TEXT,
  sp                       TEXT,
  np                       TEXT,
  adkim                    TEXT,
  aspf                     TEXT,
  pct                      INTEGER,
  fo                       TEXT,
  testing                  TEXT,
  discovery_method         TEXT,
  source_ip_address        TEXT,
  count                    INTEGER,
  disposition              TEXT,
  dkim_aligned             INTEGER,
  spf_aligned              INTEGER,
  dmarc_aligned            INTEGER,
  policy_evaluated_dkim    TEXT,
  policy_evaluated_spf     TEXT,
  policy_override_reasons  TEXT,
  policy_override_comments TEXT,
  header_from              TEXT,
  envelope_from            TEXT,
  envelope_to              TEXT,
  dkim_domains             TEXT,
  dkim_selectors           TEXT,
  dkim_results             TEXT,
  dkim_human_results       TEXT,
  spf_domains              TEXT,
  spf_scopes               TEXT,
  spf_results              TEXT,
  spf_human_results        TEXT,
  warnings                 TEXT,
  report_key               TEXT NOT NULL,
  record                   INTEGER NOT NULL,
  PRIMARY KEY (report_key, record)
) STRICT;

CREATE VIEW records_load AS SELECT * FROM records;
CREATE TRIGGER records_load INSTEAD OF INSERT ON records_load BEGIN
  INSERT INTO records VALUES (
    nullif(new.begin_date, ''),
    nullif(new.end_date, ''),
    nullif(new.org_name, ''),
    nullif(new.org_email, ''),
    nullif(new.report_id, ''),
    nullif(new.domain, ''),
    nullif(new.p, ''),
    nullif(new.sp, ''),
    nullif(new.np, ''),
    nullif(new.adkim, ''),
    nullif(new.aspf, ''),
    nullif(new.pct, ''),
    nullif(new.fo, ''),
    nullif(new.testing, ''),
    nullif(new.discovery_method, ''),
    nullif(new.source_ip_address, ''),
    nullif(new.count, ''),
    nullif(new.disposition, ''),
    nullif(new.dkim_aligned, ''),
    nullif(new.spf_aligned, ''),
    nullif(new.dmarc_aligned, ''),
    nullif(new.policy_evaluated_dkim, ''),
    nullif(new.policy_evaluated_spf, ''),
    nullif(new.policy_override_reasons, ''),
    nullif(new.policy_override_comments, ''),
    nullif(new.header_from, ''),
    nullif(new.envelope_from, ''),
    nullif(new.envelope_to, ''),
    nullif(new.dkim_domains, ''),
    nullif(new.dkim_selectors, ''),
    nullif(new.dkim_results, ''),
    nullif(new.dkim_human_results, ''),
    nullif(new.spf_domains, ''),
    nullif(new.spf_scopes, ''),
    nullif(new.spf_results, ''),
    nullif(new.spf_human_results, ''),
    nullif(new.warnings, ''),
    nullif(new.report_key, ''),
    nullif(new.record, '')
  )
  ON CONFLICT (report_key, record) DO NOTHING;
END;

-- One row a report.
CREATE TABLE reports (
  begin_date             TEXT,
  end_date               TEXT,
  org_name               TEXT,
  org_email              TEXT,
  org_extra_contact_info TEXT,
  report_id              TEXT,
  version                TEXT,
  generator              TEXT,
  errors                 TEXT,
  domain                 TEXT,
  p                      TEXT,
  sp                     TEXT,
  np                     TEXT,
  adkim                  TEXT,
  aspf                   TEXT,
  pct                    INTEGER,
  fo                     TEXT,
  testing                TEXT,
  discovery_method       TEXT,
  records                INTEGER,
  messages               INTEGER,
  dmarc_pass             INTEGER,
  dmarc_fail             INTEGER,
  warnings               TEXT,
  rua                    TEXT,
  envelope_from          TEXT,
  message_id             TEXT,
  queue_id               TEXT,
  reporter_auth          TEXT,
  received_at            TEXT,
  archive                TEXT,
  report_key             TEXT NOT NULL,
  PRIMARY KEY (report_key)
) STRICT;

CREATE VIEW reports_load AS SELECT * FROM reports;
CREATE TRIGGER reports_load INSTEAD OF INSERT ON reports_load BEGIN
  INSERT INTO reports VALUES (
    nullif(new.begin_date, ''),
    nullif(new.end_date, ''),
    nullif(new.org_name, ''),
    nullif(new.org_email, ''),
    nullif(new.org_extra_contact_info, ''),
    nullif(new.report_id, ''),
    nullif(new.version, ''),
    nullif(new.generator, ''),
    nullif(new.errors, ''),
    nullif(new.domain, ''),
    nullif(new.p, ''),
    nullif(new.sp, ''),
    nullif(new.np, ''),
    nullif(new.adkim, ''),
    nullif(new.aspf, ''),
    nullif(new.pct, ''),
    nullif(new.fo, ''),
    nullif(new.testing, ''),
    nullif(new.discovery_method, ''),
    nullif(new.records, ''),
    nullif(new.messages, ''),
    nullif(new.dmarc_pass, ''),
    nullif(new.dmarc_fail, ''),
    nullif(new.warnings, ''),
    nullif(new.rua, ''),
    nullif(new.envelope_from, ''),
    nullif(new.message_id, ''),
    nullif(new.queue_id, ''),
    nullif(new.reporter_auth, ''),
    nullif(new.received_at, ''),
    nullif(new.archive, ''),
    nullif(new.report_key, '')
  )
  ON CONFLICT (report_key) DO NOTHING;
END;

-- One row a record, columns = parsedmarc.
CREATE TABLE records_parsedmarc (
  xml_schema               TEXT,
  org_name                 TEXT,
  org_email                TEXT,
  org_extra_contact_info   TEXT,
  report_id                TEXT,
  begin_date               TEXT,
  end_date                 TEXT,
  normalized_timespan      INTEGER,
  errors                   TEXT,
  domain                   TEXT,
  adkim                    TEXT,
  aspf                     TEXT,
  p                        TEXT,
  sp                       TEXT,
  np                       TEXT,
  pct                      INTEGER,
  fo                       TEXT,
  testing                  TEXT,
  discovery_method         TEXT,
  source_ip_address        TEXT,
  source_country           TEXT,
  source_reverse_dns       TEXT,
  source_base_domain       TEXT,
  source_name              TEXT,
  source_type              TEXT,
  source_asn               TEXT,
  source_as_name           TEXT,
  source_as_domain         TEXT,
  count                    INTEGER,
  spf_aligned              INTEGER,
  dkim_aligned             INTEGER,
  dmarc_aligned            INTEGER,
  disposition              TEXT,
  policy_override_reasons  TEXT,
  policy_override_comments TEXT,
  envelope_from            TEXT,
  header_from              TEXT,
  envelope_to              TEXT,
  dkim_domains             TEXT,
  dkim_selectors           TEXT,
  dkim_results             TEXT,
  spf_domains              TEXT,
  spf_scopes               TEXT,
  spf_results              TEXT
) STRICT;

CREATE VIEW records_parsedmarc_load AS SELECT * FROM records_parsedmarc;
CREATE TRIGGER records_parsedmarc_load INSTEAD OF INSERT ON records_parsedmarc_load BEGIN
  INSERT INTO records_parsedmarc VALUES (
    nullif(new.xml_schema, ''),
    nullif(new.org_name, ''),
    nullif(new.org_email, ''),
    nullif(new.org_extra_contact_info, ''),
    nullif(new.report_id, ''),
    nullif(new.begin_date, ''),
    nullif(new.end_date, ''),
    CASE new.normalized_timespan WHEN 'True' THEN 1 WHEN 'False' THEN 0 END,
    nullif(new.errors, ''),
    nullif(new.domain, ''),
    nullif(new.adkim, ''),
    nullif(new.aspf, ''),
    nullif(new.p, ''),
    nullif(new.sp, ''),
    nullif(new.np, ''),
    nullif(new.pct, ''),
    nullif(new.fo, ''),
    nullif(new.testing, ''),
    nullif(new.discovery_method, ''),
    nullif(new.source_ip_address, ''),
    nullif(new.source_country, ''),
    nullif(new.source_reverse_dns, ''),
    nullif(new.source_base_domain, ''),
    nullif(new.source_name, ''),
    nullif(new.source_type, ''),
    nullif(new.source_asn, ''),
    nullif(new.source_as_name, ''),
    nullif(new.source_as_domain, ''),
    nullif(new.count, ''),
    CASE new.spf_aligned WHEN 'True' THEN 1 WHEN 'False' THEN 0 END,
    CASE new.dkim_aligned WHEN 'True' THEN 1 WHEN 'False' THEN 0 END,
    CASE new.dmarc_aligned WHEN 'True' THEN 1 WHEN 'False' THEN 0 END,
    nullif(new.disposition, ''),
    nullif(new.policy_override_reasons, ''),
    nullif(new.policy_override_comments, ''),
    nullif(new.envelope_from, ''),
    nullif(new.header_from, ''),
    nullif(new.envelope_to, ''),
    nullif(new.dkim_domains, ''),
    nullif(new.dkim_selectors, ''),
    nullif(new.dkim_results, ''),
    nullif(new.spf_domains, ''),
    nullif(new.spf_scopes, ''),
    nullif(new.spf_results, '')
  );
END;

-- One row a record, columns = worker: words are numbers here (ruamill-tables(5)).
CREATE TABLE records_worker (
  reportMetadataReportId              TEXT,
  reportMetadataOrgName               TEXT,
  reportMetadataDateRangeBegin        INTEGER,
  reportMetadataDateRangeEnd          INTEGER,
  reportMetadataError                 TEXT,
  policyPublishedDomain               TEXT,
  policyPublishedADKIM                INTEGER,
  policyPublishedASPF                 INTEGER,
  policyPublishedP                    INTEGER,
  policyPublishedSP                   INTEGER,
  policyPublishedPct                  INTEGER,
  recordRowSourceIP                   TEXT,
  recordRowCount                      INTEGER,
  recordRowPolicyEvaluatedDKIM        INTEGER,
  recordRowPolicyEvaluatedSPF         INTEGER,
  recordRowPolicyEvaluatedDisposition INTEGER,
  recordRowPolicyEvaluatedReasonType  INTEGER,
  recordIdentifiersEnvelopeTo         TEXT,
  recordIdentifiersHeaderFrom         TEXT
) STRICT;

CREATE VIEW records_worker_load AS SELECT * FROM records_worker;
CREATE TRIGGER records_worker_load INSTEAD OF INSERT ON records_worker_load BEGIN
  INSERT INTO records_worker VALUES (
    nullif(new.reportMetadataReportId, ''),
    nullif(new.reportMetadataOrgName, ''),
    nullif(new.reportMetadataDateRangeBegin, ''),
    nullif(new.reportMetadataDateRangeEnd, ''),
    nullif(new.reportMetadataError, ''),
    nullif(new.policyPublishedDomain, ''),
    nullif(new.policyPublishedADKIM, ''),
    nullif(new.policyPublishedASPF, ''),
    nullif(new.policyPublishedP, ''),
    nullif(new.policyPublishedSP, ''),
    nullif(new.policyPublishedPct, ''),
    nullif(new.recordRowSourceIP, ''),
    nullif(new.recordRowCount, ''),
    nullif(new.recordRowPolicyEvaluatedDKIM, ''),
    nullif(new.recordRowPolicyEvaluatedSPF, ''),
    nullif(new.recordRowPolicyEvaluatedDisposition, ''),
    nullif(new.recordRowPolicyEvaluatedReasonType, ''),
    nullif(new.recordIdentifiersEnvelopeTo, ''),
    nullif(new.recordIdentifiersHeaderFrom, '')
  );
END;
