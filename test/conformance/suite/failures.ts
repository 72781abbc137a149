/** Wrong credentials, and a tool that is down, slow or not itself. */
import { expect } from 'chai';
import { ToolRefused, ToolUnable, ToolUnavailable } from '../../../adapters/errors.ts';
import type { ToolAdapter } from '../../../adapters/tool.ts';
import type { Themes } from '../index.ts';
import { type Behaviour, startUnrulyProxy } from '../unruly-proxy.ts';
import {
  errorOf,
  type Member,
  newMember,
  newProject,
  newTrainer,
  placesOf,
  removeWholly,
  tally,
  type World,
} from '../world.ts';

/** Nobody should wait longer than this to hear that the tool is down. */
const boundMilliseconds = 60_000;
/** Nothing listens on this port of this machine (RFC 6335: reserved). */
const nothingThere = 'http://127.0.0.1:1';

export function failureTests({ describe, it, world }: Themes): void {
  describe('a tool that says no, is down or slow', () => {
    it('is told apart: a wrong token is refused, with a remedy and without showing the token', async () => {
      const wrong = '0123456789abcdef0123456789abcdef01234567';
      const { member, project } = await somebody(world());
      const adapter = await world().open({ apiToken: wrong });
      for (const [name, call] of callsOn(adapter, world(), member, project)) {
        const error = await errorOf(call());
        expect(error, `${name}: ${error}`).to.be.instanceOf(ToolRefused);
        expect(error, name).to.have.property('remedy').that.is.a('string').and.is.not.empty;
        expect(error.message, name).to.not.include(wrong);
      }
    });

    it('is unavailable when nothing listens', async () => {
      const { member, project } = await somebody(world());
      const adapter = await world().open({ baseUrl: nothingThere });
      for (const [name, call] of callsOn(adapter, world(), member, project)) {
        const error = await errorOf(call());
        expect(error, `${name}: ${error}`).to.be.instanceOf(ToolUnavailable);
      }
    });

    it('is unavailable, and soon enough, when it stalls, hangs up or is overloaded; and works again afterwards', async () => {
      // At once: an adapter waits for each of these as long as its time-outs say.
      const behaviours = ['stall', 'stall-in-answer', 'close', 'error'] as const;
      await Promise.all(
        behaviours.map((behaviour) =>
          misbehave(world(), behaviour, (error, what) => {
            expect(error, `${behaviour}, ${what}: ${error}`).to.be.instanceOf(ToolUnavailable);
          }),
        ),
      );
    });

    it('is an error with words, not a crash, when another program answers', () =>
      misbehave(world(), 'web-page', (error, what) => {
        const isKnown = error instanceof ToolUnavailable || error instanceof ToolRefused;
        expect(isKnown, `${what}: ${error.stack}`).to.equal(true);
      }));

    it('cannot tally without its database, and says why', async () => {
      const project = await newProject(world());
      const query = { projectIds: [project], from: new Date(0), until: new Date(), maxSecondsPerAnnotation: 60 };
      const offsets = [{ from: new Date(0), offsetSeconds: 0 }];
      const without = await world().open({ databaseUrl: undefined });
      if (!(await without.describe()).capabilities.tally) {
        const error = await errorOf(without.tally({ ...query, offsets }));
        expect(error).to.be.instanceOf(ToolUnable).and.include({ capability: 'tally' });
      }
      for (const databaseUrl of ['postgres://nobody@127.0.0.1:1/none', 'sqlite:/no/such/directory/file.sqlite3']) {
        const adapter = await world().open({ databaseUrl });
        const error = await errorOf(adapter.tally({ ...query, offsets }));
        const isKnown = [ToolUnavailable, ToolRefused, ToolUnable].some((kind) => error instanceof kind);
        expect(isKnown, `${databaseUrl}: ${error.stack}`).to.equal(true);
      }
    });
  });
}

async function somebody(world: World): Promise<{ member: Member; project: string }> {
  const project = await newProject(world);
  return { project, member: await newMember(world, [project]) };
}

type Call = [name: string, call: () => Promise<unknown>];

/** Everything that goes through the tool's API, in an order in which each could be called. */
function callsOn(adapter: ToolAdapter, world: World, member: Member, project: string): Call[] {
  const { email } = member;
  const { toolUserId } = member.account;
  const places = placesOf(world, [project]);
  const calls: Call[] = [
    ['describe', () => adapter.describe()],
    ['listProjects', () => adapter.listProjects()],
    ['findProject', () => adapter.findProject(project)],
    ['createMember', () => adapter.createMember({ ...newTrainer(world), places })],
    ['setNotice', () => adapter.setNotice(project, 'A notice.')],
  ];
  // What the database can do alone may succeed while the API is away.
  if (world.target.databaseUrl !== undefined) return calls;
  return [
    ...calls,
    ['findAccounts', () => adapter.findAccounts([{ toolUserId, email }])],
    ['grant', () => adapter.grant({ toolUserId, email, places })],
  ];
}

async function misbehave(
  world: World,
  behaviour: Behaviour,
  expectError: (error: Error, what: string) => void,
): Promise<void> {
  const { member, project } = await somebody(world);
  const proxy = await startUnrulyProxy(world.target.baseUrl);
  try {
    const adapter = await world.open({ baseUrl: proxy.url });
    proxy.behave(behaviour);
    const calls = callsOn(adapter, world, member, project).map(async ([name, call]) => {
      const started = performance.now();
      expectError(await errorOf(call()), name);
      expect(performance.now() - started, `${name} took too long`).to.be.below(boundMilliseconds);
    });
    const removal = removeWholly(world, member, [project], adapter).catch((error: unknown) => error);
    const checks = adapter.check({ testRemoval: false, linkedProjectIds: [project] });
    await Promise.all(calls);
    const told = await removal;
    if (!(told instanceof Error)) expect(told, 'a removal that could not be').to.not.deep.equal([]);
    expect((await checks).some(({ result }) => result === 'failure')).to.equal(true);
    proxy.behave('pass');
    expect((await adapter.describe()).product).to.equal(world.description.product);
    expect(await adapter.findProject(project)).to.not.equal(null);
    if (world.description.capabilities.tally) expect(await tally(world, [project])).to.deep.equal([]);
  } finally {
    await proxy.stop();
  }
}
