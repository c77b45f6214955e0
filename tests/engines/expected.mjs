// expected.mjs - the rows that the reports of hostile.mjs must become, by the
// rules of ruamill-tables(5): computed from the values that went into the XML,
// never from what the program wrote.
import { greatest, reports } from './hostile.mjs';

const words = (text) => text.trim().split(/\s+/);

export const columns = {
    records: words(`
        begin_date end_date org_name org_email report_id domain p sp np adkim aspf pct fo testing
        discovery_method source_ip_address count disposition dkim_aligned spf_aligned dmarc_aligned
        policy_evaluated_dkim policy_evaluated_spf policy_override_reasons policy_override_comments
        header_from envelope_from envelope_to dkim_domains dkim_selectors dkim_results
        dkim_human_results spf_domains spf_scopes spf_results spf_human_results warnings report_key
        record`),
    reports: words(`
        begin_date end_date org_name org_email org_extra_contact_info report_id version generator
        errors domain p sp np adkim aspf pct fo testing discovery_method records messages dmarc_pass
        dmarc_fail warnings rua envelope_from message_id queue_id reporter_auth received_at archive
        report_key`),
    records_parsedmarc: words(`
        xml_schema org_name org_email org_extra_contact_info report_id begin_date end_date
        normalized_timespan errors domain adkim aspf p sp np pct fo testing discovery_method
        source_ip_address source_country source_reverse_dns source_base_domain source_name
        source_type source_asn source_as_name source_as_domain count spf_aligned dkim_aligned
        dmarc_aligned disposition policy_override_reasons policy_override_comments envelope_from
        header_from envelope_to dkim_domains dkim_selectors dkim_results spf_domains spf_scopes
        spf_results`),
    records_worker: words(`
        reportMetadataReportId reportMetadataOrgName reportMetadataDateRangeBegin
        reportMetadataDateRangeEnd reportMetadataError policyPublishedDomain policyPublishedADKIM
        policyPublishedASPF policyPublishedP policyPublishedSP policyPublishedPct recordRowSourceIP
        recordRowCount recordRowPolicyEvaluatedDKIM recordRowPolicyEvaluatedSPF
        recordRowPolicyEvaluatedDisposition recordRowPolicyEvaluatedReasonType
        recordIdentifiersEnvelopeTo recordIdentifiersHeaderFrom`),
};

// What is sent: the values without white space around them.
const sent = (value) => (typeof value === 'string' ? value.replace(/^[ \t\r\n\u0085\u00a0\u2028\u2029\ufeff]+|[ \t\r\n\u0085\u00a0\u2028\u2029\ufeff]+$/g, '')
    : Array.isArray(value) ? value.map(sent)
        : value && Object.fromEntries(Object.entries(value).map(([name, x]) => [name, sent(x)])));

// Texts: cleaned; in CSV behind the formula guard, in TSV without the two
// characters that loaders stumble over.

const clean = (value) => value.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, ' ')
    .replace(/[\u202a-\u202e\u2066-\u2069\u061c\u200e\u200f\ufeff]/g, '\ufffd');

function cell(value, format) {
    if (value === undefined)
        return null;
    const cleaned = clean(value);
    if (format === 'tsv')
        return cleaned.replaceAll('"', "'").replaceAll('\\', '/') || null;
    return cleaned.replace(/^(?=[' ]*[=+@\uff1d\uff0b\uff0d\uff20-])/, "'");
}

// Typed values: digits or null.

const number = (value, max) => (/^[0-9]+$/.test(value ?? '') && BigInt(value) <= BigInt(max) ? BigInt(value) : null);
const digits = (value, max) => number(value, max)?.toString() ?? null;
const seconds = (value) => digits(value, 4102444799);
const time = (value) => (seconds(value) === null ? null
    : new Date(Number(value) * 1000).toISOString().slice(0, 19).replace('T', ' '));
const sum = (records) => { // what does not fit stays at the greatest value
    const total = records.reduce((all, r) => all + (number(r.count, greatest) ?? 0n), 0n);
    return total > BigInt(greatest) ? greatest : `${total}`;
};
const code = (value, names) => (words(names).includes(value) ? `${words(names).indexOf(value)}` : null);
const policies = 'none quarantine reject';

const noPass = words('fail none neutral softfail hardfail policy temperror permerror');
const outcome = (token) => (token === 'pass' ? '1' : noPass.includes(token) ? '0' : null);
const both = (dkim, spf) => (dkim === '1' || spf === '1' ? '1' : dkim === '0' && spf === '0' ? '0' : null);
const aligned = {
    dkim_aligned: (r) => outcome(r.dkim),
    spf_aligned: (r) => outcome(r.spf),
    dmarc_aligned: (r) => both(outcome(r.dkim), outcome(r.spf)),
};
const truth = (f) => (r) => (f(r) === '1' ? 'True' : 'False');

// Lists: in those of several entries, a comma inside a value is written %2C; the
// profile of others' columns has a word for what is missing, and keeps commas.

const joined = (list, between, piece) => (list?.length ? list.map(piece).join(between) : undefined);
const listed = (list, field) => (list?.length === 1 ? list[0][field]
    : joined(list, ',', (x) => clean(x[field] ?? '').replaceAll(',', '%2C')));
const filled = (list, field, missing = 'none', between = ',') =>
    joined(list, between, (x) => clean(x[field] ?? '') || missing);

// A column is the text of the report's or record's field of the same name, if it
// is not in these tables. A pattern stands for what the input does not tell.

const text = (f) => (r, n, format) => cell(f(r), format);
const field = (name) => text((r) => r[name]);
const key = () => /^[0-9a-f]{64}$/;

const shared = {
    begin_date: (r) => time(r.begin), end_date: (r) => time(r.end), pct: (r) => digits(r.pct, 100),
    org_email: field('email'), org_extra_contact_info: field('extra_contact_info'),
    source_ip_address: text((r) => r.canonical_ip ?? r.source_ip), count: (r) => digits(r.count, greatest),
};
const piped = text((r) => joined(r.error, '|', clean));

const cells = {
    records: {
        ...shared, ...aligned,
        policy_evaluated_dkim: field('dkim'), policy_evaluated_spf: field('spf'),
        policy_override_reasons: text((r) => listed(r.reasons, 'type')),
        policy_override_comments: text((r) => listed(r.reasons, 'comment')),
        dkim_domains: text((r) => listed(r.dkims, 'domain')), dkim_selectors: text((r) => listed(r.dkims, 'selector')),
        dkim_results: text((r) => listed(r.dkims, 'result')),
        dkim_human_results: text((r) => listed(r.dkims, 'human_result')),
        spf_domains: text((r) => listed(r.spfs, 'domain')), spf_scopes: text((r) => listed(r.spfs, 'scope')),
        spf_results: text((r) => listed(r.spfs, 'result')),
        spf_human_results: text((r) => listed(r.spfs, 'human_result')),
        report_key: key, record: (r, n) => `${n}`,
    },
    reports: {
        ...shared,
        errors: text((r) => listed(r.error?.map((x) => ({ x })), 'x')),
        records: (r) => `${r.records.length}`, messages: (r) => sum(r.records),
        dmarc_pass: (r) => sum(r.records.filter((x) => aligned.dmarc_aligned(x) === '1')),
        dmarc_fail: (r) => sum(r.records.filter((x) => aligned.dmarc_aligned(x) === '0')),
        rua: () => 'dmarc@example.net', envelope_from: () => null, message_id: () => null, queue_id: () => null,
        reporter_auth: () => null, received_at: () => /^20[2-9]\d-\d\d-\d\d \d\d:\d\d:\d\d$/,
        archive: () => /^archive\/(\d{4}\/\d\d|undated)\/[^/]*[0-9a-f]{16}[^/]*\.xml/, report_key: key,
    },
    records_parsedmarc: {
        ...shared,
        xml_schema: text((r) => r.version || 'draft'), errors: piped, normalized_timespan: () => 'False',
        dkim_aligned: truth(aligned.dkim_aligned), spf_aligned: truth(aligned.spf_aligned),
        dmarc_aligned: truth(aligned.dmarc_aligned),
        policy_override_reasons: text((r) => filled(r.reasons, 'type')),
        policy_override_comments: text((r) => filled(r.reasons, 'comment', 'none', '|')),
        dkim_domains: text((r) => filled(r.dkims, 'domain')), dkim_selectors: text((r) => filled(r.dkims, 'selector')),
        dkim_results: text((r) => filled(r.dkims, 'result')), spf_domains: text((r) => filled(r.spfs, 'domain')),
        spf_scopes: text((r) => filled(r.spfs, 'scope', 'mfrom')), spf_results: text((r) => filled(r.spfs, 'result')),
    },
    records_worker: {
        reportMetadataReportId: field('report_id'), reportMetadataOrgName: field('org_name'),
        reportMetadataDateRangeBegin: (r) => seconds(r.begin), reportMetadataDateRangeEnd: (r) => seconds(r.end),
        reportMetadataError: piped, policyPublishedDomain: field('domain'),
        policyPublishedADKIM: (r) => code(r.adkim, 'r s'), policyPublishedASPF: (r) => code(r.aspf, 'r s'),
        policyPublishedP: (r) => code(r.p, policies), policyPublishedSP: (r) => code(r.sp, policies),
        policyPublishedPct: shared.pct, recordRowSourceIP: shared.source_ip_address, recordRowCount: shared.count,
        recordRowPolicyEvaluatedDKIM: (r) => code(r.dkim, 'fail pass'),
        recordRowPolicyEvaluatedSPF: (r) => code(r.spf, 'fail pass'),
        recordRowPolicyEvaluatedDisposition: (r) => code(r.disposition, policies),
        recordRowPolicyEvaluatedReasonType: (r) => code(r.reasons?.[0]?.type,
            'other forwarded sampled_out trusted_forwarder mailing_list local_policy'),
        recordIdentifiersEnvelopeTo: field('envelope_to'), recordIdentifiersHeaderFrom: field('header_from'),
    },
};

// The rows of a table, as arrays of cells in the order of its columns: strings,
// null for absent, or patterns.
export function rows(table, format) {
    const row = (r, n) => columns[table].map((name) => (cells[table][name] ?? field(name))(r, n, format));

    if (table === 'reports')
        return sent(reports).map((r) => row(r));
    return sent(reports).flatMap((r) => r.records.map((x, i) => row({ ...r, warnings: undefined, ...x }, i + 1)));
}
