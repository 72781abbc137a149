/**
 * The steps of setting up, as data: what is asked, and the check of the answers on the real thing. The terminal's `setup` and a
 * browser walk through the same ones; each step is checked by itself and keeps what the others answered.
 */
import { AdminError, messageOf } from '../errors.ts';
import { manifest, type SettingDeclaration } from '../settings/manifest.ts';
import { problemOf } from '../settings/settings.ts';
import {
  checkConnection,
  checkMail,
  checkPublicAddress,
  checkTool,
  checkToolDatabase,
  sendTestMail,
} from './checks.ts';
import { suggestTool, suggestToolDatabase } from './suggestions.ts';

/** What was answered so far, by setting name. */
export type Answers = ReadonlyMap<string, string>;

export type StepResult =
  /** `found`: what the check saw, for people; `notes`: what does not work yet, with its remedy. */
  { ok: true; found: string; notes: readonly string[] } | { ok: false; problem: string; remedy: string };

export interface Step {
  name: string;
  /** What the step is about, as a heading. */
  title: string;
  /** What it is good for, in a sentence. */
  why: string;
  /** The settings that it asks for, in order. */
  settings: readonly string[];
  /** Looks at the real thing. Throws {@link AdminError} for what is wrong. */
  look?: (answers: Answers) => Promise<{ found: string; notes?: readonly string[] }>;
  /** Guesses for settings that have no answer yet, from what runs on this machine. Never throws. */
  suggest?: (answers: Answers, environment: Environment) => Promise<Map<string, string>>;
  /** Something to try once the check is well. `run` returns what was done; throws {@link AdminError}. */
  trial?: { question: string; run: (answers: Answers, answer: string) => Promise<string> };
}

export type Environment = Readonly<Record<string, string | undefined>>;

export const steps: readonly Step[] = [
  {
    name: 'address',
    title: "The plugin's address",
    why: 'Where OpenTrain sends its events, and where trainers open their invitations.',
    settings: ['PLUGIN_PUBLIC_URL', 'PLUGIN_HOST', 'PLUGIN_PORT'],
    look: checkPublicAddress,
  },
  {
    name: 'connection',
    title: 'The connection to OpenTrain',
    why: 'Register a platform app, approve it as the owner of the organization, and paste the token that is shown once.',
    settings: ['OPENTRAIN_BASE_URL', 'OPENTRAIN_APP_SLUG', 'OPENTRAIN_PARTNER_TOKEN'],
    look: checkConnection,
  },
  {
    name: 'tool',
    title: 'The annotation tool',
    why: 'Where the tool is, and the API token of its owner: a plain member’s token cannot remove anybody.',
    settings: ['TOOL_ADAPTER', 'TOOL_BASE_URL', 'TOOL_API_TOKEN', 'TOOL_PUBLIC_URL'],
    look: checkTool,
    suggest: suggestTool,
  },
  {
    name: 'tool-database',
    title: "The tool's database",
    why: 'Work is counted there, and accounts are closed there. Without it nothing is counted, and a removal stays partial.',
    settings: ['TOOL_DATABASE_URL'],
    look: checkToolDatabase,
    suggest: suggestToolDatabase,
  },
  {
    name: 'mail',
    title: 'Mail',
    why: 'Invitations and reports are sent by mail. Without a mail server you pass the links on that the console shows.',
    settings: ['SMTP_URL', 'MAIL_FROM', 'REPORT_TO'],
    look: checkMail,
    trial: { question: 'Send a test mail to this address (empty for none)', run: sendTestMail },
  },
  {
    name: 'days',
    title: 'Days and reports',
    why: 'Which calendar a day of work is a day of, and when the nightly report is sent.',
    settings: ['USAGE_TIMEZONE', 'REPORT_SCHEDULE'],
  },
];

/** The settings of a step, as the manifest declares them. */
export function questionsOf(step: Step): SettingDeclaration[] {
  return step.settings.flatMap((name) => manifest.settings.filter((declaration) => declaration.name === name));
}

/** Checks the answers of one step: first each by itself, then on the real thing. Never throws for what an admin can mend. */
export async function checkStep(step: Step, answers: Answers): Promise<StepResult> {
  const problems = questionsOf(step).flatMap((question) => {
    const value = answers.get(question.name) ?? question.default;
    return problemOf(question, value) ?? [];
  });
  if (problems.length > 0) return { ok: false, problem: `${problems.join('; ')}.`, remedy: 'Change the answer.' };
  try {
    const { found, notes = [] } = (await step.look?.(answers)) ?? { found: 'Understood.' };
    return { ok: true, found, notes };
  } catch (error) {
    const remedy = error instanceof AdminError ? error.remedy : 'Change the answer, or try again.';
    return { ok: false, problem: messageOf(error), remedy };
  }
}

/**
 * Settings that the environment holds: it wins over the settings file and over what is pasted in the console, so asking for them
 * would change nothing.
 */
export function wonByEnvironment(step: Step, environment: Environment): string[] {
  return step.settings.filter((name) => (environment[name] ?? '').trim() !== '');
}
