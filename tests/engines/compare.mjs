// compare.mjs - loads the tables of the stores that run.sh made into the engines,
// by the commands in the comments of examples/schema/*.sql, and compares what is
// read back: for our own reports with what went into them, for the golden ones
// with the cells of the files.
//
//     node compare.mjs WORK MODULES SCHEMAS
//
// WORK holds the stores, hostile-FORMAT-PROFILE and golden-FORMAT-PROFILE;
// MODULES is the folder below which DuckDB and ClickHouse are installed.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { argv, exit } from 'node:process';
import { engines } from './drivers.mjs';
import { columns, rows } from './expected.mjs';
import { greatest } from './hostile.mjs';
import { answers, page } from './sample.mjs';

const [work, modules, schemas] = argv.slice(2);
const formats = ['csv', 'tsv'];

// The tables: the profile that makes them, the column of counts, and the two that
// tell rows apart.
const records = { table: 'records', profile: 'full', count: 'count', order: ['report_id', 'source_ip_address'] };
const reports = { table: 'reports', profile: 'full', count: 'messages', order: ['report_id', 'org_name'] };
const parsedmarc = { ...records, table: 'records_parsedmarc', profile: 'parsedmarc' };
const worker = {
    table: 'records_worker', profile: 'worker', count: 'recordRowCount',
    order: ['reportMetadataReportId', 'recordRowSourceIP'],
};
const tables = [records, reports, parsedmarc, worker];

let passed = 0;
let failed = 0;

// Runs one test.
async function check(name, test) {
    try {
        await test();
        passed++;
        console.log(`ok ${name}`);
    } catch (error) {
        failed++;
        console.log(`not ok ${name}: ${error.message.slice(0, 400)}`);
    }
}

const shown = (value) => (value instanceof RegExp ? `${value}` : JSON.stringify(value)?.slice(0, 200));

function expect(what, actual, expected) {
    const good = expected instanceof RegExp ? expected.test(actual ?? '') : actual === expected;
    if (!good)
        throw new Error(`${what} is ${shown(actual)}, not ${shown(expected)}`);
}

async function expectComplaint(load) {
    const complaint = await load.then(() => null, (error) => error);
    if (!complaint)
        throw new Error('it was loaded without a word');
}

// The files of a table in a store.
function files(set, format, { table, profile }) {
    const store = `${work}/${set}-${format}-${profile}`;
    const name = new RegExp(`^[^/]+/${table.split('_')[0]}-[^/]+\\.${format}$`);
    const found = readdirSync(store, { recursive: true }).filter((path) => name.test(path)).sort();
    if (found.length === 0)
        throw new Error(`there is no file of it in ${store}`);
    return found.map((path) => `${store}/${path}`);
}

const lines = (file) => readFileSync(file, 'utf8').split('\n').slice(0, -1);

// A line as cells: absent is null.
function cells(line, format) {
    if (format === 'tsv')
        return line.split('\t').map((value) => value || null);
    return [...`,${line}`.matchAll(/,(?:"([^"]*(?:""[^"]*)*)"|([^",]*))/g)]
        .map(([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? (bare || null));
}

// The commands that a schema file documents: below "-- NAME:", indented.
function documented(schema) {
    const commands = {};
    let name;
    for (const line of schema.split('\n')) {
        const command = /^-- {5}(.*)/.exec(line)?.[1];
        if (command === undefined)
            name = /^-- ([A-Z]+(?:, again)?):$/.exec(line)?.[1];
        else if (name)
            commands[name] = `${commands[name] ?? ''}${command}\n`;
    }
    return commands;
}

// An engine with what its schema file says.
class Subject {
    constructor(driver) {
        this.driver = driver;
        this.schema = readFileSync(`${schemas}/${driver.name}.sql`, 'utf8');
        this.commands = documented(this.schema);
    }

    async open(database) {
        await this.driver.open(database);
        await this.driver.run(this.schema);
    }

    async load(name, table, file) {
        if (!this.commands[name])
            throw new Error(`its schema file has no command for ${name}`);
        await this.driver.run(this.commands[name]
            .replace(/\brecords(_load)?(?![-\w])/g, `${table}$1`)
            .replace(/records-2026-11\.[ct]sv/, file));
    }

    async loadAll(set, format, one) {
        for (const file of files(set, format, one))
            await this.load(format.toUpperCase(), one.table, file);
    }

    // One value: what follows SELECT, as n.
    async value(what) {
        return (await this.driver.rows(['n'], `(SELECT ${what}) AS t`))[0][0];
    }

    // How this engine shows a cell.
    shows(value, table, column) {
        if (value === '' && !this.driver.keepsEmpty)
            return null;
        const boolean = table === 'records_parsedmarc' && /_aligned$|^normalized_/.test(column);
        return boolean ? this.driver.truth[value] : value;
    }

    // Holds all rows of a table against the expected ones, both in one order.
    async compare({ table, order }, expected, from = table) {
        const names = columns[table];
        const mark = (row) => JSON.stringify(order.map((name) => row[names.indexOf(name)]));
        const sorted = (list) => list.map((row) => [mark(row), row])
            .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, row]) => row);
        const wanted = sorted(expected.map((row) => row.map((value, i) => this.shows(value, table, names[i]))));
        const got = sorted(await this.driver.rows(names, from));

        expect('the number of rows', got.length, wanted.length);
        wanted.forEach((row, i) => row.forEach((value, j) =>
            expect(`${names[j]} of ${mark(row)}`, got[i][j], value)));
    }
}

// Our own reports: everything about every table.
async function hostile(subject, format) {
    const engine = `${subject.driver.name} ${format}`;

    await check(`${engine}: its schema`, () => subject.open(`hostile_${format}`));
    for (const one of tables) {
        const { table, count } = one;
        const wanted = rows(table, format);
        const sum = wanted.map((row) => row[columns[table].indexOf(count)])
            .filter((n) => n !== null && n !== greatest)
            .reduce((total, n) => total + BigInt(n), 0n);

        await check(`${engine} ${table}: loads`, () => subject.loadAll('hostile', format, one));
        await check(`${engine} ${table}: number of rows`, async () =>
            expect('it', await subject.value(`count(*) AS n FROM ${table}`), `${wanted.length}`));
        await check(`${engine} ${table}: sum of ${count}`, async () => {
            const summed = await subject.value(`sum("${count}") AS n FROM ${table} WHERE "${count}" < ${greatest}`);
            expect('it', summed, `${sum}`);
        });
        await check(`${engine} ${table}: every value`, () => subject.compare(one, wanted));
    }
    await check(`${engine}: records and reports are joined by their key`, async () => {
        const joined = await subject.value('count(*) AS n FROM records JOIN reports USING (report_key)');
        expect('the number of rows', joined, `${rows('records', format).length}`);
    });
    await check(`${engine}: dates are dates`, async () => {
        const year = subject.driver.year('end_date');
        expect('the first year', await subject.value(`min(${year}) AS n FROM records`), '1970');
        expect('the last year', await subject.value(`max(${year}) AS n FROM records`), '2099');
        const december = await subject.value("count(*) AS n FROM records WHERE begin_date >= '2023-12-01 00:00:00'");
        expect('the number of rows of December', december, '2');
    });
}

// The golden reports: the engine reads what stands in the file.
async function golden(subject, format) {
    const engine = `${subject.driver.name} ${format}`;

    await check(`${engine}: its schema`, () => subject.open(`golden_${format}`));
    for (const one of tables)
        await check(`${engine} ${one.table}: golden`, async () => {
            await subject.loadAll('golden', format, one);
            await subject.compare({ table: one.table, order: columns[one.table] }, files('golden', format, one)
                .flatMap((file) => lines(file).slice(1).map((line) => cells(line, format))));
        });
}

// A file that grew since it was loaded, one of another profile, and one with a
// column that has another name.
async function careful(subject) {
    const { name, readsNames } = subject.driver;
    const part = `${work}/part`;

    await check(`${name}: a file that has grown adds its new rows only`, async () => {
        await subject.open('grown');
        for (const file of files('hostile', 'csv', records)) {
            const all = lines(file);
            writeFileSync(part, all.slice(0, 1 + all.length / 2).map((line) => `${line}\n`).join(''));
            await subject.load('CSV', 'records', part);
            await subject.load(subject.commands['CSV, again'] ? 'CSV, again' : 'CSV', 'records', file);
        }
        await subject.compare(records, rows('records', 'csv'), name === 'clickhouse' ? 'records FINAL' : 'records');
    });
    for (const format of formats) {
        await check(`${name} ${format}: a file of another profile is complained about`, async () => {
            await subject.open(`profile_${format}`);
            const [file] = files('hostile', format, parsedmarc);
            await expectComplaint(subject.load(format.toUpperCase(), 'records', file));
        });
        if (!readsNames)
            continue;
        await check(`${name} ${format}: a file with an unknown column is refused`, async () => {
            const [header, ...rest] = lines(files('hostile', format, records)[0]);
            await subject.open(`column_${format}`);
            writeFileSync(part, `${[header.replace('header_from', 'header_to'), ...rest].join('\n')}\n`);
            await expectComplaint(subject.load(format.toUpperCase(), 'records', part));
            expect('the number of rows', await subject.value('count(*) AS n FROM records'), '0');
        });
    }
}

// The questions of examples/queries, by the names above them.
function questions(engine) {
    const text = readFileSync(`${schemas}/../queries/${engine}.sql`, 'utf8');
    return Object.fromEntries([...text.matchAll(/^-- ([a-z ]+): .*\n([^;]+);/gm)]
        .map(([, name, query]) => [name, query]));
}

async function sample(subject) {
    const { name } = subject.driver;
    const asked = questions(name);

    await check(`${name}: the sample's tables`, async () => {
        await subject.open('sample');
        await subject.loadAll('sample', 'csv', records);
        await subject.loadAll('sample', 'csv', reports);
    });
    for (const [question, { columns: names, rows: wanted }] of Object.entries(answers()))
        await check(`${name}: ${question}`, async () => {
            if (!asked[question])
                throw new Error(`examples/queries/${name}.sql has no such query`);
            const got = await subject.driver.rows(names, `(${asked[question]}) AS t`);
            const sorted = (list) => list.map((row) => JSON.stringify(row)).sort().join('\n');
            expect('the answer', sorted(got.map((row) => row.map((cell, i) =>
                (typeof wanted[0][i] === 'number' ? Number(cell) : cell)))), sorted(wanted));
        });
}

await check('examples/queries/answers.md is what they answer', () =>
    expect('it', readFileSync(`${schemas}/../queries/answers.md`, 'utf8'), page()));

for (const format of formats)
    for (const one of tables)
        await check(`${format} ${one.table}: the files have these columns`, () => {
            for (const file of files('hostile', format, one))
                expect(`the header of ${file}`, lines(file)[0], columns[one.table].join(format === 'csv' ? ',' : '\t'));
        });

for (const Engine of engines) {
    let subject;
    await check(`${Engine.name.toLowerCase()}: is there`, () => {
        subject = new Subject(new Engine(work, createRequire(`${modules}/`)));
    });
    if (!subject)
        continue;
    for (const format of formats) {
        await hostile(subject, format);
        if (existsSync(`${work}/golden-${format}-full`))
            await golden(subject, format);
    }
    await careful(subject);
    await sample(subject);
    subject.driver.close?.();
}
console.log(`${passed} passed, ${failed} failed`);
exit(failed ? 1 : 0);
