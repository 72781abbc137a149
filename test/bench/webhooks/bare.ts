/** What the plugin is measured against: an Express route that verifies the signature and inserts one row, and nothing else. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import express from 'express';
import pg from 'pg';

const { BARE_STORE = '', BARE_SECRET = '', BARE_PORT = '' } = process.env;

type Insert = (id: string, type: string, body: string) => unknown;

async function openInsert(): Promise<Insert> {
  const columns = 'bare (id TEXT PRIMARY KEY, type TEXT, body TEXT, received_at BIGINT)';
  if (BARE_STORE.startsWith('sqlite:')) {
    const database = new DatabaseSync(BARE_STORE.slice('sqlite:'.length));
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    database.exec(`CREATE TABLE IF NOT EXISTS ${columns}`);
    const insert = database.prepare('INSERT INTO bare VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING');
    return (id, type, body) => insert.run(id, type, body, Date.now());
  }
  const pool = new pg.Pool({ connectionString: BARE_STORE, max: 10 });
  await pool.query(`CREATE TABLE IF NOT EXISTS ${columns}`);
  const text = 'INSERT INTO bare VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING';
  return (id, type, body) => pool.query({ name: 'insert', text, values: [id, type, body, Date.now()] });
}

function isGenuine(header: string, body: Buffer): boolean {
  const [, time = '', digest = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  if (Math.abs(Date.now() / 1_000 - Number(time)) > 300) return false;
  const expected = createHmac('sha256', BARE_SECRET).update(`${time}.`).update(body).digest();
  return timingSafeEqual(expected, Buffer.from(digest, 'hex'));
}

const insert = await openInsert();
const app = express();
app.post('/webhooks/opentrain', express.raw({ type: () => true }), async (request, response) => {
  const body: Buffer = request.body;
  if (!isGenuine(request.get('X-OpenTrain-Signature') ?? '', body)) return void response.status(401).end();
  const text = body.toString('utf8');
  const { type }: { type: string } = JSON.parse(text);
  await insert(request.get('X-OpenTrain-Delivery') ?? '', type, text);
  response.json({ received: true });
});
app.listen(Number(BARE_PORT), '127.0.0.1', () => process.stdout.write('ready\n'));
