import { expect } from 'chai';
import { ToolUnavailable } from '../../../adapters/errors.ts';
import { convergeEach, placesForChanges } from '../../../plugin/access/converge.ts';
import { waitFor } from '../../../plugin/dev/demo/wait-for.ts';
import { acceptInvitation } from '../../../plugin/invitations/invitations.ts';
import { type AccessWorld, GOOD_PASSWORD, mailOf, useAccessWorld } from '../../support/access-world.ts';
import { storeKinds } from '../../support/store.ts';

for (const kind of storeKinds) {
  describe(`access of several trainers whose contracts ended at once (${kind})`, () => {
    let world: AccessWorld;
    useAccessWorld(kind, async (opened) => {
      world = opened;
      await world.connect();
    });

    const causes = new Map([
      ['ann', 'event 1 (contract.ended)'],
      ['bob', 'event 2 (contract.ended)'],
      ['cat', 'event 3 (contract.ended)'],
    ]);

    async function allAreActiveAndEnded(): Promise<void> {
      await world.annIsActive();
      for (const trainer of ['bob', 'cat']) {
        await world.hire(`contract of ${trainer}`, 'job', trainer);
        await world.settle();
        await acceptInvitation(world.context, world.token(trainer), GOOD_PASSWORD);
      }
      await world.end('contract', 'job');
      for (const trainer of ['bob', 'cat']) await world.end(`contract of ${trainer}`, 'job');
      expect(await Promise.all([...causes.keys()].map((trainer) => world.state(trainer)))).to.deep.equal(
        [...causes.keys()].map(() => '* active'),
      );
    }

    it('is removed with one look at the tool, each by its own cause', async () => {
      await allAreActiveAndEnded();
      const looks: string[] = [];
      world.tool.before = (call) => void looks.push(call);
      expect(await convergeEach(world.context, causes, placesForChanges())).to.deep.equal(new Map());
      expect(looks.filter((call) => call === 'findAccounts')).to.have.length(1);
      for (const [trainer, cause] of causes) {
        expect(await world.state(trainer)).to.equal('* revoked');
        const rows: { cause: string; journal_id: number }[] = await world.store
          .database('audit_log')
          .where({ trainer_id: trainer, action: 'remove' });
        expect(rows.map((row) => row.cause)).to.deep.equal([cause]);
        const journal = await world.store.database('access_journal').where({ id: rows[0]?.journal_id }).first();
        expect(journal).to.include({ trainer_id: trainer, state: 'done', cause });
      }
    });

    it('is removed but for the one that the tool fails for, whose failure is told alone', async () => {
      await allAreActiveAndEnded();
      world.tool.before = (call, email) => {
        if (call === 'revoke' && email === mailOf('bob')) throw new ToolUnavailable('the tool is away');
      };
      const failures = await convergeEach(world.context, causes, placesForChanges());
      expect([...failures.keys()]).to.deep.equal(['bob']);
      expect(await world.state('ann')).to.equal('* revoked');
      expect(await world.state('bob')).to.equal('* active');
      expect(await world.state('cat')).to.equal('* revoked');
      const open = await world.store.database('access_journal').whereNull('finished_at');
      expect(open).to.have.length(1);
      expect(open[0]).to.include({ trainer_id: 'bob', state: 'unknown' });
    });

    // On SQLite whoever changes anything holds the whole store.
    if (kind === 'postgres') {
      it('is removed without waiting for the one whom another process holds, who is removed once let go', async () => {
        await allAreActiveAndEnded();
        const held = await world.store.database.transaction();
        await held('trainers').where({ id: 'ann' }).forUpdate().select('id');
        const converging = convergeEach(world.context, causes, placesForChanges());
        await waitFor(
          'the others',
          async () => (await world.state('bob')) + (await world.state('cat')) === '* revoked'.repeat(2),
        );
        expect(await world.state('ann')).to.equal('* active');
        await held.commit();
        expect(await converging).to.deep.equal(new Map());
        expect(await world.state('ann')).to.equal('* revoked');
      });
    }
  });
}
