/** The adapter's part of `doctor`. */
import { expect } from 'chai';
import type { Check } from '../../../adapters/tool.ts';
import type { Themes } from '../index.ts';
import { look, newMember, newProject } from '../world.ts';

export function doctorTests({ describe, it, itWhere, world, declared }: Themes): void {
  const { capabilities: can } = declared;
  const expectReadable = (checks: readonly Check[]): void => {
    expect(checks).to.not.deep.equal([]);
    expect(new Set(checks.map(({ id }) => id)).size).to.equal(checks.length);
    for (const { id, title, result, why, remedy } of checks) {
      expect(id).to.match(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(title, id).to.not.equal('');
      expect(why, id).to.not.equal('');
      expect(remedy === '', `${id}: ${result}, “${remedy}”`).to.equal(result === 'ok');
    }
  };

  describe('doctor', () => {
    it('finds no failure in a tool that is set up as documented', async () => {
      const project = await newProject(world());
      const checks = await world().adapter.check({ testRemoval: false, linkedProjectIds: [project] });
      expectReadable(checks);
      expect(checks.filter(({ result }) => result === 'failure')).to.deep.equal([]);
    });

    itWhere(can.tally || can.closeAccount, 'says what a missing database costs', async () => {
      const adapter = await world().open({ databaseUrl: undefined });
      const checks = await adapter.check({ testRemoval: false, linkedProjectIds: [] });
      expectReadable(checks);
      const { capabilities } = await adapter.describe();
      const isLess = capabilities.tally !== can.tally || capabilities.closeAccount !== can.closeAccount;
      const told = checks.filter(({ result }) => result !== 'ok');
      expect(told.length > 0, JSON.stringify(told)).to.equal(isLess);
    });

    it('proves removal with an account of its own, and touches nobody else', async () => {
      const project = await newProject(world());
      const member = await newMember(world(), [project]);
      const before = await look(world(), member);
      const checks = await world().adapter.check({ testRemoval: true, linkedProjectIds: [project] });
      expectReadable(checks);
      const withoutTest = await world().adapter.check({ testRemoval: false, linkedProjectIds: [project] });
      const proofs = checks.filter(({ id }) => !withoutTest.some((check) => check.id === id));
      expect(proofs).to.have.length(1);
      if (can.closeAccount) expect(proofs[0]).to.include({ result: 'ok' });
      expect(await look(world(), member)).to.deep.equal(before);
      expect(await world().driver.canWork(member.session, project)).to.equal(true);
    });
  });
}
