/** Walks through the steps of setting up with somebody who answers: forwards, again, or back, keeping what was answered. */
import { AdminError, messageOf } from '../errors.ts';
import type { SettingDeclaration } from '../settings/manifest.ts';
import { problemOf } from '../settings/settings.ts';
import { type Answers, checkStep, type Environment, questionsOf, type Step, steps, wonByEnvironment } from './steps.ts';

/** Who asks: a terminal, or a test. */
export interface Asker {
  /** The answer to one setting; empty for none (or to keep the known one). Asked again while `problem` says something. */
  ask(
    question: SettingDeclaration,
    known: string | undefined,
    problem: (answer: string) => string | null,
  ): Promise<string>;
  /** The answer to something that is tried and not kept; empty for none. */
  askOnce(question: string): Promise<string>;
  /** What to do after a check that failed. `back` is offered only where there is a step before. */
  choose(canGoBack: boolean): Promise<'again' | 'back' | 'keep'>;
  tell(line: string): void;
}

/** All answers, those given at first included. `environment` wins over any answer and is not asked for. */
export async function walk(asker: Asker, given: Answers, environment: Environment): Promise<Map<string, string>> {
  const answers = new Map(given);
  for (let at = 0; at < steps.length; ) {
    const step = steps[at];
    if (!step) break;
    asker.tell(`\n${at + 1} of ${steps.length}: ${step.title}\n${step.why}`);
    await askStep(asker, step, answers, environment);
    const result = await checkStep(step, answers);
    if (result.ok) {
      asker.tell(`✓ ${result.found}`);
      for (const note of result.notes) asker.tell(`  ${note}`);
      await tryOut(asker, step, answers);
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
  environment: Environment,
): Promise<void> {
  const won = wonByEnvironment(step, environment);
  const suggested = (await step.suggest?.(answers, environment)) ?? new Map<string, string>();
  for (const question of questionsOf(step)) {
    const { name } = question;
    if (won.includes(name)) {
      asker.tell(`${name} is set in the environment, which wins: take it away there to set it here.`);
      answers.set(name, environment[name]?.trim() ?? '');
      continue;
    }
    const guess = answers.has(name) ? undefined : suggested.get(name);
    if (guess) asker.tell(`Found on this machine: ${question.secret ? guess.replace(/:[^:@/]*@/, ':…@') : guess}`);
    const known = answers.get(name) ?? guess ?? question.default;
    const answer = (await asker.ask(question, known, (text) => problemOf(question, text.trim() || known))).trim();
    // A single hyphen takes a known answer away.
    if (answer === '-' && !question.required) answers.delete(name);
    else if (answer !== '' && answer !== question.default) answers.set(name, answer);
    else if (answer === '' && guess) answers.set(name, guess);
  }
}

async function tryOut(asker: Asker, { trial, settings }: Step, answers: Answers): Promise<void> {
  if (!trial || !settings.some((name) => answers.has(name))) return;
  const answer = (await asker.askOnce(trial.question)).trim();
  if (answer === '') return;
  try {
    asker.tell(`✓ ${await trial.run(answers, answer)}`);
  } catch (error) {
    const remedy = error instanceof AdminError ? error.remedy : '';
    asker.tell(`✗ ${messageOf(error)} ${remedy}`);
  }
}
