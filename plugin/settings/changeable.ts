/**
 * Which settings an admin may change in the console, and what such a change may not do.
 *
 * | the setting                                        | in the console                                          |
 * |----------------------------------------------------|---------------------------------------------------------|
 * | is one of {@link unchangeable}                     | shown, with the reason and the way to change it         |
 * | comes from a flag or from the environment          | shown: that wins over the file                          |
 * | is OpenTrain's token, and not in the file          | pasted under Connection, which keeps it encrypted       |
 * | is in the settings file, has its default, or none  | changed in the settings file                            |
 */
import type { SettingProblem, Settings } from './settings.ts';
import type { Found } from './sources.ts';

/** Whether a setting may be changed in the console; if not, why, and how it is changed. */
export type Standing = { mayChange: true } | { mayChange: false; why: string; how: string };

const fixed = (why: string, how: string): Standing => ({ mayChange: false, why, how });

const IN_FRONT = fixed(
  'Whatever stands in front of the plugin, and this page too, reaches it there.',
  'Change it in the settings file, or wherever it is set, together with the proxy or the container, and start the plugin again.',
);
const IS_A_PROGRAM = fixed(
  'It names code that the plugin runs: only whoever may change files on its machine chooses that.',
  'Change it in the settings file, or wherever it is set, and start the plugin again.',
);
const SECRET = fixed(
  'What is stored is encrypted with it, and mailed links are signed with it.',
  'Set `PLUGIN_SECRET` to the new one and `PLUGIN_SECRET_PREVIOUS` to the former where they are set, and start the plugin again (docs/operations.md).',
);

const unchangeable: Readonly<Record<string, Standing>> = {
  DATABASE_URL: fixed(
    'Everything that the plugin knows is there; with another store it would begin from nothing.',
    'Stop the plugin, run `opentrain-plugin move-store URL`, set DATABASE_URL to that URL and start (docs/operations.md).',
  ),
  PLUGIN_SECRET: SECRET,
  PLUGIN_SECRET_PREVIOUS: SECRET,
  PLUGIN_HOST: IN_FRONT,
  PLUGIN_PORT: IN_FRONT,
  OPENTRAIN_BASE_URL: fixed(
    "OpenTrain's token is sent there, and another OpenTrain knows nothing of this connection.",
    'Change it in the settings file, or wherever it is set, and start the plugin again.',
  ),
  TOOL_ADAPTER: IS_A_PROGRAM,
  MAIL_TEMPLATES: IS_A_PROGRAM,
};

/** Whether this setting may be changed in the console, by where it comes from. */
export function standingOf(name: string, found: Pick<Found, 'kind' | 'from'> | undefined): Standing {
  const never = unchangeable[name];
  if (never) return never;
  if (found?.kind === 'flag') {
    return fixed(
      `${capital(found.from)} sets it where the plugin is started, and wins.`,
      'Change the flag there, or take it away to change the setting here, and start the plugin again.',
    );
  }
  if (found?.kind === 'environment') {
    return fixed(
      'The environment sets it where the plugin is started, and wins over the settings file.',
      'Change the variable there, or take it away to change the setting here, and start the plugin again.',
    );
  }
  if (name === 'OPENTRAIN_PARTNER_TOKEN' && found?.kind !== 'file') {
    return fixed(
      'It is not in the settings file.',
      'Paste it under Connection, where it is checked and kept encrypted.',
    );
  }
  return { mayChange: true };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The address that a secret is sent to, and the secret. */
const sentTo: readonly [address: string, secret: string][] = [
  ['TOOL_BASE_URL', 'TOOL_API_TOKEN'],
  ['OIDC_ISSUER', 'OIDC_CLIENT_SECRET'],
];

/** New values by name; null takes the setting away. */
type Changes = ReadonlyMap<string, string | null>;

/** A kept secret is never sent to another host: nobody could read it here, but whoever may change its address could there. */
export function unmovedSecrets(changes: Changes, found: ReadonlyMap<string, Found>): SettingProblem[] {
  return sentTo.flatMap(([address, secret]) => {
    const to = changes.get(address);
    const isKept = found.has(secret) && !changes.has(secret);
    if (!to || !isKept || originOf(to) === originOf(found.get(address)?.value)) return [];
    if (standingOf(secret, found.get(secret)).mayChange) {
      return [{ name: secret, text: `${secret} is sent to the address that you change: type it again.` }];
    }
    return [
      { name: address, text: `${secret} is sent to it and cannot be changed here: change both where that is set.` },
    ];
  });
}

function originOf(address: string | undefined): string | null {
  return address !== undefined && URL.canParse(address) ? new URL(address).origin : null;
}

/** Browsers that are signed in hold a cookie for https or for http, and for a path: with others nobody would be signed in any more. */
export function signsEverybodyOut(before: Settings, after: Settings): SettingProblem[] {
  const [one, other] = [before, after].map(({ plugin }) =>
    [new URL(plugin.publicUrl).protocol, plugin.basePath].join(),
  );
  if (one === other) return [];
  const text =
    'PLUGIN_PUBLIC_URL would begin with another http:// or https://, or have another path, and nobody would be signed in any more: change it in the settings file, start the plugin again, and sign in by `opentrain-plugin console`.';
  return [{ name: 'PLUGIN_PUBLIC_URL', text }];
}
