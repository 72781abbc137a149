/** The form of one group of settings: its fields, and what a posted one changes. Kept secrets never reach it. */
import type { Request } from 'express';
import { manifest, type SettingDeclaration } from '../../settings/manifest.ts';
import type { FileChanges } from '../../settings/settings-file.ts';
import type { Found } from '../../settings/sources.ts';
import { field } from '../forms.ts';
import { labelOf } from '../setup/labels.ts';

export interface SettingField {
  name: string;
  label: string;
  help: string;
  kind: 'text' | 'password' | 'select';
  /** What stands in the field; never a secret. */
  value: string;
  /** What stood in it when the page was made: what is still so was not changed here. */
  was: string;
  hint: string;
  choices: readonly string[];
  /** A secret that is set, and may be taken away. */
  isClearable: boolean;
  problem: string | null;
}

/** The settings of a group by the last part of its address; empty when there is no such group. */
export function groupAt(slug: string): SettingDeclaration[] {
  return manifest.settings.filter(({ group }) => slugOf(group) === slug);
}

/** The last part of a group's address. */
export function slugOf(group: string): string {
  return group.toLowerCase();
}

/** The field of a setting. After a refusal `posted` has what was typed. */
export function fieldOf(
  declaration: SettingDeclaration,
  found: Found | undefined,
  posted: Request | null = null,
  problem: string | null = null,
): SettingField {
  const { name, help, secret, choices = [], required } = declaration;
  const kept = found?.value ?? '';
  return {
    ...{ name, help, choices, problem },
    label: labelOf(name),
    kind: secret ? 'password' : choices.length > 0 ? 'select' : 'text',
    value: secret ? '' : posted ? typed(posted, name) : kept,
    was: secret ? '' : posted ? field(posted, wasName(name)) : kept,
    hint: hintOf(declaration, found !== undefined),
    isClearable: secret && found !== undefined && !required,
  };
}

function hintOf({ secret, default: fallback, example }: SettingDeclaration, isSet: boolean): string {
  if (secret && isSet) return 'It is set. Leave this empty to keep it.';
  if (fallback) return `Without it: ${fallback}.`;
  return example ? `For example ${example}` : '';
}

/** What the posted form changes, among these settings. */
export function changesIn(
  request: Request,
  declarations: readonly SettingDeclaration[],
  found: ReadonlyMap<string, Found>,
): FileChanges {
  const changes = new Map<string, string | null>();
  for (const { name, secret, default: fallback } of declarations) {
    const value = typed(request, name);
    const known = found.get(name);
    if (secret) {
      if (value !== '') changes.set(name, value);
      else if (known && field(request, clearName(name)) !== '') changes.set(name, null);
    } else if (value !== field(request, wasName(name)) && value !== (known?.value ?? '')) {
      const isNone = value === '' || value === fallback;
      if (!isNone) changes.set(name, value);
      else if (known?.kind === 'file') changes.set(name, null);
    }
  }
  return changes;
}

const wasName = (name: string): string => `was.${name}`;
const clearName = (name: string): string => `clear.${name}`;

/** A setting is one line. */
function typed(request: Request, name: string): string {
  return field(request, name)
    .replaceAll(/[\r\n]+/g, ' ')
    .trim();
}
