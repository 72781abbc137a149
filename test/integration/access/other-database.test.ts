/** Another database in the place of the tool's: nothing is counted and nobody is let in or removed until an admin confirms it. */
import { expect } from 'chai';
import { ToolUnavailable } from '../../../adapters/errors.ts';
import { type DatabaseSign, WHOLE_TOOL } from '../../../adapters/tool.ts';
import { recognisedTool } from '../../../plugin/access/recognised-tool.ts';
import { AnotherDatabase, acceptDatabase, otherDatabase } from '../../../plugin/access/tool-database.ts';
import { databaseCheck } from '../../../plugin/doctor/database-check.ts';
import { acceptInvitation } from '../../../plugin/invitations/invitations.ts';
import { findTrainer } from '../../../plugin/mirror/trainers.ts';
import { alertsOf } from '../../../plugin/status/problems.ts';
import { readStatus } from '../../../plugin/status/status.ts';
import { type AccessWorld, GOOD_PASSWORD, mailOf, useAccessWorld } from '../../support/access-world.ts';
import { storeKinds } from '../../support/store.ts';
import { thrownBy } from '../../support/thrown.ts';

const sign = (kind: DatabaseSign['kind'], id: string, day: string): DatabaseSign => ({
  kind,
  id,
  createdAt: new Date(`${day}T08:00:00Z`),
});
const ours = [sign('organization', '1', '2031-01-01'), sign('project', '1', '2031-01-02')];
const others = [sign('organization', '1', '2031-04-01'), sign('project', '1', '2031-04-02')];
const DAY_MS = 86_400_000;
const query = {
  projectIds: ['1'],
  from: new Date(0),
  until: new Date(DAY_MS),
  offsets: [],
  maxSecondsPerAnnotation: 1,
};

for (const kind of storeKinds) {
  describe(`another database of the tool (${kind})`, () => {
    let world: AccessWorld;
    useAccessWorld(kind, async (opened) => {
      world = opened;
      world.tool.signs = ours;
      world.use({ tool: recognisedTool(world.tool, { database: world.store.database, clock: world.context.clock }) });
      await world.connect();
      await world.link('link', 'job', '1');
      await world.hire('contract', 'job', 'ann');
      await world.converge();
      await world.work();
      await acceptInvitation(world.context, world.token('ann'), GOOD_PASSWORD);
    });

    it('stops counting, hires and removals, says so everywhere, and goes on by itself when ours is back', async () => {
      world.tool.signs = others;
      const { tool } = world.context;
      expect(await thrownBy(tool.tally(query))).to.be.instanceOf(AnotherDatabase);
      await world.end('contract', 'job');
      expect(await thrownBy(world.converge())).to.be.instanceOf(AnotherDatabase);
      await world.hire('contract of bob', 'job', 'bob');
      expect(
        await thrownBy(tool.createMember({ email: mailOf('bob'), displayName: '', password: 'x', places: [] })),
      ).to.be.instanceOf(AnotherDatabase);
      expect(world.tool.byEmail(mailOf('ann'))?.closed).to.equal(false);
      expect(world.tool.byEmail(mailOf('bob'))).to.equal(undefined);

      const status = await readStatus(world.context);
      const told = status.problems.find(({ page }) => page?.path === '/console/held');
      expect(told?.what).to.include('another one than before').and.include('organization 1 of 2031-04-01');
      expect(told?.remedy).to.include('sync --accept-database');
      expect(alertsOf(status).map(({ matter }) => matter)).to.include('the database of the tool');
      expect(await databaseCheck(world.context)).to.include({ result: 'failure', id: 'tool-database-known' });
      expect((await world.audit()).filter((line) => line.startsWith('other-database'))).to.have.length(1);

      world.tool.signs = [...ours, sign('project', '2', '2031-04-30')];
      await world.converge();
      expect(await world.state('ann')).to.equal('* revoked');
      expect(await otherDatabase(world.store.database)).to.equal(null);
      expect(await databaseCheck(world.context)).to.include({ result: 'ok' });
    });

    it('of which the tool tells nothing while it is away, is what it was last seen to be', async () => {
      const { tool } = world.context;
      const down = new ToolUnavailable('the database is away');
      world.tool.readSigns = () => Promise.reject(down);
      expect(await thrownBy(tool.tally(query))).to.equal(down);
      await world.end('contract', 'job');
      await world.converge();
      expect(await world.state('ann')).to.equal('* revoked');

      world.tool.readSigns = async () => others;
      expect(await thrownBy(tool.tally(query))).to.be.instanceOf(AnotherDatabase);
      world.tool.readSigns = () => Promise.reject(down);
      expect(await thrownBy(tool.findAccounts([]))).to.be.instanceOf(AnotherDatabase);
    });

    it('that is confirmed is ours; an account that somebody else has under a trainer’s id there is not theirs', async () => {
      expect(await thrownBy(acceptDatabase(world.context, 'console'))).to.have.property('remedy');
      const account = world.tool.byEmail(mailOf('ann'));
      if (!account) return expect.fail('ann has an account');
      world.tool.signs = others;
      // The same number is a colleague's there.
      account.email = 'colleague@example.com';
      await world.end('contract', 'job');
      expect(await thrownBy(world.converge())).to.be.instanceOf(AnotherDatabase);
      await acceptDatabase(world.context, 'console');
      expect((await findTrainer(world.store.database, 'ann'))?.tool_user_id).to.equal(null);
      await world.converge();
      expect(account.closed).to.equal(false);
      expect(account.places.has(WHOLE_TOOL)).to.equal(true);
      expect((await world.audit()).filter((line) => line.startsWith('accept-database'))).to.have.length(1);
      expect((await readStatus(world.context)).otherDatabase).to.equal(null);
    });

    it('that is confirmed and has the trainer’s account under the same id leaves it theirs', async () => {
      world.tool.signs = others;
      expect(await thrownBy(world.context.tool.tally(query))).to.be.instanceOf(AnotherDatabase);
      await acceptDatabase(world.context, 'console');
      expect((await findTrainer(world.store.database, 'ann'))?.tool_user_id).to.equal(
        world.tool.byEmail(mailOf('ann'))?.id,
      );
      await world.end('contract', 'job');
      await world.converge();
      expect(await world.state('ann')).to.equal('* revoked');
    });

    it('that is confirmed by mistake ends nobody’s access for good: whoever is open in ours is removed when it is confirmed again', async () => {
      const account = world.tool.byEmail(mailOf('ann'));
      if (!account) return expect.fail('ann has an account');
      world.tool.signs = others;
      world.tool.accounts.delete(account.id);
      await world.end('contract', 'job');
      expect(await thrownBy(world.converge())).to.be.instanceOf(AnotherDatabase);
      await acceptDatabase(world.context, 'console');
      await world.converge();
      expect(await world.state('ann')).to.equal('* revoked');

      world.tool.signs = ours;
      world.tool.accounts.set(account.id, account);
      expect(await thrownBy(world.converge('all', { look: true }))).to.be.instanceOf(AnotherDatabase);
      await acceptDatabase(world.context, 'console');
      await world.converge();
      expect(account.closed).to.equal(true);
      expect(await world.state('ann')).to.equal('* revoked');
    });
  });
}
