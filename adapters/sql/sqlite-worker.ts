/** The thread that holds the tool's SQLite file open: answers one statement at a time. */
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { readFromReadOnlyMount, WalOnReadOnlyMount } from './sqlite-read-only-mount.ts';

export interface SqliteRequest {
  id: number;
  kind: 'query' | 'execute';
  /** Rows are answered in several parts. */
  inParts: boolean;
  sql: string;
  parameters: readonly (string | number | null)[];
}

export interface SqliteAnswer {
  id: number;
  rows?: unknown[];
  /** Another part follows. */
  more?: true;
  changes?: number;
  error?: string;
  /** The file is in WAL mode on a read-only mount and cannot be read now. */
  isWalOnReadOnlyMount?: true;
  /** SQLite's extended result code, when the error has one. */
  code?: number;
}

/** The tool holds short locks: waiting this long for them is normal. */
const busyTimeoutMilliseconds = 10_000;
const rowsPerPart = 500;

const { path } = z.object({ path: z.string() }).parse(workerData);
const errorSchema = z.object({ message: z.string(), errcode: z.number().optional() });
const connections = new Map<SqliteRequest['kind'], DatabaseSync>();

function connection(kind: SqliteRequest['kind']): DatabaseSync {
  const open = connections.get(kind);
  if (open) return open;
  // The read-only one comes first and never creates a file; so the writable one only opens a file that exists.
  if (kind === 'execute') connection('query').prepare('SELECT 1').get();
  const opened = new DatabaseSync(path, { readOnly: kind === 'query', timeout: busyTimeoutMilliseconds });
  connections.set(kind, opened);
  return opened;
}

function answer(request: SqliteRequest): SqliteAnswer {
  try {
    return run(request, () => connection(request.kind));
  } catch (error) {
    try {
      if (request.kind === 'query') return readFromReadOnlyMount(path, error, (file) => wholeAnswer(request, file));
      return failure(request, error);
    } catch (failed) {
      return failure(request, failed);
    }
  }
}

function failure({ id }: SqliteRequest, error: unknown): SqliteAnswer {
  const { message, errcode } = errorSchema.catch({ message: String(error) }).parse(error);
  return {
    id,
    error: message,
    ...(errcode === undefined ? {} : { code: errcode }),
    ...(error instanceof WalOnReadOnlyMount ? { isWalOnReadOnlyMount: true } : {}),
  };
}

function run(request: SqliteRequest, open: () => DatabaseSync): SqliteAnswer {
  const statement = open().prepare(request.sql);
  const named = namedParameters(request);
  if (request.kind === 'query' && request.inParts) return answerInParts(request.id, statement.iterate(named));
  if (request.kind === 'query') return { id: request.id, rows: statement.all(named) };
  return { id: request.id, changes: Number(statement.run(named).changes) };
}

/** In one part, so that nothing is handed on before it is sure that the file did not change meanwhile. */
function wholeAnswer(request: SqliteRequest, file: DatabaseSync): SqliteAnswer {
  return { id: request.id, rows: file.prepare(request.sql).all(namedParameters(request)) };
}

function namedParameters({ parameters }: SqliteRequest): Record<string, string | number | null> {
  return Object.fromEntries(parameters.map((value, index) => [`$${index + 1}`, value]));
}

/** Posts all parts but the last, which it returns. */
function answerInParts(id: number, rows: Iterable<unknown>): SqliteAnswer {
  let part: unknown[] = [];
  for (const row of rows) {
    if (part.length === rowsPerPart) {
      parentPort?.postMessage({ id, rows: part, more: true });
      part = [];
    }
    part.push(row);
  }
  return { id, rows: part };
}

parentPort?.on('message', (request: SqliteRequest) => parentPort?.postMessage(answer(request)));
