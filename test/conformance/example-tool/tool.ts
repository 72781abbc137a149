/**
 * Sorter: a small annotation tool, for the example adapter to adapt. Accounts, membership per project, a shared invite link,
 * tasks that are annotated or skipped, an export; over HTTP, kept in SQLite. The admin's token is given at the start.
 */
import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';

export interface Sorter {
  baseUrl: string;
  stop(): Promise<void>;
}

export interface SorterOptions {
  databasePath: string;
  adminEmail: string;
  adminPassword: string;
  adminToken: string;
}

const schema = `
  PRAGMA journal_mode = WAL;
  CREATE TABLE account (id INTEGER PRIMARY KEY, email TEXT UNIQUE, name TEXT, salt TEXT, hash TEXT, is_admin INT, is_closed INT DEFAULT 0,
    joined_at TEXT DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')));
  CREATE TABLE session (token TEXT PRIMARY KEY, account_id INT);
  CREATE TABLE project (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT, instructions TEXT DEFAULT '', is_deleted INT DEFAULT 0,
    made_at TEXT DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')));
  CREATE TABLE member (project_id INT, account_id INT, PRIMARY KEY (project_id, account_id));
  CREATE TABLE task (id INTEGER PRIMARY KEY, project_id INT, number INT);
  CREATE TABLE annotation (id INTEGER PRIMARY KEY, task_id INT, account_id INT, seconds REAL, is_skipped INT, created_at TEXT);
  CREATE TABLE invite (token TEXT);`;

const credentialsSchema = z.object({ email: z.string().toLowerCase(), password: z.string() });
const accountSchema = z.object({
  id: z.number(),
  salt: z.string(),
  hash: z.string(),
  is_admin: z.number(),
  is_closed: z.number(),
});
type Account = z.infer<typeof accountSchema>;

interface Question {
  /** What the address matched. */
  parts: readonly string[];
  body: unknown;
  /** Who asks, if anybody. */
  account: Account | undefined;
}
type Reply = { status: number; body?: unknown };
type Route = { method: string; path: RegExp; who: 'anybody' | 'account' | 'admin'; reply(question: Question): Reply };

/** Starts it on a free port of 127.0.0.1. */
export async function startSorter(options: SorterOptions): Promise<Sorter> {
  const database = new DatabaseSync(options.databasePath);
  database.exec(schema);
  database.prepare('INSERT INTO invite VALUES (?)').run(randomBytes(12).toString('hex'));
  const admin = addAccount(database, { email: options.adminEmail, password: options.adminPassword, name: 'Admin' }, 1);
  database.prepare('INSERT INTO session VALUES (?, ?)').run(options.adminToken, admin);
  const routes = routesOf(database);
  const server = createServer((request, response) => {
    void answer(database, routes, request).then(({ status, body }) => {
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body ?? {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      database.close();
    },
  };
}

async function answer(database: DatabaseSync, routes: readonly Route[], request: IncomingMessage): Promise<Reply> {
  try {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
    const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
    const found = database
      .prepare(
        'SELECT account.* FROM session JOIN account ON account.id = account_id WHERE token = ? AND NOT is_closed',
      )
      .get(token);
    const account = found === undefined ? undefined : accountSchema.parse(found);
    for (const route of routes) {
      const parts = route.path.exec(request.url ?? '')?.slice(1);
      if (!parts || route.method !== request.method) continue;
      if (route.who !== 'anybody' && !account) return { status: 401 };
      if (route.who === 'admin' && !account?.is_admin) return { status: 403 };
      return route.reply({ parts, body: text === '' ? {} : JSON.parse(text), account });
    }
    return { status: 404 };
  } catch (error) {
    return { status: 500, body: { error: String(error) } };
  }
}

function routesOf(database: DatabaseSync): Route[] {
  const all = (sql: string, ...values: (string | number)[]): unknown[] => database.prepare(sql).all(...values);
  const run = (sql: string, ...values: (string | number | null)[]): number =>
    Number(database.prepare(sql).run(...values).changes);
  const isIn = (question: Question, projectId = ''): boolean =>
    question.account?.is_admin === 1 ||
    all('SELECT 1 FROM member WHERE project_id = ? AND account_id = ?', projectId, question.account?.id ?? 0).length >
      0;
  const project = '/api/projects/(\\d+)';
  const route = (who: Route['who'], method: string, path: string, reply: Route['reply']): Route => ({
    ...{ who, method, reply, path: new RegExp(`^${path}$`) },
  });

  return [
    route('anybody', 'GET', '/api/version', () => ({ status: 200, body: { version: '1.0' } })),
    route('anybody', 'POST', '/api/sign-in', ({ body }) => signIn(database, credentialsSchema.parse(body))),
    route('anybody', 'POST', '/join/(\\w+)', ({ parts: [invite = ''], body }) => {
      if (all('SELECT 1 FROM invite WHERE token = ?', invite).length === 0) return { status: 404 };
      const joining = credentialsSchema.extend({ name: z.string() }).parse(body);
      if (joining.password.length < 8) return { status: 400, body: { error: 'The password is too short.' } };
      if (all('SELECT 1 FROM account WHERE email = ?', joining.email).length > 0) return { status: 409 };
      return { status: 201, body: { id: addAccount(database, joining, 0) } };
    }),
    route('admin', 'GET', '/api/invite', () => ({ status: 200, body: all('SELECT token FROM invite')[0] })),
    route('admin', 'POST', '/api/invite', () => {
      run('UPDATE invite SET token = ?', randomBytes(12).toString('hex'));
      return { status: 204 };
    }),
    route('admin', 'GET', '/api/accounts', () => ({
      status: 200,
      body: all(
        `SELECT id, email, is_admin, is_closed, joined_at,
           (SELECT coalesce(group_concat(project_id), '') FROM member WHERE account_id = account.id) AS projects FROM account`,
      ),
    })),
    route('admin', 'PUT', '/api/accounts/(\\d+)/closed', ({ parts: [id = ''], body }) => {
      const { closed } = z.object({ closed: z.boolean() }).parse(body);
      if (closed) run('DELETE FROM session WHERE account_id = ?', id);
      return { status: run('UPDATE account SET is_closed = ? WHERE id = ?', Number(closed), id) ? 204 : 404 };
    }),
    route('admin', 'PUT', '/api/accounts/(\\d+)/password', ({ parts: [id = ''], body }) => {
      const { salt, hash } = hashed(z.object({ password: z.string() }).parse(body).password);
      run('DELETE FROM session WHERE account_id = ?', id);
      return { status: run('UPDATE account SET salt = ?, hash = ? WHERE id = ?', salt, hash, id) ? 204 : 404 };
    }),
    route('admin', 'DELETE', '/api/accounts/(\\d+)/sessions', ({ parts: [id = ''] }) => {
      run('DELETE FROM session WHERE account_id = ?', id);
      return { status: 204 };
    }),
    route('account', 'GET', '/api/projects', (question) => {
      const projects = all('SELECT id, title, instructions FROM project WHERE NOT is_deleted ORDER BY id');
      const ids = z.object({ id: z.number() });
      return { status: 200, body: projects.filter((each) => isIn(question, String(ids.parse(each).id))) };
    }),
    route('admin', 'POST', '/api/projects', ({ body }) => {
      const { title, tasks } = z.object({ title: z.string(), tasks: z.number() }).parse(body);
      const { lastInsertRowid: id } = database.prepare('INSERT INTO project (title) VALUES (?)').run(title);
      for (let number = 0; number < tasks; number += 1) {
        run('INSERT INTO task (project_id, number) VALUES (?, ?)', Number(id), number);
      }
      return { status: 201, body: { id: Number(id) } };
    }),
    route('admin', 'PATCH', project, ({ parts: [id = ''], body }) => {
      const { instructions } = z.object({ instructions: z.string() }).parse(body);
      run('UPDATE project SET instructions = ? WHERE id = ?', instructions, id);
      return { status: 204 };
    }),
    route('admin', 'DELETE', project, ({ parts: [id = ''] }) => {
      return { status: run('UPDATE project SET is_deleted = 1 WHERE id = ?', id) ? 204 : 404 };
    }),
    route('admin', 'PUT', `${project}/members/(\\d+)`, ({ parts: [id = '', account = ''] }) => {
      run('INSERT OR IGNORE INTO member VALUES (?, ?)', id, account);
      return { status: 204 };
    }),
    route('admin', 'DELETE', `${project}/members/(\\d+)`, ({ parts: [id = '', account = ''] }) => {
      run('DELETE FROM member WHERE project_id = ? AND account_id = ?', id, account);
      return { status: 204 };
    }),
    route('account', 'GET', `${project}/tasks`, (question) => {
      const [id = ''] = question.parts;
      if (!isIn(question, id)) return { status: 403 };
      return { status: 200, body: all('SELECT id, number FROM task WHERE project_id = ? ORDER BY number', id) };
    }),
    route('account', 'POST', `${project}/tasks/(\\d+)/annotations`, (question) => {
      const [id = '', number = ''] = question.parts;
      if (!isIn(question, id)) return { status: 403 };
      const work = z.object({ seconds: z.number(), skip: z.boolean() }).parse(question.body);
      const { lastInsertRowid } = database
        .prepare(
          `INSERT INTO annotation (task_id, account_id, seconds, is_skipped, created_at)
             SELECT id, ?, ?, ?, ? FROM task WHERE project_id = ? AND number = ?`,
        )
        .run(question.account?.id ?? 0, work.seconds, Number(work.skip), new Date().toISOString(), id, number);
      return { status: 201, body: { id: Number(lastInsertRowid) } };
    }),
    route('account', 'DELETE', '/api/annotations/(\\d+)', ({ parts: [id = ''], account }) => {
      return {
        status: run('DELETE FROM annotation WHERE id = ? AND account_id = ?', id, account?.id ?? 0) ? 204 : 404,
      };
    }),
    route('admin', 'GET', `${project}/export`, ({ parts: [id = ''] }) => ({
      status: 200,
      body: all(
        `SELECT account_id, task_id, seconds FROM annotation JOIN task ON task.id = task_id
         WHERE project_id = ? AND NOT is_skipped`,
        id,
      ),
    })),
  ];
}

function signIn(database: DatabaseSync, { email, password }: z.infer<typeof credentialsSchema>): Reply {
  const found = database.prepare('SELECT * FROM account WHERE email = ? AND NOT is_closed').get(email);
  if (found === undefined) return { status: 401 };
  const { id, salt, hash } = accountSchema.parse(found);
  const given = scryptSync(password, salt, 32, { N: 1024 });
  if (!timingSafeEqual(given, Buffer.from(hash, 'hex'))) return { status: 401 };
  const token = randomBytes(20).toString('hex');
  database.prepare('INSERT INTO session VALUES (?, ?)').run(token, id);
  return { status: 200, body: { token } };
}

function hashed(password: string): { salt: string; hash: string } {
  const salt = randomBytes(8).toString('hex');
  return { salt, hash: scryptSync(password, salt, 32, { N: 1024 }).toString('hex') };
}

function addAccount(
  database: DatabaseSync,
  account: { email: string; password: string; name: string },
  isAdmin: 0 | 1,
): number {
  const { salt, hash } = hashed(account.password);
  const statement = 'INSERT INTO account (email, name, salt, hash, is_admin) VALUES (?, ?, ?, ?, ?)';
  return Number(database.prepare(statement).run(account.email, account.name, salt, hash, isAdmin).lastInsertRowid);
}
