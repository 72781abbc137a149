/** The settings of a running `start`, as the console changes them: in the settings file, checked as at start, and taken back if need be. */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { AdminError, messageOf } from '../errors.ts';
import { accessProblem, writePrivateFile } from '../private-files.ts';
import { loadSettings, type SettingProblem, type Settings, settingProblems } from '../settings/settings.ts';
import { changeSettingsText, type FileChanges } from '../settings/settings-file.ts';
import { collectSettings, type FileSources, type Found } from '../settings/sources.ts';
import { knownAnswers } from './answers-file.ts';
import type { Answers } from './steps.ts';

/** What came of the last change, for the console. */
export interface LastChange {
  names: readonly string[];
  actor: string;
  at: Date;
  /** Why the plugin could not begin with it and went on with the settings before; null when it could. */
  takenBack: string | null;
}

export class RunningSettings {
  readonly file: string;
  readonly #sources: FileSources;
  readonly #rehearse: (settings: Settings) => Promise<void>;
  #last: LastChange | null = null;
  /** The file before the first change that the plugin has not begun with yet. */
  #textBefore: string | null = null;
  #changed = Promise.withResolvers<void>();

  /** `rehearse` opens the plugin with these settings and closes it. Throws {@link AdminError} when that cannot be done. */
  constructor(sources: FileSources, rehearse: (settings: Settings) => Promise<void>) {
    this.file = resolve(sources.file);
    this.#sources = { ...sources, file: this.file };
    this.#rehearse = rehearse;
  }

  /** Why nothing can be changed in the file, and what to do; null when it can. */
  get problem(): { what: string; remedy: string } | null {
    if (!existsSync(this.file)) return NO_FILE;
    const problem = accessProblem(this.file);
    if (problem) return { what: `The settings file cannot be changed: ${problem.what}.`, remedy: problem.remedy };
    const folder = dirname(this.file);
    try {
      accessSync(folder, constants.W_OK);
      return null;
    } catch {
      return {
        what: `The plugin may not write to ${folder}, where ${this.file} would be replaced as a whole.`,
        remedy: `Move the file to a folder of the plugin's own user, as deploy/README.md shows; or change it by hand and start the plugin again.`,
      };
    }
  }

  /** What each setting has at the next start, and where from. */
  found(): Map<string, Found> {
    return collectSettings(this.#sources);
  }

  /** What was changed last in this process, and what came of it. */
  get last(): LastChange | null {
    return this.#last;
  }

  /** What would be wrong at start with these changes, setting by setting. */
  problemsOf(changes: FileChanges): SettingProblem[] {
    return settingProblems(this.#with(changes));
  }

  /** The settings at start with these changes. Throws {@link AdminError} when they cannot be used. */
  settingsWith(changes: FileChanges): Settings {
    return loadSettings(this.#with(changes));
  }

  /** Every value that is set somewhere with these changes, for the checks of the set-up. */
  answersWith(changes: FileChanges): Answers {
    return knownAnswers(this.#with(changes));
  }

  /** Opens the plugin as at start with these changes. Throws {@link AdminError} when that cannot be done. */
  rehearse(changes: FileChanges): Promise<void> {
    return this.#rehearse(this.settingsWith(changes));
  }

  /** Replaces the file (mode 0600). Throws {@link AdminError} when it cannot be written, or could not be used at start. */
  write(changes: FileChanges, by: { actor: string; at: Date }): void {
    const textBefore = readFileSync(this.file, 'utf8');
    const text = changeSettingsText(textBefore, changes, this.file);
    loadSettings({ ...this.#sources, fileText: text });
    try {
      writePrivateFile(this.file, text);
    } catch (cause) {
      const why = `${this.file} could not be written: ${messageOf(cause)}; nothing was changed.`;
      throw new AdminError(why, 'Make room, or let the plugin’s user write to its folder, and save again.', { cause });
    }
    const isAnother = this.#textBefore === null;
    this.#textBefore ??= textBefore;
    const names = new Set([...(isAnother ? [] : (this.#last?.names ?? [])), ...changes.keys()]);
    this.#last = { names: [...names], ...by, takenBack: null };
  }

  /** The plugin has begun with what is written. */
  settle(): void {
    this.#textBefore = null;
  }

  /** Puts the file back as it was when the plugin began with it last. Returns what that undoes. */
  takeBack(why: string): LastChange | null {
    if (!this.#last || this.#textBefore === null) return null;
    writePrivateFile(this.file, this.#textBefore);
    this.#textBefore = null;
    this.#last = { ...this.#last, takenBack: why };
    return this.#last;
  }

  /** Tells the running `start` to go on with the settings as they are written. From now on requests wait for that. */
  goOn(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** Resolves at the next {@link goOn}. */
  changed(): Promise<void> {
    return this.#changed.promise;
  }

  /** The sources as at the next start. */
  get sources(): FileSources {
    return this.#sources;
  }

  #with(changes: FileChanges): FileSources {
    const text = existsSync(this.file) ? readFileSync(this.file, 'utf8') : '';
    return { ...this.#sources, fileText: changeSettingsText(text, changes, this.file) };
  }
}

const NO_FILE = {
  what: 'No settings file is in use: every setting comes from where the plugin is started, or has its default.',
  remedy:
    'Change them there (the environment of compose.yaml, of the Deployment or of the systemd unit, or the flags) and start the plugin again. To change them here, start it with `--settings-file FILE`, a file in a folder that it may write to.',
};
