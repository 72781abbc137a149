/** Does in one transaction what is asked for at the same moment: under load few commits, and none waits for another when there is none. */

/** What a run tells of an input that must be done by itself. */
export const APART = Symbol('apart');

interface Waiting<Input, Output> {
  input: Input;
  resolve: (output: Output) => void;
  reject: (error: unknown) => void;
}

/** `run` answers each input, in their order; when it throws for several, or answers {@link APART}, each such input is run by itself. */
export class Gathering<Input, Output> {
  readonly #run: (inputs: readonly Input[]) => Promise<(Output | typeof APART)[]>;
  #waiting: Waiting<Input, Output>[] = [];
  #isRunning = false;

  constructor(run: (inputs: readonly Input[]) => Promise<(Output | typeof APART)[]>) {
    this.#run = run;
  }

  /** Resolves with what `run` answered for this input, or rejects with what it threw for this input alone. */
  do(input: Input): Promise<Output> {
    const { promise, resolve, reject } = Promise.withResolvers<Output>();
    this.#waiting.push({ input, resolve, reject });
    if (!this.#isRunning) void this.#runAll();
    return promise;
  }

  async #runAll(): Promise<void> {
    this.#isRunning = true;
    // What else is asked for in this turn of the event loop belongs to it.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) await this.#runThese(this.#waiting.splice(0));
    this.#isRunning = false;
  }

  async #runThese(these: readonly Waiting<Input, Output>[]): Promise<void> {
    let outputs: (Output | typeof APART)[];
    try {
      outputs = await this.#run(these.map(({ input }) => input));
    } catch (error) {
      if (these.length > 1) await this.#runEach(these);
      else for (const { reject } of these) reject(error);
      return;
    }
    const apart: Waiting<Input, Output>[] = [];
    for (const [index, one] of these.entries()) {
      const output = outputs[index];
      if (output !== APART && output !== undefined) one.resolve(output);
      else if (these.length > 1) apart.push(one);
      else one.reject(new Error('it was not done, though it was by itself'));
    }
    // Nobody else waits for what may take as long as another process does.
    void this.#runEach(apart);
  }

  async #runEach(all: readonly Waiting<Input, Output>[]): Promise<void> {
    for (const one of all) await this.#runThese([one]);
  }
}
