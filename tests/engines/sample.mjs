// sample.mjs - sample data for examples/queries, and what each query must answer on
// it, worked out from the data and not with SQL.
//
//     node sample.mjs FOLDER     writes the reports there
//     node sample.mjs --answers  prints examples/queries/answers.md
import { mkdirSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

const day = 86400;
const first = Date.UTC(2026, 1, 20) / 1000; // of 20 days, into March
const days = 20;

// Who sends: from which day on, how many on day d, DMARC aligned or not, and what
// became of it.
const senders = [
    { domain: 'example.com', ip: '192.0.2.10', from: 0, count: (d) => 100 + d, aligned: true, disposition: 'none' },
    { domain: 'example.com', ip: '2001:db8::25', from: 15, count: () => 7, aligned: true, disposition: 'none' },
    { domain: 'example.com', ip: '203.0.113.77', from: 3, count: (d) => d % 5, aligned: false, disposition: 'reject' },
    { domain: 'example.net', ip: '198.51.100.4', from: 0, count: () => 20, aligned: false, disposition: 'none' },
    { domain: 'example.net', ip: '192.0.2.10', from: 17, count: () => 3, aligned: true, disposition: 'none' },
];

// Who reports: up to which day.
const reporters = [
    { org: 'Bluebird Mail', until: days },
    { org: 'Harbour Post', until: 12 },
    { org: 'Meadow Hosting', until: 2 }, // two reports: too few to be missed
];

const stamp = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');

// A row a record, as the tables would have it.
function* records() {
    for (const { org, until } of reporters)
        for (let d = 0; d < until; d++)
            for (const sender of senders)
                if (d >= sender.from && sender.count(d) > 0)
                    yield {
                        org, begin: first + d * day, end: first + (d + 1) * day - 1, domain: sender.domain,
                        ip: sender.ip, count: sender.count(d), aligned: sender.aligned,
                        disposition: sender.disposition,
                    };
}

const result = (aligned) => (aligned ? 'pass' : 'fail');
const xml = ({ org, begin, end, domain }, rows) => `<?xml version="1.0"?>
<feedback><report_metadata><org_name>${org}</org_name><email>dmarc@reporter.example</email>
<report_id>${org.toLowerCase().replace(' ', '-')}.${domain}.${begin}</report_id>
<date_range><begin>${begin}</begin><end>${end}</end></date_range></report_metadata>
<policy_published><domain>${domain}</domain><p>none</p></policy_published>
${rows.map((row) => `<record><row><source_ip>${row.ip}</source_ip><count>${row.count}</count>
<policy_evaluated><disposition>${row.disposition}</disposition><dkim>${result(row.aligned)}</dkim>
<spf>fail</spf></policy_evaluated></row><identifiers><header_from>${domain}</header_from></identifiers></record>`).join('\n')}
</feedback>
`;

// The records by what `key` says of them.
function groups(key, list = records()) {
    const found = new Map();
    for (const record of list) {
        const name = JSON.stringify(key(record));
        found.set(name, [...(found.get(name) ?? []), record]);
    }
    return [...found].map(([name, rows]) => [JSON.parse(name), rows]);
}

const reports = () => groups((r) => [r.org, r.domain, r.begin]).map(([, rows]) => rows[0]);
const sum = (rows) => rows.reduce((total, row) => total + row.count, 0);
const least = (rows, field) => Math.min(...rows.map((row) => row[field]));
const most = (rows, field) => Math.max(...rows.map((row) => row[field]));

function write(folder) {
    mkdirSync(folder, { recursive: true });
    for (const [[org, domain, begin], rows] of groups((r) => [r.org, r.domain, r.begin]))
        writeFileSync(`${folder}/${org.replace(' ', '-')}!${domain}!${begin}.xml`, xml(rows[0], rows));
}

// What is asked: the columns, and the rows as texts and numbers.
export function answers() {
    const all = [...records()];
    const newest = most(all, 'begin');
    const last = most(all, 'end');
    const month = (r) => stamp(r.begin).slice(0, 7);
    const months = groups((r) => [r.domain, month(r)], all)
        .sort(([[d1, m1]], [[d2, m2]]) => (d1 + m1 < d2 + m2 ? -1 : 1));
    const sources = groups((r) => [r.domain, r.ip], all);
    return {
        volume: {
            columns: ['domain', 'month', 'messages', 'reports'],
            rows: months.map(([names, rows]) => [...names, sum(rows), new Set(rows.map((r) => `${r.org} ${r.begin}`)).size]),
        },
        'pass rate': {
            columns: ['domain', 'month', 'pass_percent'],
            rows: months.map(([names, rows]) =>
                [...names, Math.round((1000 * sum(rows.filter((r) => r.aligned))) / sum(rows)) / 10]),
        },
        'new sources': {
            columns: ['domain', 'source_ip_address', 'first_seen', 'messages'],
            rows: sources.filter(([, rows]) => least(rows, 'begin') > newest - 7 * day)
                .map(([names, rows]) => [...names, stamp(least(rows, 'begin')), sum(rows)]),
        },
        'silent reporters': {
            columns: ['domain', 'org_name', 'reports', 'last_seen'],
            rows: groups((r) => [r.domain, r.org], reports())
                .filter(([, rows]) => rows.length >= 3 && most(rows, 'end') < last - 3 * day)
                .map(([names, rows]) => [...names, rows.length, stamp(most(rows, 'end'))]),
        },
        'failing senders': {
            columns: ['domain', 'source_ip_address', 'messages', 'stopped'],
            rows: groups((r) => [r.domain, r.ip], all.filter((r) => !r.aligned))
                .map(([names, rows]) => [...names, sum(rows), sum(rows.filter((r) => r.disposition !== 'none'))]),
        },
    };
}

export function page() {
    const line = (cells) => `| ${cells.join(' | ')} |\n`;
    return `# What the queries answer

On the reports of three organisations about two domains in ${days} days (\`tests/engines/sample.mjs\`
makes them), in SQLite, PostgreSQL, DuckDB and ClickHouse alike, and in the
tables that \`ruamill ship --create\` makes.
${Object.entries(answers()).map(([name, { columns, rows }]) =>
        `\n## ${name}\n\n${line(columns)}${line(columns.map(() => '---'))}${rows.map(line).join('')}`).join('')}`;
}

if (argv[1] === fileURLToPath(import.meta.url)) {
    if (argv[2] === '--answers')
        process.stdout.write(page());
    else
        write(argv[2]);
}
