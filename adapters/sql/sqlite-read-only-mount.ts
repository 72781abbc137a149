/**
 * Reading an SQLite file in WAL mode from a read-only mount, or a folder that the plugin's user may not write. SQLite needs the file's
 * `-shm` for that, which it cannot make there (measured, whenever no program of the tool has the file open: "unable to open database
 * file", code 14, on a mount; "attempt to write a readonly database", code 1544, in such a folder).
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';

/** SQLITE_CANTOPEN and SQLITE_READONLY_DIRECTORY (https://sqlite.org/rescode.html). */
const codes: readonly unknown[] = [14, 1544];
/** Byte 18 of the header, the file format's write version, is 2 in WAL mode (https://sqlite.org/fileformat2.html). */
const WRITE_VERSION_AT = 18;
const WAL_VERSION = 2;
const TRIES = 5;

/** The file is in WAL mode, is written by the tool at this moment, and its folder cannot be written. */
export class WalOnReadOnlyMount extends Error {
  override name = 'WalOnReadOnlyMount';
}

/**
 * Runs `read` with the file opened as immutable when the error says that it could not be opened and the reason is a read-only
 * mount: without a `-wal` beside it, everything is in the file itself. A file that changed meanwhile is read again. Throws the
 * error itself when there is another reason, and {@link WalOnReadOnlyMount} when there is a `-wal`.
 */
export function readFromReadOnlyMount<Result>(
  path: string,
  error: unknown,
  read: (file: DatabaseSync) => Result,
): Result {
  const couldNotOpen = error instanceof Error && 'errcode' in error && codes.includes(error.errcode);
  if (!couldNotOpen || !isInWalMode(path)) throw error;
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const before = stateOf(path);
    if (before === null) break;
    const address = pathToFileURL(path);
    address.searchParams.set('immutable', '1');
    const file = new DatabaseSync(address, { readOnly: true });
    try {
      const result = read(file);
      if (stateOf(path) === before) return result;
    } catch (failure) {
      if (stateOf(path) === before) throw failure;
    } finally {
      file.close();
    }
  }
  throw new WalOnReadOnlyMount('it is in WAL mode, the tool writes to it, and its folder is mounted read-only');
}

function isInWalMode(path: string): boolean {
  try {
    const header = Buffer.alloc(WRITE_VERSION_AT + 1);
    const file = openSync(path, 'r');
    try {
      readSync(file, header, 0, header.length, 0);
    } finally {
      closeSync(file);
    }
    return header[WRITE_VERSION_AT] === WAL_VERSION;
  } catch {
    return false;
  }
}

/** Changes with the file; null while there is a write-ahead log that holds something. */
function stateOf(path: string): string | null {
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false });
  if (log && log.size > 0) return null;
  const { mtimeNs, size } = statSync(path, { bigint: true });
  return `${mtimeNs} ${size}`;
}
