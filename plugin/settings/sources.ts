/** Where the values of settings come from: flags before the environment before the settings file before the manifest's default. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { AdminError } from '../errors.ts';
import { accessProblem } from '../private-files.ts';
import { flagOf, manifest } from './manifest.ts';
import { readSettingsText } from './settings-file.ts';

/** The first source that has a name wins. */
export interface SettingSources {
  /** By setting name, from the command line. */
  flags?: Readonly<Record<string, string | undefined>>;
  environment: Readonly<Record<string, string | undefined>>;
  /** A file of NAME=value lines; see `settings-file.ts`. */
  file?: string;
  /** The file was named by the caller, so it must be there. */
  fileIsRequired?: boolean;
  /** Taken in place of what the file holds: a change that is not written yet. */
  fileText?: string;
}

/** Sources with a settings file, whether it is there yet or not. */
export type FileSources = SettingSources & { file: string };

export type SourceKind = 'flag' | 'environment' | 'file' | 'default';

export interface Found {
  value: string;
  kind: SourceKind;
  /** "the flag --plugin-port", "the environment", "/etc/opentrain-plugin.env", "its default". */
  from: string;
}

/** curl and others read these names in small letters. */
const ALSO_IN_SMALL_LETTERS = new Set(['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY']);

/** The value of every setting that has one. Throws {@link AdminError} when the settings file cannot be read. */
export function collectSettings(sources: SettingSources): Map<string, Found> {
  const path = sources.file === undefined ? undefined : resolve(sources.file);
  const file = path === undefined ? new Map<string, string>() : valuesIn(path, sources);
  const found = new Map<string, Found>();
  for (const { name, default: fallback } of manifest.settings) {
    const small = ALSO_IN_SMALL_LETTERS.has(name) ? sources.environment[name.toLowerCase()] : undefined;
    const candidates: [SourceKind, string, string | undefined][] = [
      ['flag', `the flag ${flagOf(name)}`, sources.flags?.[name]],
      ['environment', 'the environment', sources.environment[name] ?? small],
      ['file', path ?? '', file.get(name)],
      ['default', 'its default', fallback],
    ];
    const first = candidates.find(([, , value]) => value !== undefined && value.trim() !== '');
    if (first) found.set(name, { kind: first[0], from: first[1], value: (first[2] ?? '').trim() });
  }
  return found;
}

/** Whether none of the settings that the plugin cannot do without is set anywhere. */
export function isNothingSetUp(sources: SettingSources): boolean {
  const found = collectSettings(sources);
  return manifest.settings.every(({ name, required }) => !required || !found.has(name));
}

function valuesIn(path: string, sources: SettingSources): Map<string, string> {
  const text = sources.fileText ?? readFile(path, sources.fileIsRequired === true);
  const values = readSettingsText(text, path);
  refuseMisspelt([...values.keys()], path);
  return values;
}

function readFile(path: string, isRequired: boolean): string {
  if (!existsSync(path)) {
    if (!isRequired) return '';
    throw new AdminError(
      `The settings file ${path} does not exist.`,
      'Check the path after --settings-file; `opentrain-plugin setup` writes a new one.',
    );
  }
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const problem = accessProblem(path);
    if (!problem) throw cause;
    throw new AdminError(`The settings file cannot be read: ${problem.what}.`, problem.remedy, { cause });
  }
}

/** A name that is one of ours but for its underscores would be ignored in silence. */
function refuseMisspelt(names: readonly string[], path: string): void {
  const plain = (name: string): string => name.replaceAll('_', '').toUpperCase();
  const ours = new Map(manifest.settings.map(({ name }) => [plain(name), name]));
  for (const name of names) {
    const meant = ours.get(plain(name));
    if (meant === undefined || meant === name || ALSO_IN_SMALL_LETTERS.has(name.toUpperCase())) continue;
    throw new AdminError(`${name} in ${path} is not a setting.`, `Write ${meant}.`);
  }
}
