/** What is wrong with the value of a setting, by the type that the manifest declares. */
import { createRequire } from 'node:module';
import { isIP } from 'node:net';
import type * as nodeCron from 'node-cron';
import {
  type Checked,
  checkDatabaseUrl,
  checkProxyUrl,
  checkSmtpUrl,
  checkWebUrl,
  type ValueProblem,
} from './check-urls.ts';
import type { SettingDeclaration } from './manifest.ts';
import { readPeople } from './people.ts';

const require = createRequire(import.meta.url);

const refused = (what: string, remedy: string): Checked => ({ problem: { what, remedy } });

/**
 * The value as it is used (addresses without trailing slashes, credentials percent-encoded), or what is wrong with it and what to
 * do. A problem never holds the value: it may be a secret.
 */
export function checkValue(declaration: SettingDeclaration, value: string): Checked {
  // Examples show what is to be filled in with an ellipsis.
  if (value.includes('…') && declaration.secret)
    return refused('still has the … of the example', 'put the whole value in its place');
  switch (declaration.type) {
    case 'url':
      return checkWebUrl(declaration.name, value);
    case 'database':
      return checkDatabaseUrl(declaration.name, value);
    case 'smtp':
      return checkSmtpUrl(value);
    case 'proxy':
      return checkProxyUrl(value);
    default: {
      const problem = plainProblem(declaration, value);
      return problem ? { problem } : { value };
    }
  }
}

function plainProblem(declaration: SettingDeclaration, value: string): ValueProblem | null {
  switch (declaration.type) {
    case 'integer':
      return integerProblem(value, declaration);
    case 'choice':
      return choiceProblem(value, declaration.choices ?? []);
    case 'cron':
      return unless(isCron(value), 'is not a cron expression', 'write five fields, such as 30 3 * * *');
    case 'timezone':
      return unless(isTimeZone(value), 'is not a time zone', 'write a name such as Europe/Berlin or UTC');
    case 'token':
      return tokenProblem(declaration.name, value);
    case 'slug':
      return unless(
        /^[a-z0-9-]{1,50}$/.test(value),
        'is not a slug',
        'write the last part of the consent link before /connect: small letters, digits and hyphens',
      );
    case 'host':
      return hostProblem(value);
    case 'proxies':
      return trustedProxiesProblem(value);
    case 'sender':
      return mailAddressProblem(value, 'Labelling team <labels@example.com>');
    case 'recipients':
      return recipientsProblem(value);
    case 'people':
      return peopleProblem(value);
    case 'webhook':
      return unless(isWebAddress(value), 'is not an http(s) URL', 'paste the whole address of the webhook');
    case 'color':
      return colorProblem(value);
    default:
      return null;
  }
}

function unless(fine: boolean, what: string, remedy: string): ValueProblem | null {
  return fine ? null : { what, remedy };
}

function integerProblem(value: string, declaration: SettingDeclaration): ValueProblem | null {
  const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER, default: example = String(minimum) } = declaration;
  const fine = /^\d+$/.test(value) && Number(value) >= minimum && Number(value) <= maximum;
  return unless(fine, `is not a whole number from ${minimum} to ${maximum}`, `for example ${example}`);
}

function choiceProblem(value: string, choices: readonly string[]): ValueProblem | null {
  return unless(
    choices.includes(value),
    'is none of its choices',
    `write ${choices.join(', ').replace(/, ([^,]+)$/, ' or $1')}`,
  );
}

/** Loaded for the admin's own expression only. */
function isCron(value: string): boolean {
  const cron: typeof nodeCron = require('node-cron');
  return cron.validate(value);
}

/** An offset such as +02:00 has no summer time, and PostgreSQL reads its sign the other way round. */
function isTimeZone(value: string): boolean {
  if (!/^[A-Za-z]/.test(value)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    return false;
  }
}

/** What people paste in the wrong place, by its beginning. */
const otherTokens: readonly [name: string, start: RegExp, what: string][] = [
  ['OPENTRAIN_PARTNER_TOKEN', /^whsec_/, 'is a webhook secret'],
  ['OPENTRAIN_PARTNER_TOKEN', /^ptnapp_/, 'is the client id of the platform app'],
  ['OPENTRAIN_WEBHOOK_SECRET', /^ot_ptk_/, 'is the partner token'],
  ['TOOL_API_TOKEN', /^ot_ptk_/, "is OpenTrain's token, not the tool's"],
];

const whereTokensAre: Readonly<Record<string, string>> = {
  OPENTRAIN_PARTNER_TOKEN: "paste the token of OpenTrain's consent screen: it begins with ot_ptk_",
  OPENTRAIN_WEBHOOK_SECRET: 'paste the secret that came with the endpoint: it begins with whsec_',
  TOOL_API_TOKEN: "paste the token alone, as the tool's account page shows it",
};

function tokenProblem(name: string, value: string): ValueProblem | null {
  const remedy = whereTokensAre[name] ?? 'paste it once more';
  const other = otherTokens.find(([of, start]) => of === name && start.test(value));
  if (other) return { what: other[2], remedy };
  if (/^(Bearer|Token)\s/i.test(value)) return { what: 'begins with a word of the Authorization header', remedy };
  return unless(/^[\x21-\x7e]+$/.test(value), 'has blanks or characters that no token has', remedy);
}

function hostProblem(value: string): ValueProblem | null {
  const remedy = 'write an address such as 127.0.0.1, or 0.0.0.0 for all; the port is PLUGIN_PORT';
  if (value.includes('://')) return { what: 'is a URL', remedy };
  if (isIP(value) || /^(?!.*:)[A-Za-z0-9.-]+$/.test(value)) return null;
  return { what: /:\d+$/.test(value) ? 'has a port' : 'is not an address to listen on', remedy };
}

const proxyNames = ['loopback', 'linklocal', 'uniquelocal'];
const MOST_HOPS = 20;

/** Express's `trust proxy`: a number of hops, or addresses, networks and names. */
function trustedProxiesProblem(value: string): ValueProblem | null {
  const remedy = `write how many proxies there are in a row (1), or their addresses: ${proxyNames.join(', ')}, 10.0.0.0/8`;
  if (/^\d+$/.test(value)) return unless(Number(value) <= MOST_HOPS, `is more than ${MOST_HOPS} proxies`, remedy);
  const fine = value.split(',').every((part) => proxyNames.includes(part.trim()) || isNetwork(part.trim()));
  return unless(fine, 'is neither a number of proxies nor a list of addresses', remedy);
}

function isNetwork(text: string): boolean {
  const [address = '', bits, more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more !== undefined) return false;
  return bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

const MAIL_ADDRESS = /^[^\s<>@,;"]+@[A-Za-z0-9\u0080-\uffff.-]+$/;

function mailAddressProblem(text: string, example: string): ValueProblem | null {
  const remedy = `write it as in ${example}`;
  if (/[\r\n]/.test(text)) return { what: 'has more than one line', remedy };
  const named = /^(.*)<([^<>]*)>$/s.exec(text);
  if (!MAIL_ADDRESS.test(named?.[2] ?? text)) return { what: 'is not a mail address', remedy };
  const name = named?.[1]?.trim() ?? '';
  return unless(
    !/[,;<>"]/.test(name) || /^"[^"]*"$/.test(name),
    'has a name with a comma',
    'put the name in double quotes',
  );
}

function recipientsProblem(value: string): ValueProblem | null {
  const example = 'ops@example.com, lead@example.com';
  if (/@[^,;]*;/.test(value)) return { what: 'separates addresses with a semicolon', remedy: `use commas: ${example}` };
  const parts = value.match(/(?:"[^"]*"|[^,"])+/g) ?? [];
  const problem = parts.map((part) => mailAddressProblem(part.trim(), example)).find((found) => found !== null);
  return problem ? { what: 'has something that is not a mail address', remedy: problem.remedy } : null;
}

/** Mail addresses, and claims as name=value. */
function peopleProblem(value: string): ValueProblem | null {
  const remedy = 'write mail addresses or claim=value, separated by commas: ada@example.com, groups=leads';
  const fine = readPeople(value).every((entry) => 'claim' in entry || MAIL_ADDRESS.test(entry.address));
  return unless(fine, 'has something that is neither a mail address nor claim=value', remedy);
}

function isWebAddress(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

/** The least contrast of text (WCAG 2.2, success criterion 1.4.3). */
const LEAST_CONTRAST = 4.5;

function colorProblem(value: string): ValueProblem | null {
  if (!/^#[0-9a-f]{6}$/i.test(value)) {
    return { what: 'is not a colour', remedy: 'write # and six hexadecimal digits, for example #1f5eff' };
  }
  return unless(
    1.05 / (luminance(value) + 0.05) >= LEAST_CONTRAST,
    'is too light for white text',
    'choose a darker colour',
  );
}

/** Relative luminance as WCAG 2.2 defines it, from 0 (black) to 1 (white). */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
