/** A tool's SQLite database, copied while the tool runs and put back later, as an admin restores a backup. */
import { backup, DatabaseSync } from 'node:sqlite';

/** The file of `sqlite:/path`. */
export function fileOf(databaseUrl: string): string {
  return databaseUrl.replace(/^sqlite:/, '');
}

/** Copies the database into this file. */
export function copyToolDatabase(databaseUrl: string, file: string): Promise<void> {
  return copyWhole(fileOf(databaseUrl), file);
}

/** Makes the database what it was when it was copied. */
export function putToolDatabaseBack(databaseUrl: string, file: string): Promise<void> {
  return copyWhole(file, fileOf(databaseUrl));
}

async function copyWhole(from: string, to: string): Promise<void> {
  const source = new DatabaseSync(from);
  try {
    await backup(source, to);
  } finally {
    source.close();
  }
}
