/** On a real doccano everybody can change their own sign-in name, to a colleague's Work Email too. */
import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { pino } from 'pino';
import doccanoModule from '../../adapters/doccano/index.ts';
import type { ToolAdapter } from '../../adapters/tool.ts';
import { acceptInvitation } from '../../plugin/invitations/invitations.ts';
import { readPasswordReset, requestPasswordReset } from '../../plugin/invitations/password-reset.ts';
import { findTrainer } from '../../plugin/mirror/trainers.ts';
import type { Session, ToolDriver } from '../conformance/driver.ts';
import { driveDoccano } from '../conformance/drivers/doccano.ts';
import { send } from '../conformance/http.ts';
import { AccessWorld, GOOD_PASSWORD, mailOf } from '../support/access-world.ts';
import { cacheDirectory, doccano, doccanoDatabases, type TestDoccano } from '../support/doccano.ts';
import { type FreshStore, freshStore } from '../support/store.ts';

for (const database of doccanoDatabases) {
  describe(`a colleague's sign-in name on a real doccano (${database})`, function () {
    this.timeout(120_000);
    let tool: TestDoccano;
    let driver: ToolDriver;
    let store: FreshStore;
    let world: AccessWorld;
    let project: string;
    let ann: string;
    let mallory: string;
    let thief: Session;
    const adapters: ToolAdapter[] = [];

    const open = async (databaseUrl: string | undefined): Promise<ToolAdapter> => {
      const { baseUrl, apiToken } = tool;
      const options = { baseUrl, publicUrl: baseUrl, apiToken, databaseUrl, log: pino({ level: 'silent' }) };
      const adapter = await doccanoModule.createAdapter(options);
      adapters.push(adapter);
      return adapter;
    };

    before(async () => {
      tool = await doccano(database);
      driver = driveDoccano(tool, cacheDirectory);
      store = await freshStore('sqlite');
      project = await driver.createProject('Cats', 1);
    });
    after(async () => {
      for (const adapter of adapters) await adapter.close();
      await driver.close();
      await store.drop();
    });
    beforeEach(async () => {
      world = await AccessWorld.open(store);
      world.useTool(await open(tool.pluginDatabaseUrl));
      await world.connect();
      await world.link('link', 'job', project);
      const suffix = randomBytes(4).toString('hex');
      [ann, mallory] = [`ann.${suffix}`, `mallory.${suffix}`];
      await world.hire('contract of mallory', 'job', mallory);
      await world.settle();
      await acceptInvitation(world.context, world.token(mallory), GOOD_PASSWORD);
      const session = await driver.signIn({ email: mailOf(mallory), password: GOOD_PASSWORD });
      if (!session) throw new Error('mallory cannot sign in');
      thief = session;
      const renamed = { username: mailOf(ann), first_name: '', last_name: '' };
      const answer = await send('PUT', `${tool.baseUrl}/v1/auth/user/`, thief.headers[0] ?? {}, renamed);
      expect(answer.status).to.equal(200);
    });

    const accountOf = async (trainer: string) => (await findTrainer(store.database, trainer))?.tool_user_id;

    it('the colleague gets an account of her own, under another sign-in name, and doctor names the thief', async () => {
      await world.hire('contract', 'job', ann);
      await world.settle();
      const accepted = await acceptInvitation(world.context, world.token(ann), 'nine silver thimbles');
      expect(accepted).to.include({ result: 'done' });
      expect(await world.state(ann)).to.equal(`${project} active`);
      expect(await accountOf(ann))
        .to.be.a('string')
        .and.not.equal(await accountOf(mallory));
      const signInName = accepted.result === 'done' ? accepted.signInName : '';
      expect(signInName).to.match(/^ann\.[0-9a-f]+\.2@opentrain\.work$/);
      const session = await driver.signIn({ email: signInName, password: 'nine silver thimbles' });
      expect(session && (await driver.canWork(session, project))).to.equal(true);
      await requestPasswordReset(world.context, mailOf(ann));
      await world.work();
      const mail = world.mails.find(({ to, subject }) => to === mailOf(ann) && subject.includes('password'));
      expect(mail?.text).to.include(signInName);
      const reset = await readPasswordReset(world.context, world.token(ann, 'password'));
      expect(reset).to.include({ state: 'open', signInName });
      const checks = await world.context.tool.check({ testRemoval: false, linkedProjectIds: [] });
      const names = checks.find(({ id }) => id === 'tool-sign-in-names');
      expect(names?.result).to.equal('warning');
      expect(names?.why).to.include(mailOf(mallory)).and.to.include(mailOf(ann));
      await world.end('contract of mallory', 'job');
      await world.settle();
      expect(await driver.canWork(thief, project)).to.equal(false);
      expect(session && (await driver.canWork(session, project))).to.equal(true);
    });

    it('without the database nobody is known by a sign-in name: the colleague is blocked, with the account that is in the way', async () => {
      world.useTool(await open(undefined));
      await world.hire('contract', 'job', ann);
      await world.settle();
      expect(await world.state(ann)).to.equal(`${project} invited`);
      const refused = await acceptInvitation(world.context, world.token(ann), 'nine silver thimbles');
      expect(refused).to.include({ result: 'refused', reason: 'account-exists' });
      expect(await world.state(ann)).to.equal(`${project} blocked account-exists`);
      expect((await world.rows(ann))[0]?.remedy)
        .to.include(mailOf(ann))
        .and.to.include('/admin');
      expect(await accountOf(ann)).to.equal(null);
      expect(await driver.canWork(thief, project)).to.equal(true);
    });
  });
}
