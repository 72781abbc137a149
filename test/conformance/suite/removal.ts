/** Removal: what is left afterwards is what the adapter says is left, for this person and for everybody else. */
import { expect } from 'chai';
import { ToolRefused } from '../../../adapters/errors.ts';
import type { Reach } from '../../../adapters/tool.ts';
import type { Themes } from '../index.ts';
import { startUnrulyProxy } from '../unruly-proxy.ts';
import {
  errorOf,
  look,
  type Member,
  newMember,
  newProject,
  placesOf,
  removeWholly,
  signedIn,
  tally,
} from '../world.ts';

export function removalTests({ describe, it, itWhere, world, declared }: Themes): void {
  const { capabilities: can } = declared;

  /** The adapter says that something is left exactly when something is left. */
  const expectTruth = (told: readonly Reach[], reached: readonly string[]): void => {
    expect(told.length > 0, `told: ${JSON.stringify(told)}; reached: ${reached.join(', ')}`).to.equal(
      reached.length > 0,
    );
    for (const reach of told) {
      expect(reach.what).to.not.equal('');
      expect(reach.remedy).to.not.equal('');
    }
  };

  const reachesOf = (member: Member, projects: readonly string[], ofTool: boolean): Promise<string[]> =>
    world().driver.reaches(member, member.session, projects, ofTool);

  describe('removal', () => {
    it('tells truly what somebody without any contract still reaches, with every key they could have kept', async () => {
      const projects = [await newProject(world()), await newProject(world())];
      const member = await newMember(world(), projects);
      const told = await removeWholly(world(), member, projects);
      const reached = await reachesOf(member, projects, true);
      expectTruth(told, reached);
      if (can.closeAccount) expect(reached).to.deep.equal([]);
      expect((await look(world(), member)).places).to.deep.equal([]);
    });

    it('tells truly what is left when only the API is at hand', async () => {
      const project = await newProject(world());
      const member = await newMember(world(), [project]);
      const adapter = await world().open({ databaseUrl: undefined });
      const { capabilities, remedies } = await adapter.describe();
      expectTruth(await removeWholly(world(), member, [project], adapter), await reachesOf(member, [project], true));
      expect(await world().driver.canWork(member.session, project)).to.equal(false);
      if (!capabilities.closeAccount) expect(remedies.closeAccount).to.be.a('string').and.not.equal('');
    });

    itWhere(can.accessLevel === 'project', 'takes one project away and leaves the others', async () => {
      const [kept, taken] = [await newProject(world()), await newProject(world())];
      const member = await newMember(world(), [kept, taken]);
      const removal = { ...member.account, email: member.email, places: [taken], closeAccount: false };
      const told = await world().adapter.revoke(removal);
      expect(await world().driver.canWork(member.session, kept)).to.equal(true);
      expect(await world().driver.canWork(member.session, taken)).to.equal(false);
      expect((await look(world(), member)).places).to.deep.equal([kept]);
      expectTruth(told, await reachesOf(member, [taken], false));
      await signedIn(world(), member);
    });

    it('gives the same answer when it is asked for again', async () => {
      const project = await newProject(world());
      const member = await newMember(world(), [project]);
      const first = await removeWholly(world(), member, [project]);
      expect(await removeWholly(world(), member, [project])).to.deep.equal(first);
    });

    it('has nothing to do for somebody who has no account', async () => {
      const project = await newProject(world());
      const removal = { toolUserId: '99999999', email: 'nobody@opentrain.work', closeAccount: true };
      expect(await world().adapter.revoke({ ...removal, places: placesOf(world(), [project]) })).to.deep.equal([]);
    });

    it('leaves everybody else as they were, in the same project and while others are removed too', async () => {
      const project = await newProject(world(), 20);
      const members = await Promise.all(Array.from({ length: 10 }, () => newMember(world(), [project])));
      const staying = members.filter((_, index) => index % 2 === 0);
      const leaving = members.filter((_, index) => index % 2 === 1);
      const before = await Promise.all(staying.map((member) => look(world(), member)));
      await Promise.all(leaving.map((member) => removeWholly(world(), member, [project])));
      expect(await Promise.all(staying.map((member) => look(world(), member)))).to.deep.equal(before);
      for (const member of staying) {
        expect(await world().driver.canWork(member.session, project), member.email).to.equal(true);
      }
      for (const member of leaving) {
        expect(await world().driver.canWork(member.session, project), member.email).to.equal(false);
      }
    });

    itWhere(can.tally, 'erases no work', async () => {
      const project = await newProject(world());
      const member = await newMember(world(), [project]);
      await world().driver.annotate(member.session, project, { task: 0, seconds: 30 });
      const before = await tally(world(), [project]);
      await removeWholly(world(), member, [project]);
      expect(before).to.have.length(1);
      expect(await tally(world(), [project])).to.deep.equal(before);
    });

    it('never changes whoever runs the tool', async () => {
      const project = await newProject(world());
      const { admin } = world().target;
      // Some tools tell by the last sign-in whether an account has a password.
      await signedIn(world(), admin);
      const [account] = await world().adapter.findAccounts([{ toolUserId: null, email: admin.email }]);
      if (!account) return expect.fail('the admin is not found');
      expect(account.privileged).to.equal(true);
      const { toolUserId } = account;
      const removal = { toolUserId, email: admin.email, places: placesOf(world(), [project]), closeAccount: true };
      expect(await errorOf(world().adapter.revoke(removal))).to.be.instanceOf(ToolRefused);
      if (can.setPassword) {
        const change = world().adapter.setPassword({ toolUserId, password: 'Another-password-1' });
        expect(await errorOf(change)).to.be.instanceOf(ToolRefused);
      }
      await signedIn(world(), admin);
      expect(await world().adapter.findAccounts([{ toolUserId, email: admin.email }])).to.deep.equal([account]);
    });

    for (const behaviour of ['refuse-changes', 'pretend-changes'] as const) {
      it(`is never told as a success when the tool failed to do it (${behaviour})`, async () => {
        const project = await newProject(world());
        const member = await newMember(world(), [project]);
        const proxy = await startUnrulyProxy(world().target.baseUrl);
        try {
          const adapter = await world().open({ baseUrl: proxy.url });
          await adapter.describe();
          proxy.behave(behaviour);
          const told = await removeWholly(world(), member, [project], adapter).catch((error: unknown) => error);
          if (!(told instanceof Error)) expect(told).to.not.deep.equal([]);
        } finally {
          await proxy.stop();
        }
        await removeWholly(world(), member, [project]);
        expect((await look(world(), member)).places).to.deep.equal([]);
      });
    }
  });
}
