/** The console's buttons for accounts: each is found on the page, and pressed with what the page gives it. */
import { expect } from 'chai';
import { WHOLE_TOOL } from '../../../adapters/tool.ts';
import { firstStart } from '../../../plugin/access/first-start.ts';
import { lookForNewAccounts } from '../../../plugin/access/new-accounts.ts';
import { mailOf } from '../../support/access-world.ts';
import { storeKinds } from '../../support/store.ts';
import { WebWorld } from '../../support/web-world.ts';

const TRAINERS = '/console/trainers';

for (const kind of storeKinds) {
  describe(`the console’s buttons for accounts on ${kind}`, () => {
    let world: WebWorld;
    let cookie: string;
    beforeEach(async () => {
      world = await WebWorld.open(kind);
      await world.access.connect();
      await world.access.link('link', 'job', '1');
      cookie = await world.signIn();
    });
    afterEach(() => world.close());

    /** Presses the button with this label: posts its form's own fields to its form's own address. */
    async function press(label: string): Promise<Response> {
      const page = await world.page(TRAINERS, cookie);
      const forms = page.match(/<form[\s\S]*?<\/form>/g) ?? [];
      const form = forms.find((candidate) => candidate.includes(`aria-label="${label}"`));
      if (!form) throw new Error(`${TRAINERS} has no button “${label}”`);
      const action = /action="([^"]+)"/.exec(form)?.[1] ?? '';
      const fields = [...form.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [
        name,
        value,
      ]);
      return world.post(action, Object.fromEntries(fields), { cookie });
    }

    it('close an account that nobody knows, or know it as a colleague’s', async () => {
      await firstStart(world.access.context);
      world.access.later(3_600_000);
      const stranger = world.access.tool.add('stranger@example.com', { places: [WHOLE_TOOL], keys: new Set(['a']) });
      const colleague = world.access.tool.add('colleague@example.com', { places: [WHOLE_TOOL] });
      await lookForNewAccounts(world.access.context);
      expect((await press('Close the account stranger@example.com')).status).to.equal(303);
      expect(stranger).to.include({ closed: true });
      expect(stranger.keys.size).to.equal(0);
      expect((await press('A colleague’s account: colleague@example.com')).status).to.equal(303);
      expect(colleague).to.include({ closed: false });
      const page = await world.page(TRAINERS, cookie);
      expect(page).not.to.include('stranger@example.com').and.not.to.include('colleague@example.com');
      const causes = (await world.access.context.database('audit_log').where({ action: 'close-account' })).map(
        (row: { cause: string }) => row.cause,
      );
      expect(causes).to.deep.equal(['console link']);
    });

    it('confirm that an account from before is a trainer’s', async () => {
      world.access.tool.capabilities = { ...world.access.tool.capabilities, endKeys: false };
      world.access.tool.add(mailOf('ann'), { places: [WHOLE_TOOL] });
      world.access.later(3_600_000);
      await firstStart(world.access.context);
      await world.access.hire('contract', 'job', 'ann');
      await world.access.converge();
      expect(await world.access.state('ann')).to.equal('* blocked account-not-ours');
      expect((await press('The account is theirs: Name of ann')).status).to.equal(303);
      expect(await world.access.state('ann')).to.equal('* active');
    });
  });
}
