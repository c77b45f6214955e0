-- The tables of ruamill in ClickHouse.
--
--     clickhouse-client --multiquery <clickhouse.sql
--
-- The files go in as they are, by clickhouse-client or clickhouse-local. The
-- columns are found by the names in the first line; a file with a column that
-- the table has not is refused. In CSV, NULL is a value that was absent and ''
-- one that was present but empty; in TSV both are NULL. Times are UTC.
--
-- CSV:
--     INSERT INTO records FROM INFILE 'records-2026-11.csv'
--       SETTINGS input_format_skip_unknown_fields = 0
--       FORMAT CSVWithNames;
--
-- TSV:
--     INSERT INTO records FROM INFILE 'records-2026-11.tsv'
--       SETTINGS input_format_skip_unknown_fields = 0, input_format_tsv_empty_as_default = 1
--       FORMAT TSVWithNames;
--
-- The other tables likewise, by their names. A file that has grown can be
-- loaded again: in records and reports, of rows with the same key one is left
-- when ClickHouse merges, and SELECT ... FROM records FINAL shows one at once.

-- One row a record, columns = full.
CREATE TABLE records (
  begin_date               Nullable(DateTime('UTC')),
  end_date                 Nullable(DateTime('UTC')),
  org_name                 Nullable(String),
  org_email                Nullable(String),
  report_id                Nullable(String),
  domain                   Nullable(String),
  p                        Nullable(String),
  sp                       Nullable(String),
  np                       Nullable(String),
  adkim                    Nullable(String),
  aspf                     Nullable(String),
  pct                      Nullable(UInt8),
  fo                       Nullable(String),
  testing                  Nullable(String),
  discovery_method         Nullable(String),
  source_ip_address        Nullable(String),
  count                    Nullable(Int64),
  disposition              Nullable(String),
  dkim_aligned             Nullable(UInt8),
  spf_aligned              Nullable(UInt8),
  dmarc_aligned            Nullable(UInt8),
  policy_evaluated_dkim    Nullable(String),
  policy_evaluated_spf     Nullable(String),
  policy_override_reasons  Nullable(String),
  policy_override_comments Nullable(String),
  header_from              Nullable(String),
  envelope_from            Nullable(String),
  envelope_to              Nullable(String),
  dkim_domains             Nullable(String),
  dkim_selectors           Nullable(String),
  dkim_results             Nullable(String),
  dkim_human_results       Nullable(String),
  spf_domains              Nullable(String),
  spf_scopes               Nullable(String),
  spf_results              Nullable(String),
  spf_human_results        Nullable(String),
  warnings                 Nullable(String),
  report_key               String,
  record                   Int64
) ENGINE = ReplacingMergeTree ORDER BY (report_key, record);

-- One row a report.
CREATE TABLE reports (
  begin_date             Nullable(DateTime('UTC')),
  end_date               Nullable(DateTime('UTC')),
  org_name               Nullable(String),
  org_email              Nullable(String),
  org_extra_contact_info Nullable(String),
  report_id              Nullable(String),
  version                Nullable(String),
  generator              Nullable(String),
  errors                 Nullable(String),
  domain                 Nullable(String),
  p                      Nullable(String),
  sp                     Nullable(String),
  np                     Nullable(String),
  adkim                  Nullable(String),
  aspf                   Nullable(String),
  pct                    Nullable(UInt8),
  fo                     Nullable(String),
  testing                Nullable(String),
  discovery_method       Nullable(String),
  records                Nullable(Int64),
  messages               Nullable(Int64),
  dmarc_pass             Nullable(Int64),
  dmarc_fail             Nullable(Int64),
  warnings               Nullable(String),
  rua                    Nullable(String),
  envelope_from          Nullable(String),
  message_id             Nullable(String),
  queue_id               Nullable(String),
  reporter_auth          Nullable(String),
  received_at            Nullable(DateTime('UTC')),
  archive                Nullable(String),
  report_key             String
) ENGINE = ReplacingMergeTree ORDER BY (report_key);

-- One row a record, columns = parsedmarc.
CREATE TABLE records_parsedmarc (
  xml_schema               Nullable(String),
  org_name                 Nullable(String),
  org_email                Nullable(String),
  org_extra_contact_info   Nullable(String),
  report_id                Nullable(String),
  begin_date               Nullable(DateTime('UTC')),
  end_date                 Nullable(DateTime('UTC')),
  normalized_timespan      Nullable(Bool),
  errors                   Nullable(String),
  domain                   Nullable(String),
  adkim                    Nullable(String),
  aspf                     Nullable(String),
  p                        Nullable(String),
  sp                       Nullable(String),
  np                       Nullable(String),
  pct                      Nullable(UInt8),
  fo                       Nullable(String),
  testing                  Nullable(String),
  discovery_method         Nullable(String),
  source_ip_address        Nullable(String),
  source_country           Nullable(String),
  source_reverse_dns       Nullable(String),
  source_base_domain       Nullable(String),
  source_name              Nullable(String),
  source_type              Nullable(String),
  source_asn               Nullable(String),
  source_as_name           Nullable(String),
  source_as_domain         Nullable(String),
  count                    Nullable(Int64),
  spf_aligned              Nullable(Bool),
  dkim_aligned             Nullable(Bool),
  dmarc_aligned            Nullable(Bool),
  disposition              Nullable(String),
  policy_override_reasons  Nullable(String),
  policy_override_comments Nullable(String),
  envelope_from            Nullable(String),
  header_from              Nullable(String),
  envelope_to              Nullable(String),
  dkim_domains             Nullable(String),
  dkim_selectors           Nullable(String),
  dkim_results             Nullable(String),
  spf_domains              Nullable(String),
  spf_scopes               Nullable(String),
  spf_results              Nullable(String)
) ENGINE = MergeTree ORDER BY tuple();

-- One row a record, columns = worker: words are numbers here (ruamill-tables(5)).
CREATE TABLE records_worker (
  reportMetadataReportId              Nullable(String),
  reportMetadataOrgName               Nullable(String),
  reportMetadataDateRangeBegin        Nullable(Int64),
  reportMetadataDateRangeEnd          Nullable(Int64),
  reportMetadataError                 Nullable(String),
  policyPublishedDomain               Nullable(String),
  policyPublishedADKIM                Nullable(UInt8),
  policyPublishedASPF                 Nullable(UInt8),
  policyPublishedP                    Nullable(UInt8),
  policyPublishedSP                   Nullable(UInt8),
  policyPublishedPct                  Nullable(UInt8),
  recordRowSourceIP                   Nullable(String),
  recordRowCount                      Nullable(Int64),
  recordRowPolicyEvaluatedDKIM        Nullable(UInt8),
  recordRowPolicyEvaluatedSPF         Nullable(UInt8),
  recordRowPolicyEvaluatedDisposition Nullable(UInt8),
  recordRowPolicyEvaluatedReasonType  Nullable(UInt8),
  recordIdentifiersEnvelopeTo         Nullable(String),
  recordIdentifiersHeaderFrom         Nullable(String)
) ENGINE = MergeTree ORDER BY tuple();
