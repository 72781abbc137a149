import { expect } from 'chai';
import { ToolUnavailable } from '../../../adapters/errors.ts';
import { WHOLE_TOOL } from '../../../adapters/tool.ts';
import { migrations } from '../../../migrations/index.ts';
import { revokeAll } from '../../../plugin/access/admin.ts';
import { isBusy, isInterrupted, journals } from '../../../plugin/access/journal.ts';
import { acceptInvitation, readInvitation } from '../../../plugin/invitations/invitations.ts';
import { inviteAgain } from '../../../plugin/invitations/invite-again.ts';
import { type Database, openDatabase } from '../../../plugin/store/database.ts';
import { migrate } from '../../../plugin/store/migrate.ts';
import { type AccessWorld, GOOD_PASSWORD, mailOf, useAccessWorld } from '../../support/access-world.ts';
import { emptyDatabase, storeKinds } from '../../support/store.ts';
import { thrownBy } from '../../support/thrown.ts';

for (const kind of storeKinds) {
  describe(`the journal of access changes (${kind})`, () => {
    let world: AccessWorld;
    useAccessWorld(kind, async (opened) => {
      world = opened;
      await world.connect();
    });

    const rows = (): Promise<{ id: number; state: string; plan: string; cause: string }[]> =>
      world.store.database('access_journal').orderBy('id').select('id', 'state', 'plan', 'cause');
    const short = async () => (await rows()).map(({ state, plan }) => `${state}: ${plan}`);

    it('has a row for every change, and the audit log says under its number what came of it', async () => {
      await world.annIsActive();
      await world.end('contract', 'job');
      await world.converge();
      expect(await short()).to.deep.equal(['done: invite *', 'done: accept an invitation (join)', 'done: remove *']);
      const audit: { journal_id: number; action: string; cause: string }[] = await world.store
        .database('audit_log')
        .orderBy('id')
        .select('journal_id', 'action', 'cause');
      expect(audit.map(({ action }) => action)).to.deep.equal(['invite', 'accept', 'remove']);
      expect(audit.map(({ journal_id, cause }) => `${journal_id} ${cause}`)).to.deep.equal(
        (await rows()).map(({ id, cause }) => `${id} ${cause}`),
      );
    });

    it('lets one at a time change a trainer: an acceptance waits for a removal, a removal for an acceptance', async () => {
      await world.link('link', 'job', '1');
      await world.hire('contract', 'job', 'ann');
      await world.converge();
      await world.work();
      const seen: unknown[] = [];
      world.tool.before = async (call) => {
        if (call !== 'createMember') return;
        await world.end('contract', 'job');
        seen.push(await world.converge(['ann'], { look: true }));
        seen.push((await acceptInvitation(world.context, world.token('ann'), GOOD_PASSWORD)).result);
        const again = await thrownBy(inviteAgain(world.context, 'ann', 'console'));
        seen.push(again.message);
        seen.push((await revokeAll(world.context, 'command')).problem);
      };
      expect(await acceptInvitation(world.context, world.token('ann'), GOOD_PASSWORD)).to.include({ reason: 'void' });
      expect(seen.slice(0, 2)).to.deep.equal([[], 'refused']);
      expect(seen[2]).to.contain('no invitation that waits');
      expect(seen[3]).to.contain('being changed at this moment');
      expect(world.tool.byEmail(mailOf('ann'))).to.include({ closed: true });
      expect(await world.state('ann')).to.equal('* revoked');
    });

    it('tells who else accepts at the same moment to try again', async () => {
      await world.link('link', 'job', '1');
      await world.hire('contract', 'job', 'ann');
      await world.converge();
      await world.work();
      let second: unknown;
      world.tool.before = async (call) => {
        if (call !== 'createMember') return;
        world.tool.before = () => undefined;
        second = await acceptInvitation(world.context, world.token('ann'), 'another good passphrase');
      };
      const first = await acceptInvitation(world.context, world.token('ann'), GOOD_PASSWORD);
      expect(first).to.include({ result: 'done' });
      expect(second).to.include({ result: 'refused', reason: 'busy' });
      expect((await readInvitation(world.context, world.token('ann'))).state).to.equal('used');
    });

    it('keeps a row open when the tool does not say what became of the change, until a look tells', async () => {
      await world.annIsActive();
      await world.end('contract', 'job');
      world.tool.after = (call) => {
        if (call === 'revoke') throw new ToolUnavailable('the answer was lost');
      };
      await thrownBy(world.converge());
      expect((await short()).at(-1)).to.equal('unknown: remove *');
      world.tool.after = () => undefined;
      await world.hire('contract 2', 'job', 'ann');
      await world.converge();
      expect((await short()).slice(-2)).to.deep.equal(['superseded: remove *', 'done: restore *']);
    });

    it('loses no outcome of a process that is slow but alive', async () => {
      await world.annIsActive();
      await world.end('contract', 'job');
      let slow = true;
      world.tool.before = async (call) => {
        if (call !== 'revoke' || !slow) return;
        slow = false;
        world.later(60_000);
        await world.hire('contract 2', 'job', 'ann');
        // Another process takes this one for dead, looks, and finds that all is as it should be.
        await world.converge(['ann']);
        expect((await short()).at(-1)).to.equal('settled: remove *');
      };
      await world.converge(['ann']);
      expect(await world.state('ann')).to.equal('* active');
      expect(world.tool.canWork(mailOf('ann'), GOOD_PASSWORD, WHOLE_TOOL)).to.equal(true);
      expect((await journals(world.store.database)).get('ann')?.open).to.equal(null);
    });

    it('loses no account that a slow acceptance made after its contract was over', async () => {
      await world.link('link', 'job', '1');
      await world.hire('contract', 'job', 'ann');
      await world.converge();
      await world.work();
      world.tool.before = async (call) => {
        if (call !== 'createMember') return;
        world.tool.before = () => undefined;
        world.later(60_000);
        await world.end('contract', 'job');
        await world.converge(['ann']);
        expect(await world.state('ann')).to.equal('* revoked');
      };
      expect(await acceptInvitation(world.context, world.token('ann'), GOOD_PASSWORD)).to.include({ reason: 'void' });
      expect(world.tool.byEmail(mailOf('ann'))).to.include({ closed: true });
      expect((await journals(world.store.database)).get('ann')?.open).to.equal(null);
    });

    it('has one open row for a trainer, however many processes begin at the same moment', async () => {
      await world.annIsActive();
      await world.end('contract', 'job');
      await Promise.all(Array.from({ length: 5 }, () => world.converge()));
      expect((await short()).filter((row) => row.includes('remove'))).to.deep.equal(['done: remove *']);
      expect(world.tool.changes.filter((change) => change.startsWith('revoke'))).to.have.length(1);
    });
  });

  describe(`the migration to the journal (${kind})`, () => {
    let empty: Awaited<ReturnType<typeof emptyDatabase>>;
    let database: Database;
    beforeEach(async () => {
      empty = await emptyDatabase(kind);
      database = openDatabase(empty.url);
    });
    afterEach(async () => {
      await database.destroy();
      await empty.remove();
    });

    it('keeps what an earlier version left open', async () => {
      const index = migrations.findIndex(({ name }) => name.endsWith('access-journal'));
      await migrate(database, migrations.slice(0, index));
      const trainer = (id: string, intentAt: number | null) =>
        database('trainers').insert({ id, access_intent_at: intentAt, access_revision: 3, updated_at: 1 });
      await trainer('removed just now', 1_000_000);
      await trainer('not known', 0);
      await trainer('settled', null);
      await trainer('accepting', null);
      const times = { created_at: 1, expires_at: 2 };
      await database('invitations').insert({
        ...{ id: 'i', trainer_id: 'accepting', kind: 'join', state: 'void', claimed_at: 900_000, ...times },
      });
      await migrate(database);
      const open = await journals(database);
      expect([...open.keys()].sort()).to.deep.equal(['accepting', 'not known', 'removed just now']);
      const states = (at: number) =>
        [...open].map(
          ([id, journal]) => `${id}: ${isBusy(journal, new Date(at))} ${isInterrupted(journal, new Date(at))}`,
        );
      expect(states(1_000_001).sort()).to.deep.equal([
        'accepting: false true',
        'not known: false true',
        'removed just now: true false',
      ]);
      expect(states(1_060_000)).to.include('removed just now: false true');
      expect(await database('trainers').select('*').first()).not.to.have.property('access_revision');
    });
  });
}
