/** Which passwords our pages accept. Tools check little more than the length. */
import type { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { manifest } from '../settings/manifest.ts';

export const SHORTEST_PASSWORD = 8;
/** The most that every tool takes. */
export const LONGEST_PASSWORD = 128;
/** zxcvbn's scale is 0 to 4; from 2 on, more than a million guesses are needed. */
const LOWEST_SCORE = 2;
/** A name this short begins too many good passwords. */
const SHORTEST_NAME = 4;

/** What else somebody would try who knows what the account is for. */
const OUR_WORDS = ['opentrain', 'annotation', 'annotator', 'labeling', 'labelling', 'trainer', ...toolWords()];

function toolWords(): string[] {
  return manifest.adapters.flatMap(({ name, title }) => [name, ...title.split(' '), title.replaceAll(' ', '')]);
}

/** What Python's strip() takes away at the ends and JavaScript's trim() does not. */
const pythonSpace = /^\p{Cc}|\p{Cc}$/u;

/** Who chooses the password. */
export interface PasswordOwner {
  workEmail: string;
  displayName: string | null;
}

/** What is wrong with this password, as a sentence for the trainer; null when it will do. */
export async function passwordProblem(password: string, owner: PasswordOwner): Promise<string | null> {
  const length = [...password].length;
  if (length < SHORTEST_PASSWORD) return `Use at least ${SHORTEST_PASSWORD} characters.`;
  if (length > LONGEST_PASSWORD) return `Use at most ${LONGEST_PASSWORD} characters.`;
  // Django's forms drop them at sign-in, so that a password set with them could never be used.
  if (password !== password.trim() || pythonSpace.test(password)) {
    return 'A password cannot begin or end with a space. Spaces between words are fine.';
  }
  const plain = password.toLowerCase();
  const email = owner.workEmail.toLowerCase();
  const [name = ''] = email.split('@');
  if (plain === email || plain === name || (name.length >= SHORTEST_NAME && plain.startsWith(name))) {
    return 'Do not use your e-mail address: it is the first thing that somebody else would try.';
  }
  const words = [email, ...email.split(/[@._+-]/), ...(owner.displayName ?? '').split(/\s+/), ...OUR_WORDS];
  const { score } = (await strengthMeter()).check(password, words.filter(Boolean));
  return score < LOWEST_SCORE
    ? 'This password is too easy to guess. Three or four words that do not belong together make a good one.'
    : null;
}

let meter: Promise<ZxcvbnFactory> | undefined;

/** Loaded when the first password is chosen: the dictionaries take a third of a second and 90 MB, which commands need not pay. */
function strengthMeter(): Promise<ZxcvbnFactory> {
  meter ??= loadMeter();
  return meter;
}

async function loadMeter(): Promise<ZxcvbnFactory> {
  const [core, common, english] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
    import('@zxcvbn-ts/language-en'),
  ]);
  const dictionary = { ...common.dictionary, ...english.dictionary };
  return new core.ZxcvbnFactory({ dictionary, graphs: common.adjacencyGraphs });
}
