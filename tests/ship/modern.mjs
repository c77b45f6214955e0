// modern.mjs MODULES FOLDER - the ClickHouse of today, which is a module of
// Node.js (chdb), behind as much of its HTTP interface as `ruamill ship` uses.
// Prints the port. After POST /break, the next INSERT is done, and its answer is
// not given; another POST /break says whether that has happened.
import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { writeFileSync } from 'node:fs';

const [modules, folder] = process.argv.slice(2);
const { Session } = createRequire(`${modules}/`)('chdb');
const session = new Session(`${folder}/clickhouse`);
let broken = false;

function insert(parameters, body) {
    const file = `${folder}/rows.tsv`;
    const [head, format] = parameters.get('query').split(' FORMAT ');
    const settings = [...parameters].filter(([name]) => name !== 'query' && name !== 'wait_end_of_query')
        .map(([name, value]) => `${name} = ${/^\d+$/.test(value) ? value : `'${value}'`}`);
    writeFileSync(file, body);
    session.query(`${head} FROM INFILE '${file}' SETTINGS ${settings.join(', ')} FORMAT ${format}`);
    return '';
}

createServer((request, response) => {
    const pieces = [];
    request.on('data', (piece) => pieces.push(piece));
    request.on('end', () => {
        const url = new URL(request.url, 'http://localhost');
        const raw = Buffer.concat(pieces);
        const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
        try {
            if (url.pathname === '/break') {
                broken = !broken;
                response.end(broken ? 'armed' : 'still armed');
                return;
            }
            const query = url.searchParams.get('query');
            const answer = query ? insert(url.searchParams, body) : session.query(body.toString(), 'TabSeparated');
            if (query && broken) {
                broken = false;
                request.socket.destroy();
                return;
            }
            response.end(answer);
        } catch (error) {
            response.writeHead(500).end(String(error.message ?? error));
        }
    });
}).listen(0, '127.0.0.1', function () {
    console.log(this.address().port);
});
