import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { pino } from 'pino';
import { databaseRoleSql } from '../../../adapters/doccano/database.ts';
import adapterModule from '../../../adapters/doccano/index.ts';
import { ToolRefused, ToolUnable } from '../../../adapters/errors.ts';
import type { AdapterOptions, ToolAdapter } from '../../../adapters/tool.ts';
import { recognise } from '../../../plugin/access/recognise.ts';
import type { ToolDriver } from '../../conformance/driver.ts';
import { driveDoccano } from '../../conformance/drivers/doccano.ts';
import { idSchema, parsed, send } from '../../conformance/http.ts';
import { cacheDirectory, doccano, doccanoDatabases, type TestDoccano } from '../../support/doccano.ts';
import { withToolDatabase } from '../../support/label-studio.ts';
import { thrownBy } from '../../support/thrown.ts';
import { createToolRole } from '../../support/tool-role.ts';

const password = 'correct horse battery';
const roles = { project_admin: 1, annotator: 2, annotation_approver: 3 };

for (const kind of doccanoDatabases) {
  describe(`members of doccano on ${kind}`, function () {
    this.timeout(120_000);
    let tool: TestDoccano;
    let adapter: ToolAdapter;
    let driver: ToolDriver;
    let project: string;

    const open = (overrides: Partial<AdapterOptions>): Promise<ToolAdapter> =>
      adapterModule.createAdapter({
        ...{ baseUrl: tool.baseUrl, publicUrl: tool.baseUrl, apiToken: tool.apiToken },
        ...{ databaseUrl: tool.pluginDatabaseUrl, log: pino({ level: 'silent' }) },
        ...overrides,
      });
    const asAdmin = (method: string, path: string, body: unknown) =>
      send(method, `${tool.baseUrl}/v1${path}`, { Authorization: `Token ${tool.apiToken}` }, body);
    const join = async (places: readonly string[]) => {
      const email = `ann.${randomBytes(5).toString('hex')}@opentrain.work`;
      const { toolUserId } = await adapter.createMember({ email, displayName: 'Ann', password, places });
      return { email, toolUserId };
    };
    const giveRole = async (projectId: string, toolUserId: string, role: keyof typeof roles) => {
      const body = { user: Number(toolUserId), role: roles[role] };
      parsed(await asAdmin('POST', `/projects/${projectId}/members`, body), idSchema);
    };

    before(async () => {
      tool = await doccano(kind);
      adapter = await open({});
      driver = driveDoccano(tool, cacheDirectory);
      project = await driver.createProject('Members', 1);
    });
    after(async () => {
      await adapter.close();
      await driver.close();
    });

    it('leaves a role that an admin gave, and tells it as what remains', async () => {
      const member = await join([]);
      await giveRole(project, member.toolUserId, 'annotation_approver');
      await adapter.grant({ ...member, places: [project] });
      const told = await adapter.revoke({ ...member, places: [project], closeAccount: false });
      expect(told.map(({ what }) => what)).to.deep.equal([`work in project ${project} as annotation_approver`]);
      const session = await driver.signIn({ email: member.email, password });
      expect(session && (await driver.canWork(session, project))).to.equal(true);
      // Without any contract the account is closed, and the role opens nothing any more.
      expect(await adapter.revoke({ ...member, places: [project], closeAccount: true })).to.deep.equal([]);
      expect(await driver.signIn({ email: member.email, password })).to.equal(null);
    });

    it('never changes somebody who administers a project, with the database and without it', async () => {
      const member = await join([project]);
      await giveRole(await driver.createProject('Theirs', 0), member.toolUserId, 'project_admin');
      const withoutDatabase = await open({ databaseUrl: undefined });
      for (const either of [adapter, withoutDatabase]) {
        const [account] = await either.findAccounts([member]);
        expect(account).to.include({ privileged: true });
        const removal = { ...member, places: [project], closeAccount: true };
        expect(await thrownBy(either.revoke(removal))).to.be.instanceOf(ToolRefused);
        expect(await thrownBy(either.grant({ ...member, places: [project] }))).to.be.instanceOf(ToolRefused);
      }
      const change = adapter.setPassword({ toolUserId: member.toolUserId, password: 'another password' });
      expect(await thrownBy(change)).to.be.instanceOf(ToolRefused);
      expect(await driver.signIn({ email: member.email, password })).to.not.equal(null);
      await withoutDatabase.close();
    });

    it('does not take somebody who renamed themselves for the trainer whose address they took as a name', async () => {
      const [impostor, victim] = [await join([]), `victim.${randomBytes(4).toString('hex')}@opentrain.work`];
      const session = await driver.signIn({ email: impostor.email, password });
      const renamed = await send('PATCH', `${tool.baseUrl}/v1/auth/user/`, session?.headers[0], { username: victim });
      expect(renamed.status).to.equal(200);
      expect(await adapter.findAccounts([{ toolUserId: null, email: victim }])).to.deep.equal([]);
      const [found] = await adapter.findAccounts([{ toolUserId: null, email: impostor.email }]);
      expect(found).to.include({ toolUserId: impostor.toolUserId, email: impostor.email });
    });

    it('says which signs doccano takes when a Work Email has others', async () => {
      const member = { email: "o'neil@opentrain.work", displayName: 'O', password, places: [project] };
      const refused = await thrownBy(adapter.createMember(member));
      expect(refused).to.be.instanceOf(ToolRefused).and.have.property('remedy').that.includes('letters, digits');
      expect(await adapter.findAccounts([{ toolUserId: null, email: member.email }])).to.deep.equal([]);
    });

    it('makes no account for a project that does not exist', async () => {
      const email = `nowhere.${randomBytes(4).toString('hex')}@opentrain.work`;
      const member = { email, displayName: 'N', password, places: [project, '99999999'] };
      expect(await thrownBy(adapter.createMember(member))).to.be.instanceOf(ToolRefused);
      expect(await adapter.findAccounts([{ toolUserId: null, email }])).to.deep.equal([]);
    });

    it('opens an account again that was closed by hand', async () => {
      const member = await join([project]);
      const close = 'UPDATE auth_user SET is_active = $1 WHERE id = $2';
      await withToolDatabase(tool, (database) => database.execute(close, [false, Number(member.toolUserId)]));
      await adapter.grant({ ...member, places: [project] });
      expect(await driver.signIn({ email: member.email, password })).to.not.equal(null);
    });

    it('refuses the database of another doccano whose first account has the same number and name', async () => {
      const other = await doccano(kind === 'sqlite' ? 'postgres' : 'sqlite');
      const mixed = await open({ databaseUrl: other.pluginDatabaseUrl });
      try {
        for (const attempt of [() => mixed.describe(), () => mixed.setPassword({ toolUserId: '1', password })]) {
          const error = await thrownBy(attempt());
          expect(error).to.be.instanceOf(ToolRefused);
          expect(error).to.have.property('message').that.includes('another doccano');
        }
      } finally {
        await mixed.close();
      }
      const { baseUrl, apiToken, pluginDatabaseUrl: databaseUrl } = other;
      const there = await open({ baseUrl, apiToken, databaseUrl });
      try {
        const [ours, theirs] = [await adapter.readSigns?.(), await there.readSigns?.()];
        expect(recognise(ours ?? [], theirs ?? []), 'with every setting of the other one').to.equal('another');
      } finally {
        await there.close();
      }
    });

    it('refuses the database of another doccano', async () => {
      const other = await doccano(kind === 'sqlite' ? 'postgres' : 'sqlite');
      const move = 'UPDATE auth_user SET username = $1 WHERE username = $2';
      await withToolDatabase(other, (database) => database.execute(move, ['boss', other.adminEmail]));
      const mixed = await open({ databaseUrl: other.pluginDatabaseUrl });
      try {
        const email = `mixed.${randomBytes(4).toString('hex')}@opentrain.work`;
        const made =
          'INSERT INTO auth_user (id, username, email, password, first_name, last_name, is_superuser, is_staff, is_active, date_joined) VALUES ($1, $2, $2, $3, $3, $3, $4, $4, $5, $6)';
        const stranger = [9_000_000, email, '', false, true, new Date()];
        await withToolDatabase(other, (database) => database.execute(made, stranger));
        const removal = { toolUserId: '9000000', email, places: [], closeAccount: true };
        expect(await thrownBy(mixed.revoke(removal))).to.be.instanceOf(ToolRefused);
        const change = mixed.setPassword({ toolUserId: '9000000', password: 'another password' });
        expect(await thrownBy(change)).to.be.instanceOf(ToolRefused);
        const counting = mixed.tally({
          projectIds: [project],
          from: new Date(0),
          until: new Date('2100-01-01'),
          offsets: [{ from: new Date(0), offsetSeconds: 0 }],
          maxSecondsPerAnnotation: 900,
        });
        expect(await thrownBy(counting)).to.be.instanceOf(ToolRefused);
        const kept = await withToolDatabase(other, (database) =>
          database.query('SELECT password FROM auth_user WHERE id = $1 AND is_active', [9_000_000]),
        );
        expect(kept).to.have.length(1).and.deep.include({ password: '' });
        expect(await thrownBy(mixed.describe()))
          .to.be.instanceOf(ToolRefused)
          .and.have.property('message')
          .that.includes('another doccano');
      } finally {
        await mixed.close();
        await withToolDatabase(other, (database) => database.execute(move, [other.adminEmail, 'boss']));
        await withToolDatabase(other, (database) =>
          database.execute('DELETE FROM auth_user WHERE id = $1', [9_000_000]),
        );
      }
    });
  });
}

describe('a doccano whose database may only be read', function () {
  this.timeout(120_000);

  it('tells what stays open after a removal, the grant that closes it, and cannot open what was closed', async () => {
    const tool = await doccano('postgres');
    const role = await createToolRole(tool.databaseUrl, (name) =>
      databaseRoleSql(name).filter((line) => !line.startsWith('GRANT UPDATE')),
    );
    const adapter = await adapterModule.createAdapter({
      ...{ baseUrl: tool.baseUrl, publicUrl: tool.baseUrl, apiToken: tool.apiToken },
      ...{ databaseUrl: role.url, log: pino({ level: 'silent' }) },
    });
    try {
      const { capabilities, remedies } = await adapter.describe();
      expect(capabilities).to.include({ tally: true, closeAccount: false, setPassword: false, restore: true });
      expect(remedies.setPassword).to.match(/GRANT UPDATE \(password\) ON auth_user TO /);
      const email = `reader.${randomBytes(4).toString('hex')}@opentrain.work`;
      const { toolUserId } = await adapter.createMember({ email, displayName: 'R', password, places: [] });
      const told = await adapter.revoke({ toolUserId, email, places: [], closeAccount: true });
      expect(told.map(({ what }) => what)).to.include('sign in to doccano');
      for (const { remedy } of told) expect(remedy).to.match(/GRANT UPDATE \(is_active\) ON auth_user TO /);
      const close = 'UPDATE auth_user SET is_active = $1 WHERE id = $2';
      await withToolDatabase(tool, (database) => database.execute(close, [false, Number(toolUserId)]));
      const refused = await thrownBy(adapter.grant({ toolUserId, email, places: [] }));
      expect(refused).to.be.instanceOf(ToolUnable).and.include({ capability: 'restore' });
    } finally {
      await adapter.close();
      await role.drop();
    }
  });
});
