// drivers.mjs - four engines behind one face: open() makes an empty database,
// run() takes commands as the engine's own client would, rows() reads columns.
//
// The engine makes texts of all values, so that no number passes through those
// of JavaScript. What an engine has to complain about is thrown.
import { spawnSync } from 'node:child_process';

// Runs a client over `input`. A word on stderr is a failure, whatever the exit
// status says: sqlite3 goes on behind a row that it could not load.
function client(program, args, input) {
    const { status, stdout, stderr, error } = spawnSync(program, args, {
        input, encoding: 'utf8', maxBuffer: 1 << 30,
    });
    if (error)
        throw error;
    if (status !== 0 || stderr)
        throw new Error(stderr.trim() || `${program} ended with ${status}`);
    return stdout;
}

const parsed = (lines) => lines.split('\n').filter(Boolean).map((line) => JSON.parse(line));
const each = (columns, one) => columns.map((name) => one(`"${name}"`)).join(', ');

class Sqlite {
    name = 'sqlite';
    keepsEmpty = false; // present but empty is NULL
    readsNames = false; // the header line is skipped
    truth = { True: '1', False: '0' };
    year = (column) => `strftime('%Y', ${column})`;

    constructor(folder) {
        this.folder = folder;
    }

    open(database) {
        this.file = `${this.folder}/${database}.sqlite`;
    }

    run(commands) {
        return client('sqlite3', ['-init', '/dev/null', this.file], commands);
    }

    rows(columns, from) {
        return parsed(this.run(`SELECT json_array(${each(columns, (c) => `CAST(${c} AS TEXT)`)}) FROM ${from};`));
    }
}

class Postgresql {
    name = 'postgresql';
    keepsEmpty = true;
    readsNames = true;
    truth = { True: 'true', False: 'false' };
    year = (column) => `extract(year FROM ${column})`;

    constructor(folder) {
        this.socket = `${folder}/pg`;
    }

    open(database) {
        this.database = 'postgres';
        this.run(`CREATE DATABASE ${database} TEMPLATE template0 ENCODING 'UTF8'`);
        this.database = database;
    }

    run(commands) {
        const where = ['-h', this.socket, '-U', 'postgres', '-d', this.database];
        return client('psql', ['-XqAt', '-v', 'ON_ERROR_STOP=1', ...where], commands);
    }

    rows(columns, from) {
        return parsed(this.run(`SELECT json_build_array(${each(columns, (c) => `${c}::text`)}) FROM ${from}`));
    }
}

class Duckdb {
    name = 'duckdb';
    keepsEmpty = true;
    readsNames = false;
    truth = { True: 'true', False: 'false' };
    year = (column) => `extract(year FROM ${column})`;

    constructor(folder, need) {
        this.instance = need('@duckdb/node-api').DuckDBInstance;
    }

    async open() {
        this.connection?.closeSync();
        this.connection = await (await this.instance.create(':memory:')).connect();
    }

    run(commands) {
        return this.connection.run(commands);
    }

    async rows(columns, from) {
        const query = `SELECT ${each(columns, (c) => `CAST(${c} AS VARCHAR)`)} FROM ${from}`;
        return (await this.connection.runAndReadAll(query)).getRows();
    }
}

class Clickhouse {
    name = 'clickhouse';
    keepsEmpty = true;
    readsNames = true;
    truth = { True: 'true', False: 'false' };
    year = (column) => `extract(year FROM ${column})`;

    constructor(folder, need) {
        this.session = new (need('chdb').Session)(`${folder}/clickhouse`);
    }

    open(database) {
        this.run(`CREATE DATABASE ${database}; USE ${database}`);
    }

    run(commands) {
        return this.session.query(commands);
    }

    rows(columns, from) {
        const query = `SELECT ${each(columns, (c) => `toString(${c})`)} FROM ${from}`;
        return parsed(this.session.query(query, 'JSONCompactEachRow'));
    }

    close() {
        this.session.close();
    }
}

// Each is made with a folder for its files and a function that finds modules.
export const engines = [Sqlite, Postgresql, Duckdb, Clickhouse];
