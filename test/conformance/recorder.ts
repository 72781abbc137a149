/** Remembers everything that leaves an adapter: results, errors and log lines. */
import { Writable } from 'node:stream';
import { inspect } from 'node:util';
import pino from 'pino';
import type { ToolAdapter } from '../../adapters/tool.ts';

export interface Recorder {
  log: pino.Logger;
  /** The same adapter, overheard. */
  listenTo(adapter: ToolAdapter): ToolAdapter;
  /** Where one of these texts was heard: "the result of listProjects". */
  whereHeard(secrets: readonly string[]): string[];
}

/** A logger and a wrapper whose every word is kept. */
export function createRecorder(): Recorder {
  const heard: { where: string; text: string }[] = [];
  const lines = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      heard.push({ where: 'the log', text: chunk.toString() });
      done();
    },
  });
  const keep = (where: string, value: unknown): void => {
    heard.push({ where, text: inspect(value, { depth: 12, maxStringLength: null, maxArrayLength: null }) });
  };
  return {
    log: pino({ level: 'trace' }, lines),
    listenTo: (adapter) => overhear(adapter, keep),
    whereHeard: (secrets) =>
      heard.filter(({ text }) => secrets.some((secret) => text.includes(secret))).map(({ where }) => where),
  };
}

function overhear(adapter: ToolAdapter, keep: (where: string, value: unknown) => void): ToolAdapter {
  return new Proxy(adapter, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...parameters: unknown[]): unknown => {
        const result: unknown = Reflect.apply(member, target, parameters);
        if (!(result instanceof Promise)) {
          keep(`the result of ${String(name)}`, result);
          return result;
        }
        return result.then(
          (value: unknown) => {
            keep(`the result of ${String(name)}`, value);
            return value;
          },
          (error: unknown) => {
            keep(`an error of ${String(name)}`, error);
            throw error;
          },
        );
      };
    },
  });
}
