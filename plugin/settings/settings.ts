/** Flags, environment and settings file → one typed, validated, frozen object. The manifest declares what there is. */
import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { IANAZone } from 'luxon';
import cron from 'node-cron';
import { AdminError } from '../errors.ts';
import { flagOf, manifest, type SettingDeclaration } from './manifest.ts';

export interface Settings {
  readonly openTrain: {
    readonly baseUrl: string;
    readonly partnerToken: string | undefined;
    readonly webhookSecret: string | undefined;
    readonly appSlug: string | undefined;
  };
  readonly tool: {
    readonly adapter: string;
    readonly baseUrl: string;
    readonly apiToken: string;
    readonly publicUrl: string;
    readonly databaseUrl: string | undefined;
  };
  readonly databaseUrl: string;
  readonly plugin: {
    readonly publicUrl: string;
    readonly host: string;
    readonly port: number;
    readonly trustedProxies: string;
    readonly secret: string | undefined;
  };
  readonly accessPolicy: 'sync' | 'grant-only' | 'observe';
  readonly linkRemovalGraceSeconds: number;
  readonly mail: { readonly smtpUrl: string | undefined; readonly from: string | undefined };
  readonly report: { readonly to: string | undefined; readonly schedule: string };
  readonly usage: { readonly timezone: string; readonly maxSecondsPerAnnotation: number };
  readonly logLevel: string;
}

/** Where settings come from; the first that has a name wins. */
export interface SettingSources {
  /** By setting name, from the command line. */
  flags?: Readonly<Record<string, string | undefined>>;
  environment: Readonly<Record<string, string | undefined>>;
  /** A file of NAME=value lines. */
  file?: string;
}

export const DEFAULT_SETTINGS_FILE = 'opentrain-plugin.env';

/**
 * The settings. Throws {@link AdminError} that lists everything missing or malformed at once, never a secret's value.
 */
export function loadSettings(sources: SettingSources): Settings {
  const values = collect(sources);
  const problems: string[] = [];
  for (const declaration of manifest.settings) {
    const problem = problemOf(declaration, values.get(declaration.name));
    if (problem) problems.push(problem);
  }
  if (values.get('SMTP_URL') && !values.get('MAIL_FROM')) problems.push('MAIL_FROM is needed with SMTP_URL');
  if (problems.length > 0) {
    throw new AdminError(
      `The settings cannot be used: ${problems.join('; ')}.`,
      `Set them in the environment, in ${sources.file ?? DEFAULT_SETTINGS_FILE}, or as flags such as ${flagOf('TOOL_BASE_URL')}; \`opentrain-plugin setup\` asks for each and checks it.`,
    );
  }
  return Object.freeze(typed(values));
}

function collect(sources: SettingSources): Map<string, string> {
  const file = sources.file && existsSync(sources.file) ? parseEnv(readFileSync(sources.file, 'utf8')) : {};
  const values = new Map<string, string>();
  for (const { name, default: fallback } of manifest.settings) {
    const candidates = [sources.flags?.[name], sources.environment[name], file[name], fallback];
    const value = candidates.find((candidate) => candidate !== undefined && candidate.trim() !== '');
    if (value !== undefined) values.set(name, value.trim());
  }
  return values;
}

/** What is wrong with a value, in words; null when nothing is. */
export function problemOf(declaration: SettingDeclaration, value: string | undefined): string | null {
  const { name } = declaration;
  if (value === undefined) return declaration.required ? `${name} is not set (${declaration.help})` : null;
  switch (declaration.type) {
    case 'url':
      return isHttpUrl(value) ? null : `${name} is not an http(s) URL`;
    case 'database':
      return /^(postgres(ql)?:\/\/|sqlite:).+/.test(value) ? null : `${name} is neither postgres://… nor sqlite:/path`;
    case 'integer':
      return isIntegerBetween(value, declaration.minimum, declaration.maximum)
        ? null
        : `${name} is not a whole number from ${declaration.minimum} to ${declaration.maximum}`;
    case 'choice':
      return declaration.choices?.includes(value) ? null : `${name} is not one of ${declaration.choices?.join(', ')}`;
    case 'cron':
      return cron.validate(value) ? null : `${name} is not a cron expression such as 30 3 * * *`;
    case 'timezone':
      return IANAZone.isValidZone(value) ? null : `${name} is not a time zone such as Europe/Berlin`;
    case 'text':
      return null;
  }
}

function isHttpUrl(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

function isIntegerBetween(value: string, minimum = 0, maximum = Number.MAX_SAFE_INTEGER): boolean {
  return /^\d+$/.test(value) && Number(value) >= minimum && Number(value) <= maximum;
}

function typed(values: Map<string, string>): Settings {
  const get = (name: string): string => values.get(name) ?? '';
  const url = (name: string): string => get(name).replace(/\/+$/, '');
  const host = get('PLUGIN_HOST');
  const port = Number(get('PLUGIN_PORT'));
  return {
    openTrain: {
      baseUrl: url('OPENTRAIN_BASE_URL'),
      partnerToken: values.get('OPENTRAIN_PARTNER_TOKEN'),
      webhookSecret: values.get('OPENTRAIN_WEBHOOK_SECRET'),
      appSlug: values.get('OPENTRAIN_APP_SLUG'),
    },
    tool: {
      adapter: get('TOOL_ADAPTER'),
      baseUrl: url('TOOL_BASE_URL'),
      apiToken: get('TOOL_API_TOKEN'),
      publicUrl: url('TOOL_PUBLIC_URL') || url('TOOL_BASE_URL'),
      databaseUrl: values.get('TOOL_DATABASE_URL'),
    },
    databaseUrl: get('DATABASE_URL'),
    plugin: {
      publicUrl: url('PLUGIN_PUBLIC_URL') || `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
      host,
      port,
      trustedProxies: get('PLUGIN_TRUSTED_PROXIES'),
      secret: values.get('PLUGIN_SECRET'),
    },
    accessPolicy: accessPolicyOf(get('ACCESS_POLICY')),
    linkRemovalGraceSeconds: Number(get('LINK_REMOVAL_GRACE')),
    mail: { smtpUrl: values.get('SMTP_URL'), from: values.get('MAIL_FROM') },
    report: { to: values.get('REPORT_TO'), schedule: get('REPORT_SCHEDULE') },
    usage: {
      timezone: get('USAGE_TIMEZONE'),
      maxSecondsPerAnnotation: Number(get('USAGE_MAX_SECONDS_PER_ANNOTATION')),
    },
    logLevel: get('LOG_LEVEL'),
  };
}

function accessPolicyOf(value: string): Settings['accessPolicy'] {
  return value === 'grant-only' || value === 'observe' ? value : 'sync';
}
