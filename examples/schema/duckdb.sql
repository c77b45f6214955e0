-- The tables of ruamill in DuckDB.
--
--     duckdb dmarc.duckdb <duckdb.sql
--
-- The files go in as they are. The types are those of the table and nothing is
-- guessed: DuckDB would take a report_id of twenty digits for a number and round
-- it. MAX_LINE_SIZE is there for the row of a record with very many results: by
-- default DuckDB refuses a file with a line over 2 MB. In CSV, NULL is a value
-- that was absent and '' one that was present but empty; in TSV both are NULL.
-- Times are UTC.
--
-- CSV:
--     COPY records FROM 'records-2026-11.csv' (FORMAT csv, AUTO_DETECT false, HEADER true,
--       DELIMITER ',', QUOTE '"', ESCAPE '"', NULLSTR '', ALLOW_QUOTED_NULLS false,
--       MAX_LINE_SIZE 1000000000);
--
-- TSV:
--     COPY records FROM 'records-2026-11.tsv' (FORMAT csv, AUTO_DETECT false, HEADER true,
--       DELIMITER '\t', QUOTE '', ESCAPE '', NULLSTR '', MAX_LINE_SIZE 1000000000);
--
-- The other tables likewise, by their names. A file is loaded whole or not at
-- all; its columns are taken in order, not by name. One that has grown since it
-- was loaded goes in so, and the rows of records and reports that are there
-- already are passed over:
--
-- CSV, again:
--     INSERT OR IGNORE INTO records BY NAME SELECT * FROM read_csv('records-2026-11.csv',
--       all_varchar = true, header = true, delim = ',', quote = '"', escape = '"',
--       nullstr = '', allow_quoted_nulls = false, max_line_size = 1000000000);

-- One row a record, columns = full.
CREATE TABLE records (
  begin_date               TIMESTAMP,
  end_date                 TIMESTAMP,
  org_name                 VARCHAR,
  org_email                VARCHAR,
  report_id                VARCHAR,
  domain                   VARCHAR,
  p                        VARCHAR,
  sp                       VARCHAR,
  np                       VARCHAR,
  adkim                    VARCHAR,
  aspf                     VARCHAR,
  pct                      TINYINT,
  fo                       VARCHAR,
  testing                  VARCHAR,
  discovery_method         VARCHAR,
  source_ip_address        VARCHAR,
  count                    BIGINT,
  disposition              VARCHAR,
  dkim_aligned             TINYINT,
  spf_aligned              TINYINT,
  dmarc_aligned            TINYINT,
  policy_evaluated_dkim    VARCHAR,
  policy_evaluated_spf     VARCHAR,
  policy_override_reasons  VARCHAR,
  policy_override_comments VARCHAR,
  header_from              VARCHAR,
  envelope_from            VARCHAR,
  envelope_to              VARCHAR,
  dkim_domains             VARCHAR,
  dkim_selectors           VARCHAR,
  dkim_results             VARCHAR,
  dkim_human_results       VARCHAR,
  spf_domains              VARCHAR,
  spf_scopes               VARCHAR,
  spf_results              VARCHAR,
  spf_human_results        VARCHAR,
  warnings                 VARCHAR,
  report_key               VARCHAR NOT NULL,
  record                   BIGINT NOT NULL,
  PRIMARY KEY (report_key, record)
);

-- One row a report.
CREATE TABLE reports (
  begin_date             TIMESTAMP,
  end_date               TIMESTAMP,
  org_name               VARCHAR,
  org_email              VARCHAR,
  org_extra_contact_info VARCHAR,
  report_id              VARCHAR,
  version                VARCHAR,
  generator              VARCHAR,
  errors                 VARCHAR,
  domain                 VARCHAR,
  p                      VARCHAR,
  sp                     VARCHAR,
  np                     VARCHAR,
  adkim                  VARCHAR,
  aspf                   VARCHAR,
  pct                    TINYINT,
  fo                     VARCHAR,
  testing                VARCHAR,
  discovery_method       VARCHAR,
  records                BIGINT,
  messages               BIGINT,
  dmarc_pass             BIGINT,
  dmarc_fail             BIGINT,
  warnings               VARCHAR,
  rua                    VARCHAR,
  envelope_from          VARCHAR,
  message_id             VARCHAR,
  queue_id               VARCHAR,
  reporter_auth          VARCHAR,
  received_at            TIMESTAMP,
  archive                VARCHAR,
  report_key             VARCHAR NOT NULL,
  PRIMARY KEY (report_key)
);

-- One row a record, columns = parsedmarc.
CREATE TABLE records_parsedmarc (
  xml_schema               VARCHAR,
  org_name                 VARCHAR,
  org_email                VARCHAR,
  org_extra_contact_info   VARCHAR,
  report_id                VARCHAR,
  begin_date               TIMESTAMP,
  end_date                 TIMESTAMP,
  normalized_timespan      BOOLEAN,
  errors                   VARCHAR,
  domain                   VARCHAR,
  adkim                    VARCHAR,
  aspf                     VARCHAR,
  p                        VARCHAR,
  sp                       VARCHAR,
  np                       VARCHAR,
  pct                      TINYINT,
  fo                       VARCHAR,
  testing                  VARCHAR,
  discovery_method         VARCHAR,
  source_ip_address        VARCHAR,
  source_country           VARCHAR,
  source_reverse_dns       VARCHAR,
  source_base_domain       VARCHAR,
  source_name              VARCHAR,
  source_type              VARCHAR,
  source_asn               VARCHAR,
  source_as_name           VARCHAR,
  source_as_domain         VARCHAR,
  count                    BIGINT,
  spf_aligned              BOOLEAN,
  dkim_aligned             BOOLEAN,
  dmarc_aligned            BOOLEAN,
  disposition              VARCHAR,
  policy_override_reasons  VARCHAR,
  policy_override_comments VARCHAR,
  envelope_from            VARCHAR,
  header_from              VARCHAR,
  envelope_to              VARCHAR,
  dkim_domains             VARCHAR,
  dkim_selectors           VARCHAR,
  dkim_results             VARCHAR,
  spf_domains              VARCHAR,
  spf_scopes               VARCHAR,
  spf_results              VARCHAR
);

-- One row a record, columns = worker: words are numbers here (ruamill-tables(5)).
CREATE TABLE records_worker (
  reportMetadataReportId              VARCHAR,
  reportMetadataOrgName               VARCHAR,
  reportMetadataDateRangeBegin        BIGINT,
  reportMetadataDateRangeEnd          BIGINT,
  reportMetadataError                 VARCHAR,
  policyPublishedDomain               VARCHAR,
  policyPublishedADKIM                TINYINT,
  policyPublishedASPF                 TINYINT,
  policyPublishedP                    TINYINT,
  policyPublishedSP                   TINYINT,
  policyPublishedPct                  TINYINT,
  recordRowSourceIP                   VARCHAR,
  recordRowCount                      BIGINT,
  recordRowPolicyEvaluatedDKIM        TINYINT,
  recordRowPolicyEvaluatedSPF         TINYINT,
  recordRowPolicyEvaluatedDisposition TINYINT,
  recordRowPolicyEvaluatedReasonType  TINYINT,
  recordIdentifiersEnvelopeTo         VARCHAR,
  recordIdentifiersHeaderFrom         VARCHAR
);
