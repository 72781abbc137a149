/** A bucket of S3 that projects of Label Studio share, on SQLite. */
import { DatabaseSync } from 'node:sqlite';
import type { TestLabelStudio } from './label-studio.ts';
import { fileOf } from './tool-backup.ts';

export const BUCKET = 'shared-bucket';

/** A file of the bucket as Label Studio's addresses name it. */
export const encodedFile = (key: string): string =>
  Buffer.from(`s3://${BUCKET}/${key}`).toString('base64').replaceAll('+', '-').replaceAll('/', '_');

/** By Label Studio's API it would want to talk to S3. Whether a file may be read it decides itself, and signs an address for S3. */
export function connectBucket({ databaseUrl }: Pick<TestLabelStudio, 'databaseUrl'>, projectId: string): void {
  const database = new DatabaseSync(fileOf(databaseUrl), { timeout: 10_000 });
  const values = {
    ...{ bucket: BUCKET, project_id: Number(projectId), created_at: '2031-01-01 00:00:00', status: 'initialized' },
    ...{ aws_access_key_id: 'a key', aws_secret_access_key: 'a secret', region_name: 'eu-west-1' },
    ...{ presign: 1, presign_ttl: 1, use_blob_urls: 1, recursive_scan: 0, synchronizable: 1 },
  };
  const names = Object.keys(values);
  const places = names.map(() => '?').join(', ');
  const statement = `INSERT INTO io_storages_s3importstorage (${names.join(', ')}) VALUES (${places})`;
  database.prepare(statement).run(...Object.values(values));
  database.close();
}
