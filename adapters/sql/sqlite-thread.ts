/** Questions to the thread that holds an SQLite file open, and their answers. */
import { Worker } from 'node:worker_threads';
import { ToolUnavailable } from '../errors.ts';
import type { SqliteAnswer, SqliteRequest } from './sqlite-worker.ts';

type Waiting = {
  resolve: (answer: SqliteAnswer) => void;
  reject: (error: Error) => void;
  takePart: (rows: unknown[]) => void;
};

/** The thread makes many short-lived rows: without a limit their garbage would be kept around for speed that nobody needs. */
const resourceLimits = { maxYoungGenerationSizeMb: 4 };

/** One open file in one thread; once stopped, start another. */
export class SqliteThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;
  stopped = false;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.unref();
    worker.on('message', (answer: SqliteAnswer) => {
      const waiting = this.#waiting.get(answer.id);
      if (answer.more) return this.#passPart(answer);
      waiting?.resolve(answer);
      this.#forget(answer.id);
    });
    worker.on('error', (error) => this.#fail(error));
    worker.on('exit', () => this.#fail(new Error('it was closed')));
  }

  /**
   * The thread's answer, or its last part when it comes in several: `takePart` is given the others. Throws
   * {@link ToolUnavailable} when it takes too long or the thread ended.
   */
  ask(
    request: Omit<SqliteRequest, 'id' | 'inParts'>,
    timeoutSeconds: number,
    takePart?: (rows: unknown[]) => void,
  ): Promise<SqliteAnswer> {
    this.#last += 1;
    const id = this.#last;
    return new Promise<SqliteAnswer>((resolve, reject) => {
      const timer = setTimeout(() => {
        // SQLite's own work cannot be interrupted: the thread ends after this statement, the next question gets another.
        this.#fail(new Error(`no answer in ${timeoutSeconds} s`));
        void this.#worker.terminate();
      }, timeoutSeconds * 1000);
      this.#waiting.set(id, {
        takePart: takePart ?? (() => undefined),
        resolve: (answer) => {
          clearTimeout(timer);
          resolve(answer);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      this.#worker.ref();
      this.#worker.postMessage({ ...request, id, inParts: takePart !== undefined });
    });
  }

  /** Ends the thread; whoever still waits gets {@link ToolUnavailable}. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.#worker.terminate();
  }

  #passPart({ id, rows }: SqliteAnswer): void {
    const waiting = this.#waiting.get(id);
    try {
      waiting?.takePart(rows ?? []);
    } catch (error) {
      waiting?.reject(error instanceof Error ? error : new Error(String(error)));
      this.#forget(id);
    }
  }

  #forget(id: number): void {
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#worker.unref();
  }

  #fail(cause: Error): void {
    this.stopped = true;
    for (const { reject } of this.#waiting.values()) {
      reject(new ToolUnavailable(`The tool’s SQLite file could not be used: ${cause.message}.`, { cause }));
    }
    this.#waiting.clear();
  }
}

/** A thread that will open the file at this path with its first statement. */
export function startSqliteThread(path: string): SqliteThread {
  // The published package holds compiled files: the thread's file ends like this one.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new SqliteThread(
    new Worker(new URL(`./sqlite-worker.${extension}`, import.meta.url), { workerData: { path }, resourceLimits }),
  );
}
