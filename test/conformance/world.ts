/** What the suite's tests share: the target, the adapter under test (overheard), and people and projects made for a test. */
import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import {
  type AdapterOptions,
  type Reach,
  type TallyQuery,
  type TallyRow,
  type ToolAccount,
  type ToolAdapter,
  type ToolDescription,
  WHOLE_TOOL,
} from '../../adapters/tool.ts';
import type { Credentials, Session, Target, ToolDriver } from './driver.ts';
import { createRecorder, type Recorder } from './recorder.ts';

export interface Trainer extends Credentials {
  displayName: string;
}

/** A trainer with an account, signed in. */
export interface Member extends Trainer {
  account: ToolAccount;
  session: Session;
}

export interface World {
  target: Target;
  driver: ToolDriver;
  adapter: ToolAdapter;
  description: ToolDescription;
  recorder: Recorder;
  /** Somebody with work of their own, with whom no test has anything to do. */
  bystander: { member: Member; project: string };
  /** Passwords and tokens that were in use during the run. */
  secrets: Set<string>;
  /** Another adapter on the same tool with other settings; it is closed at the end. */
  open(overrides: Partial<AdapterOptions>): Promise<ToolAdapter>;
  close(): Promise<void>;
}

/** Opens the adapter on the target. */
export async function createWorld(target: Target): Promise<World> {
  const recorder = createRecorder();
  const opened: ToolAdapter[] = [];
  const open = async (overrides: Partial<AdapterOptions>): Promise<ToolAdapter> => {
    const adapter = await target.module.createAdapter({
      baseUrl: target.baseUrl,
      publicUrl: target.baseUrl,
      apiToken: target.apiToken,
      databaseUrl: target.databaseUrl,
      log: recorder.log,
      ...overrides,
    });
    opened.push(adapter);
    return recorder.listenTo(adapter);
  };
  const adapter = await open({});
  const world = {
    target,
    driver: target.driver,
    adapter,
    description: await adapter.describe(),
    recorder,
    secrets: new Set([target.apiToken, target.admin.password]),
    open,
    close: async () => {
      for (const each of opened) await each.close();
    },
  };
  return { ...world, bystander: await newBystander(world) };
}

async function newBystander(world: Bare): Promise<World['bystander']> {
  const project = await newProject(world);
  const member = await newMember(world, [project]);
  await world.driver.annotate(member.session, project, { task: 0, seconds: 30 });
  return { member, project };
}

/** The world before anybody is in it. */
type Bare = Omit<World, 'bystander'>;

/** Somebody whom the tool has never seen. */
export function newTrainer(world: Bare): Trainer {
  const name = randomBytes(5).toString('hex');
  const password = `${randomBytes(9).toString('base64url')}-Aa1`;
  world.secrets.add(password);
  return { email: `trainer.${name}@opentrain.work`, password, displayName: `Trainer ${name}` };
}

export async function newProject(world: Bare, tasks = 2): Promise<string> {
  return world.driver.createProject(`Conformance ${randomBytes(4).toString('hex')}`, tasks);
}

/** These projects as places of access: themselves, or the whole tool where membership is of the tool. */
export function placesOf(world: Bare, projectIds: readonly string[]): readonly string[] {
  return world.description.capabilities.accessLevel === 'tool' ? [WHOLE_TOOL] : projectIds;
}

/** A new trainer with an account in these projects, signed in as a person does. */
export async function newMember(world: Bare, projectIds: readonly string[]): Promise<Member> {
  const trainer = newTrainer(world);
  const account = await world.adapter.createMember({ ...trainer, places: placesOf(world, projectIds) });
  return { ...trainer, account, session: await signedIn(world, trainer) };
}

export async function signedIn(world: Bare, person: Credentials): Promise<Session> {
  const session = await world.driver.signIn(person);
  if (!session) return expect.fail(`${person.email} cannot sign in`);
  return session;
}

/** Removal as the core asks for it when the last contract ended. */
export function removeWholly(
  world: World,
  member: Member,
  projectIds: readonly string[],
  adapter: ToolAdapter = world.adapter,
): Promise<Reach[]> {
  const { toolUserId } = member.account;
  const places = placesOf(world, projectIds);
  return adapter.revoke({ toolUserId, email: member.email, places, closeAccount: true });
}

/** The account as the adapter sees it now. */
export async function look(world: World, member: Member): Promise<ToolAccount> {
  const { toolUserId } = member.account;
  const [account] = await world.adapter.findAccounts([{ toolUserId, email: member.email }]);
  if (!account) return expect.fail(`${member.email} is not found`);
  return account;
}

/** A tally of everything ever, in UTC, unless told otherwise. */
export function tally(
  world: World,
  projectIds: readonly string[],
  query: Partial<TallyQuery> = {},
): Promise<TallyRow[]> {
  return world.adapter.tally({
    projectIds,
    from: new Date('2001-01-01T00:00:00Z'),
    until: new Date('2090-01-01T00:00:00Z'),
    offsets: [{ from: new Date('2001-01-01T00:00:00Z'), offsetSeconds: 0 }],
    maxSecondsPerAnnotation: 3600,
    ...query,
  });
}

/** What was thrown; a failure when nothing was. */
export async function errorOf(promise: Promise<unknown>): Promise<Error> {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  return thrown instanceof Error ? thrown : expect.fail('nothing was thrown');
}
