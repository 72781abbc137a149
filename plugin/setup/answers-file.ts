/** Where the answers come from and go to: flags, environment, and the settings file that only its owner may read. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { makePrivateFolder, writePrivateFile } from '../private-files.ts';
import { manifest } from '../settings/manifest.ts';
import { changeSettingsText } from '../settings/settings-file.ts';
import { collectSettings, type FileSources } from '../settings/sources.ts';
import { absoluteSqliteUrl } from '../settings/sqlite-file.ts';
import type { Answers } from './steps.ts';

/** What is set already, but for defaults: a newer version may have better ones. Throws AdminError when the file cannot be read. */
export function knownAnswers(sources: FileSources): Map<string, string> {
  const found = collectSettings(sources);
  const known = new Map<string, string>();
  for (const { name, type } of manifest.settings) {
    const given = found.get(name);
    if (!given || given.kind === 'default') continue;
    const inFile = given.kind === 'file' && type === 'database';
    known.set(name, inFile ? absoluteSqliteUrl(given.value, dirname(sources.file)) : given.value);
  }
  return known;
}

/** Writes the answers into the settings file (mode 0600); what else is in it stays. */
export function writeAnswers(file: string, answers: Answers): void {
  makePrivateFolder(dirname(file));
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const known = new Map(
    manifest.settings.flatMap(({ name }) => {
      const value = answers.get(name);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
  writePrivateFile(file, changeSettingsText(before, known, file));
}
