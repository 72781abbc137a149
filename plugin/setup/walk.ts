/** Walks through the steps of setting up with somebody who answers: forwards, again, or back, keeping what was answered. */
import type { SettingDeclaration } from '../settings/manifest.ts';
import { problemOf } from '../settings/settings.ts';
import { type Answers, checkStep, questionsOf, type Step, steps, wonByEnvironment } from './steps.ts';

/** Who asks: a terminal, or a test. */
export interface Asker {
  /** The answer to one setting; empty for none (or to keep the known one). Asked again while `problem` says something. */
  ask(
    question: SettingDeclaration,
    known: string | undefined,
    problem: (answer: string) => string | null,
  ): Promise<string>;
  /** What to do after a check that failed. `back` is offered only where there is a step before. */
  choose(canGoBack: boolean): Promise<'again' | 'back' | 'keep'>;
  tell(line: string): void;
}

/** All answers, those given at first included. `environment` wins over any answer and is not asked for. */
export async function walk(
  asker: Asker,
  given: Answers,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Map<string, string>> {
  const answers = new Map(given);
  for (let at = 0; at < steps.length; ) {
    const step = steps[at];
    if (!step) break;
    asker.tell(`\n${at + 1} of ${steps.length}: ${step.title}`);
    await askStep(asker, step, answers, environment);
    const result = await checkStep(step, answers);
    if (result.ok) {
      asker.tell(`✓ ${result.found}`);
      for (const note of result.notes) asker.tell(`  ${note}`);
      at += 1;
      continue;
    }
    asker.tell(`✗ ${result.problem} ${result.remedy}`);
    const choice = await asker.choose(at > 0);
    if (choice === 'keep') at += 1;
    if (choice === 'back') at -= 1;
  }
  return answers;
}

async function askStep(
  asker: Asker,
  step: Step,
  answers: Map<string, string>,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const won = wonByEnvironment(step, environment);
  for (const question of questionsOf(step)) {
    const { name } = question;
    if (won.includes(name)) {
      asker.tell(`${name} is set in the environment, which wins: take it away there to set it here.`);
      answers.set(name, environment[name]?.trim() ?? '');
      continue;
    }
    const known = answers.get(name) ?? question.default;
    const answer = await asker.ask(question, known, (text) => problemOf(question, text.trim() || known));
    // A single hyphen takes a known answer away.
    if (answer.trim() === '-' && !question.required) answers.delete(name);
    else if (answer.trim() !== '' && answer.trim() !== question.default) answers.set(name, answer.trim());
  }
}
