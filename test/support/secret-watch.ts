/** Watches what the plugin's processes of a run print: no secret that they were given, or made, may be in it. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { type Environment, onPrinted } from '../../plugin/dev/demo/plugin-process.ts';

/** Setting (environment) with the file in which the processes that run test files collect what was found. */
export const PRINTED_FILE = 'TEST_PRINTED_FILE';

const leakSchema = z.object({
  /** Which secret: the name of its setting, or what kind it is. */
  secret: z.string(),
  /** What ran. */
  command: z.string(),
  /** The line, with the secret cut out. */
  line: z.string(),
});
const printedSchema = z.object({ printed: z.number(), leaks: z.array(leakSchema) });

export type Leak = z.infer<typeof leakSchema>;
export type Printed = z.infer<typeof printedSchema>;

/** Secrets that nobody sets: OpenTrain's tokens and webhook secrets, and signed links. */
const MADE: Readonly<Record<string, RegExp>> = {
  'a token of OpenTrain': /ot_ptk_[a-z0-9]{20,}/g,
  'a webhook secret': /whsec_[a-z0-9]{20,}/g,
  'a token of the tool or of a mailed link': /\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/g,
};
const SECRET_SETTINGS = /TOKEN|SECRET|PASSWORD/;

let collected: Printed = { printed: 0, leaks: [] };

onPrinted((command, environment, text) => {
  collected.printed += text.length;
  collected.leaks.push(...leaksIn(command, secretsOf(environment), text));
});

/** Appends what this process found since the last call to the file. */
export function keepPrinted(file: string): void {
  appendFileSync(file, `${JSON.stringify(collected)}\n`);
  collected = { printed: 0, leaks: [] };
}

/** Everything that the processes of a run kept in the file, and how many characters were looked at. */
export function readPrinted(file: string): Printed {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
  const parts = lines.map((line) => printedSchema.parse(JSON.parse(line)));
  return {
    printed: parts.reduce((sum, part) => sum + part.printed, 0),
    leaks: parts.flatMap((part) => part.leaks),
  };
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
