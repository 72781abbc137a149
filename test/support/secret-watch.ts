/** Watches what the plugin's processes of a run print: no secret that they were given, or made, may be in it. */
import { type Environment, onPrinted } from '../../plugin/dev/demo/plugin-process.ts';

export interface Leak {
  /** Which secret: the name of its setting, or what kind it is. */
  secret: string;
  /** What ran. */
  command: string;
  /** The line, with the secret cut out. */
  line: string;
}

/** Secrets that nobody sets: OpenTrain's tokens and webhook secrets, and signed links. */
const MADE: Readonly<Record<string, RegExp>> = {
  'a token of OpenTrain': /ot_ptk_[a-z0-9]{20,}/g,
  'a webhook secret': /whsec_[a-z0-9]{20,}/g,
  'a token of the tool or of a mailed link': /\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/g,
};
const SECRET_SETTINGS = /TOKEN|SECRET|PASSWORD/;

const leaks: Leak[] = [];
let printed = 0;

onPrinted((command, environment, text) => {
  printed += text.length;
  leaks.push(...leaksIn(command, secretsOf(environment), text));
});

/** Everything found so far, and how many characters were looked at. */
export function printedSecrets(): { leaks: readonly Leak[]; printed: number } {
  return { leaks, printed };
}

/** The values that must not be printed, by the name of their setting; passwords in addresses too. */
export function secretsOf(environment: Environment): Map<string, string> {
  const secrets = new Map<string, string>();
  for (const [name, value] of Object.entries(environment)) {
    const password = URL.canParse(value) ? decodeURIComponent(new URL(value).password) : '';
    if (password.length >= 6) secrets.set(`the password in ${name}`, password);
    if (SECRET_SETTINGS.test(name) && value.length >= 6) secrets.set(name, value);
  }
  return secrets;
}

/** `console` prints a link that signs its reader in: that is what it is for. */
export function leaksIn(command: string, secrets: ReadonlyMap<string, string>, text: string): Leak[] {
  const found: Leak[] = [];
  for (const line of text.split('\n')) {
    for (const [secret, value] of secrets) {
      if (line.includes(value)) found.push({ secret, command, line: line.replaceAll(value, '[secret]') });
    }
    for (const [secret, pattern] of Object.entries(MADE)) {
      const isMeant = command.startsWith('console') || command.startsWith('status');
      if (!isMeant && line.match(pattern)) found.push({ secret, command, line: line.replaceAll(pattern, '[secret]') });
    }
  }
  return found;
}
