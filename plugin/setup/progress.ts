/** How far somebody has come with the steps: what was answered, and what each check saw. A wrong answer takes no other away. */
import { problemOf } from '../settings/settings.ts';
import { type Answers, checkStep, questionsOf, type Step, type StepResult, steps, wonByEnvironment } from './steps.ts';

/** Taking an answer away, as in the terminal. */
const NOTHING = '-';

export class SetupProgress {
  readonly #answers: Map<string, string>;
  readonly #results = new Map<string, StepResult>();
  readonly #kept = new Set<string>();
  readonly #fixed: Readonly<Record<string, string | undefined>>;

  /** `given` is what is set already; `fixed` are flags and environment, which win over any answer. */
  constructor(given: Answers, fixed: Readonly<Record<string, string | undefined>>) {
    this.#answers = new Map(given);
    this.#fixed = fixed;
    for (const step of steps) {
      for (const name of this.wonElsewhere(step)) this.#answers.set(name, fixed[name]?.trim() ?? '');
    }
  }

  get answers(): Answers {
    return this.#answers;
  }

  /** Settings of the step that are set where the plugin is started: an answer here would change nothing. */
  wonElsewhere(step: Step): string[] {
    return wonByEnvironment(step, this.#fixed);
  }

  /** What the last check of this step saw; undefined before the first. */
  resultOf(step: Step): StepResult | undefined {
    return this.#results.get(step.name);
  }

  /** Takes the answers to one step and checks them on the real thing. An empty one keeps a known secret, `-` takes it away. */
  async answer(step: Step, given: Answers): Promise<StepResult> {
    const fixed = this.wonElsewhere(step);
    for (const { name, secret, default: fallback } of questionsOf(step)) {
      const answer = given.get(name)?.trim();
      if (answer === undefined || fixed.includes(name) || (secret && answer === '')) continue;
      if (answer === '' || answer === NOTHING || answer === fallback) this.#answers.delete(name);
      else this.#answers.set(name, answer);
    }
    this.#kept.delete(step.name);
    const result = await checkStep(step, this.#answers);
    this.#results.set(step.name, result);
    return result;
  }

  /** Goes on although the check failed, as with a mail server that is away. Not for answers that cannot be used at all. */
  keep(step: Step): boolean {
    const usable = questionsOf(step).every(
      (question) => problemOf(question, this.#answers.get(question.name) ?? question.default) === null,
    );
    if (usable) this.#kept.add(step.name);
    return usable;
  }

  isDone(step: Step): boolean {
    return this.#kept.has(step.name) || this.#results.get(step.name)?.ok === true;
  }

  /** The first step that is not done; undefined when all are. */
  get next(): Step | undefined {
    return steps.find((step) => !this.isDone(step));
  }
}
