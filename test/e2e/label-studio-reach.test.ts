/**
 * What a removed trainer still reaches in a real Label Studio: five keys that they may have kept, tried on thirteen doors, before
 * and after removal, with and without a database role that may close accounts.
 */
import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { type Reach, WHOLE_TOOL } from '../../adapters/tool.ts';
import {
  adapterFor,
  freshWorkEmail,
  type LabelStudioDatabase,
  labelStudio,
  labelStudioDatabases,
  type TestLabelStudio,
} from '../support/label-studio.ts';
import { LabelStudioSession } from '../support/label-studio-session.ts';

const password = 'a trainer’s password';

/** Door → the words in which the adapter tells an admin that it is open; null where removal must always shut it. */
const doors = {
  whoami: 'read their own account',
  'list projects': 'list projects (titles and label configurations)',
  'list predictions': 'list model predictions and the names of export snapshots',
  'list users': 'list people with their e-mail addresses',
  'read the invite link': 'read the invite link, and so join again under another e-mail address',
  'reset the invite link': 'reset the invite link',
  'create a project': 'create a project',
  'create a user': 'create a user',
  'open a task': null,
  'data manager': null,
  'next task': null,
  export: null,
  annotate: null,
} as const;
type Door = keyof typeof doors;
const doorNames = Object.keys(doors).filter((name): name is Door => name in doors);

const keyNames = ['old session', 'legacy token', 'personal access token', 'its refresh', 'new sign-in'] as const;
type KeyName = (typeof keyNames)[number];
type Keys = Record<KeyName, LabelStudioSession | null>;

interface Scene {
  tool: TestLabelStudio;
  email: string;
  toolUserId: string;
  projectId: string;
  taskId: number;
  /** What the trainer kept from the time before the removal. */
  session: LabelStudioSession;
  legacyToken: string;
  personalToken: string;
  accessToken: string;
}

async function setScene(kind: LabelStudioDatabase): Promise<Scene> {
  const tool = await labelStudio(kind);
  const owner = LabelStudioSession.withLegacyToken(tool.baseUrl, tool.apiToken);
  const { projectId, taskIds } = await owner.createProject(`Reach ${randomBytes(3).toString('hex')}`, ['one', 'two']);
  const email = freshWorkEmail('reach');
  const adapter = adapterFor(tool);
  const member = { email, displayName: 'Ada L.', password, places: [WHOLE_TOOL] };
  const { toolUserId } = await adapter.createMember(member);
  await adapter.close();
  const session = await LabelStudioSession.mustSignIn(tool.baseUrl, email, password);
  const personalToken = await session.personalToken();
  const accessToken = await session.refresh(personalToken);
  if (accessToken === null) throw new Error('a member’s personal access token is refused');
  const legacyToken = await session.legacyToken();
  return {
    tool,
    email,
    toolUserId,
    projectId,
    taskId: taskIds[0] ?? 0,
    session,
    legacyToken,
    personalToken,
    accessToken,
  };
}

/** Each key as it works at this moment: null where not even the key can be used any more. */
async function keysOf(scene: Scene): Promise<Keys> {
  const { baseUrl } = scene.tool;
  const bearer = (access: string) => new LabelStudioSession(baseUrl, { Authorization: `Bearer ${access}` });
  const refreshed = await scene.session.refresh(scene.personalToken);
  return {
    'old session': scene.session,
    'legacy token': LabelStudioSession.withLegacyToken(baseUrl, scene.legacyToken),
    'personal access token': bearer(scene.accessToken),
    'its refresh': refreshed === null ? null : bearer(refreshed),
    'new sign-in': await LabelStudioSession.signIn(baseUrl, scene.email, password),
  };
}

/** The status of a real attempt at this door. */
async function attempt(door: Door, { http }: LabelStudioSession, scene: Scene): Promise<number> {
  const name = randomBytes(4).toString('hex');
  const { projectId, taskId } = scene;
  const user = { email: `${name}@example.com`, username: name };
  const attempts: Record<Door, () => Promise<{ status: number }>> = {
    whoami: () => http.get('/api/current-user/whoami'),
    'list projects': () => http.get('/api/projects/'),
    'list predictions': () => http.get('/api/predictions/'),
    'list users': () => http.get('/api/users/'),
    'read the invite link': () => http.get('/api/invite'),
    'reset the invite link': () => http.post('/api/invite/reset-token', {}),
    'create a project': () => http.post('/api/projects/', { title: `Made by ${name}` }),
    'create a user': () => http.post('/api/users/', user),
    'open a task': () => http.get(`/api/tasks/${taskId}/`),
    'data manager': () => http.get('/api/tasks', { params: { project: projectId } }),
    'next task': () => http.get(`/api/projects/${projectId}/next`),
    export: () => http.get(`/api/projects/${projectId}/export`, { params: { exportType: 'JSON' } }),
    annotate: () => http.post(`/api/tasks/${taskId}/annotations/`, { result: [], lead_time: 1 }),
  };
  return (await attempts[door]()).status;
}

/** "old session: list projects" for every key and door that are open. A refusal is 401 or 403 and nothing else. */
async function openDoors(scene: Scene): Promise<string[]> {
  const open: string[] = [];
  for (const [keyName, session] of Object.entries(await keysOf(scene))) {
    for (const door of doorNames) {
      const status = session === null ? 401 : await attempt(door, session, scene);
      if (status === 401 || status === 403) continue;
      expect(status, `${keyName}: ${door}`).to.be.lessThan(300);
      open.push(`${keyName}: ${door}`);
    }
  }
  return open;
}

/** What the adapter's words say is open, for each key. */
function told(reaches: readonly Reach[]): string[] {
  const words = reaches.map(({ what }) => what);
  const open = doorNames.filter((door) => doors[door] !== null && words.includes(doors[door]));
  const usable = keyNames.filter((key) => {
    if (key === 'new sign-in') return words.includes('sign in');
    return key !== 'its refresh' || words.includes('exchange a personal access token');
  });
  return usable.flatMap((key) => open.map((door) => `${key}: ${door}`));
}

async function remove(scene: Scene, databaseUrl: string | null): Promise<Reach[]> {
  const adapter = adapterFor(scene.tool, { databaseUrl });
  try {
    const { toolUserId, email } = scene;
    return await adapter.revoke({ toolUserId, email, places: [WHOLE_TOOL], closeAccount: true });
  } finally {
    await adapter.close();
  }
}

for (const kind of labelStudioDatabases) {
  describe(`what a removed trainer reaches in Label Studio on ${kind}`, function () {
    this.timeout(240_000);

    it('opens every door to every key while the trainer is a member', async () => {
      const scene = await setScene(kind);
      const all = keyNames.flatMap((key) => doorNames.map((door) => `${key}: ${door}`));
      expect(await openDoors(scene)).to.have.members(all);
    });

    it('leaves no key and no door when the database role may close the account', async () => {
      const scene = await setScene(kind);
      expect(await remove(scene, scene.tool.pluginDatabaseUrl)).to.deep.equal([]);
      expect(await openDoors(scene)).to.deep.equal([]);
    });

    it('leaves exactly what it tells when no database is given', async () => {
      const scene = await setScene(kind);
      const reaches = await remove(scene, null);
      expect(reaches).to.have.lengthOf(10);
      expect(await openDoors(scene)).to.have.members(told(reaches));
      for (const { remedy } of reaches) {
        expect(remedy).to.include('GRANT UPDATE (is_active, password, active_organization_id) ON htx_user');
        expect(remedy).to.include('GRANT UPDATE (deleted_at) ON organizations_organizationmember');
      }
    });

    it('closes the rest when the missing rights are given later', async () => {
      const scene = await setScene(kind);
      expect(await remove(scene, null)).to.not.be.empty;
      expect(await remove(scene, scene.tool.pluginDatabaseUrl)).to.deep.equal([]);
      expect(await openDoors(scene)).to.deep.equal([]);
    });

    if (kind === 'postgres') {
      it('leaves exactly what it tells when the role may only read', async () => {
        const scene = await setScene(kind);
        const reaches = await remove(scene, scene.tool.readOnlyDatabaseUrl ?? null);
        expect(reaches).to.have.lengthOf(10);
        expect(await openDoors(scene)).to.have.members(told(reaches));
      });
    }
  });
}
