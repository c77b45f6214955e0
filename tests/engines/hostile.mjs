// hostile.mjs - reports full of values that break loaders.
//
//     node hostile.mjs FOLDER      writes them there as XML, one file each
//
// What the tables must hold of them is computed in expected.mjs.
import { writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';

// Separators, quotes, escapes, words for NULL and for numbers, formulas, markup,
// control characters and characters of every width, and what is next to nothing.
const values = [
    'plain', 'a,b', ',', ',,', '"', '""', 'say "hi"', '"quoted"', '","', 'end"', "it's", "'", "''",
    '\\', 'C:\\new\\table', 'end\\', '\\N', '\\.', '\\n', '\\"', '\\t\\x41',
    'NULL', 'null', '(null)', 'None', 'nan', 'NaN', 'inf', 'True', 'false', '1970-01-01',
    '0', '007', '1e400', '0x1F', '-1', '1,5', '16407865876443493268', '00000000000000000000',
    '123456789012345678901234567890',
    '=1+1', '+1', '-SUM(A1)', '@cmd', '\uff1d1', "'=1+1", "''=1+1", "'quoted'", '=LINK("http://a.example","b")',
    '%2C', '100%', '$1', '{"a":[1,"b"]}', '[1]', '{}', '|', ';', '#', '--', '/* */', '<b>&amp;</b>', ']]>',
    "'; DROP TABLE records; --",
    'two\nlines', 'tab\there', 'return\rhere', 'ends\u0085and\u2028and\u2029', 'del\u007f',
    'J\u00fcrgen \u6771\u4eac \u{1f4e8}', 'e\u0301', 'no\u00a0break', '\u00a0', 'b\u202ed\u2066', 'mark\ufeffmark',
    ' blanks around ', ' ', '', undefined,
];

export const greatest = '9223372036854775807';
const november = { version: '1.0', begin: '1700000000', end: '4102444799', domain: 'example.com', p: 'none' };

// A source address for each record tells the rows of a report apart.
const record = (n, rest) => ({ source_ip: `192.0.2.${n}`, count: '1', dkim: 'fail', spf: 'fail', ...rest });

// Each value as the texts of a record, in a report that has everything.
const ofRecords = {
    version: '1.0', org_name: 'Ex\u00e4mple, "Inc"', email: "o'neil+x@a.example", report_id: '09407865876443493260',
    extra_contact_info: 'http://a.example/?a=1&b="2"', error: ['first, "error"', 'a\\b'], generator: 'N\\A "1"',
    begin: '1700000000', end: '1700086399', domain: 'example.com', adkim: 'r', aspf: 's',
    p: 'none', sp: 'quarantine', np: 'reject', pct: '100', fo: '0:1', testing: 'n', discovery_method: 'treewalk',
    records: values.map((value, i) => record(i, {
        count: `${i}`, disposition: ['none', 'quarantine', 'reject'][i % 3],
        dkim: ['pass', 'fail'][i % 2], spf: ['fail', 'pass'][(i >> 1) % 2],
        reasons: [{ type: 'other', comment: value }],
        header_from: value, envelope_from: value, envelope_to: value,
        dkims: [{ domain: 'd.example', selector: value?.toLowerCase(), result: 'pass', human_result: value }],
        spfs: [{ domain: 's.example', scope: 'helo', result: 'softfail', human_result: value }],
    })),
};

// Each value as the texts of a report.
const ofReports = values.map((value, i) => ({
    ...november, org_name: value, email: value, extra_contact_info: value, report_id: value, generator: value,
    fo: value, error: value?.trim() ? [value] : [], records: [record(i, { header_from: 'example.com' })],
}));

const lists = {
    ...november, org_name: 'lists', report_id: 'lists',
    records: [
        record(1, {
            reasons: [{ type: 'forwarded', comment: 'a, b' }, { type: 'local_policy' },
                { type: 'other', comment: '"c"\\' }],
            dkims: [{ domain: 'a.example', selector: 's,1', result: 'pass', human_result: '=1,"2"' },
                { domain: 'b.example', selector: '', result: 'fail' },
                { domain: '=c.example', selector: '-3', result: 'none' }],
            spfs: [{ domain: '=a.example', result: 'pass' },
                { domain: 'b.example', scope: 'mfrom', result: 'none', human_result: '\\N' }],
        }),
        record(2, {
            reasons: [{ type: 'trusted_forwarder' }],
            dkims: [{ domain: 'a,b', result: 'pass' }],
            spfs: [{ domain: '', scope: 'mfrom', result: 'fail' }],
        }),
        record(3, {}),
    ],
};

// What typed columns hold: their greatest values, and tokens that are none.
const typed = {
    ...november, end: '0', warnings: 'end=0', org_name: 'typed', report_id: '007', pct: '0', adkim: 's', aspf: 'r', p: 'reject',
    records: [
        record(1, { count: '0', dkim: 'pass' }),
        record(2, { count: '007' }),
        record(3, { count: '1e9', warnings: 'count=1e9' }),
        record(4, { count: '9223372036854775808', warnings: 'count=9223372036854775808' }),
        record(5, { count: '-1', warnings: 'count=-1' }),
        record(6, { count: '', warnings: 'count=' }),
        record(7, { count: undefined }),
        record(8, { dkim: 'none', warnings: 'policy_evaluated_dkim=none' }),
        record(9, { spf: 'what, 5%', warnings: 'policy_evaluated_spf=what%2C 5%25' }),
        record(10, { dkim: undefined, spf: '' }),
        record(11, { dkim: undefined, spf: 'pass' }),
        record(12, { count: '4294967296', source_ip: '2001:DB8:0:0::1', canonical_ip: '2001:db8::1' }),
        record(13, { source_ip: 'not, an "address"', warnings: 'source_ip=not%2C an "address"' }),
    ],
};

// One result after the other makes a row of some megabytes.
const wide = {
    ...november, org_name: 'wide', report_id: 'wide',
    records: [record(1, {
        dkims: Array.from({ length: 60 }, (_, i) => (
            { domain: 'd.example', selector: `s${i}`, result: 'pass', human_result: '"x",'.repeat(15000) })),
    })],
};

const named = (name, rest) => ({ ...november, org_name: name, report_id: name, records: [record(1, {})], ...rest });

export const reports = [
    ofRecords, ...ofReports, lists, typed, wide,
    named('greatest', { pct: '101', warnings: 'pct=101', records: [record(1, { count: greatest })] }),
    named('more than fits', { records: [record(1, { count: greatest }), record(2, { count: greatest, dkim: 'pass' })] }),
    named('undated', { begin: undefined, end: undefined, version: undefined }),
    named('text begin', { begin: '2023-11-14', warnings: 'begin=2023-11-14' }),
    named('next month', { begin: '1701388800', records: [record(1, {}), record(2, { count: '41' })] }),
    named('no records', { records: [] }),
];

const escaped = (value) => value.replace(/[&<>\r\u0085\u2028\ufeff]/g, (c) => `&#${c.codePointAt(0)};`);
const element = (name, value) => (value === undefined ? '' : `<${name}>${escaped(value)}</${name}>`);
const elements = (object, names) => names.split(' ').map((name) => element(name, object[name])).join('');
const group = (name, ...inside) => `<${name}>${inside.join('')}</${name}>\n`;
const groups = (name, list, names) => (list ?? []).map((x) => group(name, elements(x, names))).join('');

const recordXml = (r) => group('record',
    group('row', elements(r, 'source_ip count'),
        group('policy_evaluated', elements(r, 'disposition dkim spf'), groups('reason', r.reasons, 'type comment'))),
    group('identifiers', elements(r, 'envelope_to envelope_from header_from')),
    group('auth_results', groups('dkim', r.dkims, 'domain selector result human_result'),
        groups('spf', r.spfs, 'domain scope result human_result')));

const reportXml = (r) => '<?xml version="1.0" encoding="UTF-8"?>\n' + group('feedback',
    element('version', r.version),
    group('report_metadata', elements(r, 'org_name email extra_contact_info report_id'),
        group('date_range', elements(r, 'begin end')), ...(r.error ?? []).map((x) => element('error', x)),
        element('generator', r.generator)),
    group('policy_published', elements(r, 'domain adkim aspf p sp np pct fo testing discovery_method')),
    ...r.records.map(recordXml));

if (argv[1] && import.meta.url === pathToFileURL(argv[1]).href)
    reports.forEach((r, i) => writeFileSync(`${argv[2]}/hostile-${i}.xml`, reportXml(r)));
