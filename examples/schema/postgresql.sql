-- The tables of ruamill in PostgreSQL (15 or later), in a database whose
-- encoding is UTF8.
--
--     psql -f postgresql.sql dmarc
--
-- The files go in as they are, by psql. HEADER match compares the first line
-- with the names of the columns, so that a file of another profile is refused.
-- In CSV, NULL is a value that was absent and '' one that was present but empty;
-- in TSV both are NULL. Times are UTC. source_ip_address is text, because a
-- report may hold anything there; where it is an address it can be cast to inet.
--
-- CSV:
--     \copy records FROM 'records-2026-11.csv' WITH (FORMAT csv, HEADER match, ENCODING 'UTF8')
--
-- TSV:
--     \copy records FROM 'records-2026-11.tsv' WITH (FORMAT text, NULL '', HEADER match, ENCODING 'UTF8')
--
-- The other tables likewise, by their names. A file is loaded whole or not at
-- all. One that has grown since it was loaded goes in by way of another table,
-- and the rows of records and reports that are there already are passed over:
--
-- CSV, again:
--     CREATE TEMPORARY TABLE fresh (LIKE records);
--     \copy fresh FROM 'records-2026-11.csv' WITH (FORMAT csv, HEADER match, ENCODING 'UTF8')
--     INSERT INTO records SELECT * FROM fresh ON CONFLICT DO NOTHING;
--     DROP TABLE fresh;

-- One row a record, columns = full.
CREATE TABLE records (
  begin_date               timestamp,
  end_date                 timestamp,
  org_name                 text,
  org_email                text,
  report_id                text,
  domain                   text,
  p                        text,
  sp                       text,
  np                       text,
  adkim                    text,
  aspf                     text,
  pct                      smallint,
  fo                       text,
  testing                  text,
  discovery_method         text,
  source_ip_address        text,
  count                    bigint,
  disposition              text,
  dkim_aligned             smallint,
  spf_aligned              smallint,
  dmarc_aligned            smallint,
  policy_evaluated_dkim    text,
  policy_evaluated_spf     text,
  policy_override_reasons  text,
  policy_override_comments text,
  header_from              text,
  envelope_from            text,
  envelope_to              text,
  dkim_domains             text,
  dkim_selectors           text,
  dkim_results             text,
  dkim_human_results       text,
  spf_domains              text,
  spf_scopes               text,
  spf_results              text,
  spf_human_results        text,
  warnings                 text,
  report_key               text NOT NULL,
  record                   bigint NOT NULL,
  PRIMARY KEY (report_key, record)
);

-- One row a report.
CREATE TABLE reports (
  begin_date             timestamp,
  end_date               timestamp,
  org_name               text,
  org_email              text,
  org_extra_contact_info text,
  report_id              text,
  version                text,
  generator              text,
  errors                 text,
  domain                 text,
  p                      text,
  sp                     text,
  np                     text,
  adkim                  text,
  aspf                   text,
  pct                    smallint,
  fo                     text,
  testing                text,
  discovery_method       text,
  records                bigint,
  messages               bigint,
  dmarc_pass             bigint,
  dmarc_fail             bigint,
  warnings               text,
  rua                    text,
  envelope_from          text,
  message_id             text,
  queue_id               text,
  reporter_auth          text,
  received_at            timestamp,
  archive                text,
  report_key             text NOT NULL,
  PRIMARY KEY (report_key)
);

-- One row a record, columns = parsedmarc.
CREATE TABLE records_parsedmarc (
  xml_schema               text,
  org_name                 text,
  org_email                text,
  org_extra_contact_info   text,
  report_id                text,
  begin_date               timestamp,
  end_date                 timestamp,
  normalized_timespan      boolean,
  errors                   text,
  domain                   text,
  adkim                    text,
  aspf                     text,
  p                        text,
  sp                       text,
  np                       text,
  pct                      smallint,
  fo                       text,
  testing                  text,
  discovery_method         text,
  source_ip_address        text,
  source_country           text,
  source_reverse_dns       text,
  source_base_domain       text,
  source_name              text,
  source_type              text,
  source_asn               text,
  source_as_name           text,
  source_as_domain         text,
  count                    bigint,
  spf_aligned              boolean,
  dkim_aligned             boolean,
  dmarc_aligned            boolean,
  disposition              text,
  policy_override_reasons  text,
  policy_override_comments text,
  envelope_from            text,
  header_from              text,
  envelope_to              text,
  dkim_domains             text,
  dkim_selectors           text,
  dkim_results             text,
  spf_domains              text,
  spf_scopes               text,
  spf_results              text
);

-- One row a record, columns = worker: words are numbers here (ruamill-tables(5)).
CREATE TABLE records_worker (
  "reportMetadataReportId"              text,
  "reportMetadataOrgName"               text,
  "reportMetadataDateRangeBegin"        bigint,
  "reportMetadataDateRangeEnd"          bigint,
  "reportMetadataError"                 text,
  "policyPublishedDomain"               text,
  "policyPublishedADKIM"                smallint,
  "policyPublishedASPF"                 smallint,
  "policyPublishedP"                    smallint,
  "policyPublishedSP"                   smallint,
  "policyPublishedPct"                  smallint,
  "recordRowSourceIP"                   text,
  "recordRowCount"                      bigint,
  "recordRowPolicyEvaluatedDKIM"        smallint,
  "recordRowPolicyEvaluatedSPF"         smallint,
  "recordRowPolicyEvaluatedDisposition" smallint,
  "recordRowPolicyEvaluatedReasonType"  smallint,
  "recordIdentifiersEnvelopeTo"         text,
  "recordIdentifiersHeaderFrom"         text
);
