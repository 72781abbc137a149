/**
 * The conformance suite: everything that the core relies on, tried on a real tool through an adapter. Only the tests that apply to
 * what its author declares are registered, and the adapter is held to the declaration.
 */
import type { Declaration } from './declaration.ts';
import type { Target } from './driver.ts';
import { accountTests } from './suite/accounts.ts';
import { bystanderTests } from './suite/bystander.ts';
import { declarationTests } from './suite/declaration.ts';
import { doctorTests } from './suite/doctor.ts';
import { explainedTests } from './suite/explained.ts';
import { failureTests } from './suite/failures.ts';
import { keyTests } from './suite/keys.ts';
import { noticeTests } from './suite/notices.ts';
import { placeTests } from './suite/places.ts';
import { projectTests } from './suite/projects.ts';
import { removalTests } from './suite/removal.ts';
import { returnTests } from './suite/returning.ts';
import { secretTests } from './suite/secrets.ts';
import { signTests } from './suite/signs.ts';
import { tallyTests } from './suite/tally.ts';
import { tallyFieldTests } from './suite/tally-fields.ts';
import { createWorld, type World } from './world.ts';

export type { Declaration } from './declaration.ts';
export type { Credentials, ExportedWork, Session, Target, ToolDriver, Work } from './driver.ts';

/** The part of mocha's interface that the suite uses; it can be registered with a runner of one's own. */
export interface Registrar {
  describe(title: string, body: (this: Mocha.Suite) => void): unknown;
  it(title: string, test: (this: Mocha.Context) => Promise<void>): unknown;
  before(hook: (this: Mocha.Context) => Promise<void>): unknown;
  after(hook: (this: Mocha.Context) => Promise<void>): unknown;
  afterEach(hook: (this: Mocha.Context) => Promise<void>): unknown;
}

export interface Themes extends Registrar {
  /** The world of this run; only within tests. */
  world(): World;
  /** What the author declares. */
  declared: Declaration;
  /** Registers a test only where it applies. */
  itWhere(applies: boolean, title: string, test: (this: Mocha.Context) => Promise<void>): void;
}

/** Starting a tool for the first time installs it. */
const setupTimeout = 600_000;
/** Real servers on small machines; what has to be fast says so itself. */
const testTimeout = 180_000;

/**
 * Registers the suite for one adapter on one tool.
 * @param declared what the tool can do; decides which tests there are
 * @param setup starts the tool (or takes a running one); what it gives back is stopped at the end
 */
export function conformance(
  name: string,
  declared: Declaration,
  setup: () => Promise<Target>,
  registrar: Registrar = globalThis,
): void {
  registrar.describe(`conformance of ${name}`, function () {
    this.timeout(testTimeout);
    let target: Target | undefined;
    let world: World | undefined;
    const themes: Themes = {
      declared,
      itWhere: (applies, title, test) => {
        if (applies) registrar.it(title, test);
      },
      describe: (title, body) => registrar.describe(title, body),
      it: (title, test) => registrar.it(title, test),
      before: (hook) => registrar.before(hook),
      after: (hook) => registrar.after(hook),
      afterEach: (hook) => registrar.afterEach(hook),
      world: () => {
        if (!world) throw new Error('The tool is not running yet.');
        return world;
      },
    };
    registrar.before(async function () {
      this.timeout(setupTimeout);
      target = await setup();
      world = await createWorld(target);
    });
    registrar.afterEach(async () => {
      for (const secret of (await target?.driver.sharedSecrets()) ?? []) world?.secrets.add(secret);
    });
    registrar.after(async () => {
      await world?.close();
      await target?.driver.close();
      await target?.stop();
    });
    for (const register of themesInOrder) register(themes);
  });
}

/** Secrets and the bystander last: they are about everything that was said and done before. */
const themesInOrder = [
  declarationTests,
  projectTests,
  accountTests,
  placeTests,
  removalTests,
  returnTests,
  keyTests,
  failureTests,
  noticeTests,
  signTests,
  tallyTests,
  tallyFieldTests,
  explainedTests,
  doctorTests,
  bystanderTests,
  secretTests,
];
