/** `move-store` to the other database and back, as docs/operations.md tells it: the same rows, and the story goes on after each move. */
import { expect } from 'chai';
import { linkIn, type Mailbox, recipients, startMailbox } from '../../plugin/dev/demo/mailbox.ts';
import { runCommand } from '../../plugin/dev/demo/plugin-process.ts';
import { waitFor } from '../../plugin/dev/demo/wait-for.ts';
import { submitForm } from '../../plugin/dev/demo/web-form.ts';
import { openDatabase } from '../../plugin/store/database.ts';
import { createProcessWorld, type ProcessWorld } from '../support/process-world.ts';
import { emptyDatabase, type StoreKind, storeKinds } from '../support/store.ts';
import { rowsOf } from '../support/store-rows.ts';

const PASSWORD = 'correct-horse-battery-41';
const MAIL_WITHIN_MS = 60_000;

for (const first of storeKinds) {
  const second: StoreKind = first === 'sqlite' ? 'postgres' : 'sqlite';
  describe(`a store that is moved from ${first} to ${second} and back`, function () {
    this.timeout(240_000);
    let world: ProcessWorld;
    let mailbox: Mailbox;
    let jobId: string;
    let url: string;
    const removals: (() => Promise<void>)[] = [];
    const contracts = new Map<string, string>();

    before(async () => {
      world = await createProcessWorld(first);
      mailbox = await startMailbox();
      Object.assign(world.environment, { SMTP_URL: mailbox.url, MAIL_FROM: 'labels@example.com' });
      jobId = await world.linkedJob();
      url = world.storeUrl;
    });
    after(async () => {
      await mailbox?.close();
      await world?.close();
      for (const remove of removals) await remove();
    });

    const settings = () => ({ ...world.environment, DATABASE_URL: url });
    const hire = async (name: string): Promise<string> => {
      const workEmail = `${name}@opentrain.work`;
      const { opentrainUserId } = world.sandbox.control.createTrainer({ displayName: name, workEmail });
      contracts.set(name, world.sandbox.control.hire({ jobId, trainerId: opentrainUserId }).id);
      return linkIn(await mailbox.mailTo(workEmail, { timeoutMs: MAIL_WITHIN_MS }), world.pluginUrl);
    };
    const accept = async (link: string) =>
      expect((await submitForm(link, { password: PASSWORD })).status).to.be.below(400);
    const states = async (): Promise<Record<string, string>> => {
      const { trainers }: { trainers: { workEmail: string; state: string }[] } = JSON.parse(
        (await runCommand(['status', '--json'], settings())).output,
      );
      return Object.fromEntries(trainers.map(({ workEmail, state }) => [workEmail.split('@')[0], state]));
    };
    const rows = async (of: string) => {
      const database = openDatabase(of);
      try {
        return await rowsOf(database);
      } finally {
        await database.destroy();
      }
    };
    /** Moves the store by the command, and compares each row of the two. */
    async function moveTo(kind: StoreKind): Promise<void> {
      const target = await emptyDatabase(kind);
      removals.push(target.remove);
      const before = await rows(url);
      const { exitCode, output, errors } = await runCommand(['move-store', target.url], settings());
      expect(exitCode, errors).to.equal(0);
      expect(output).to.match(/Copied and verified [\d,]+ rows/);
      expect(await rows(url), 'the old store is as it was').to.deep.equal(before);
      expect(await rows(target.url)).to.deep.equal(before);
      expect(Object.values(before).flat().length).to.be.above(20);
      url = target.url;
    }

    it('takes along who is in and who is invited: an older link is accepted, and an end is carried out', async () => {
      const running = await world.start(settings());
      await waitFor('the endpoint', () => world.sandbox.state.endpoints.size === 1);
      await accept(await hire('ada'));
      const ben = await hire('ben');
      expect(await running.stop()).to.equal(0);

      await moveTo(second);
      const moved = await world.start(settings());
      expect(await states()).to.deep.equal({ ada: 'active', ben: 'invited' });
      await accept(ben);
      await hire('cleo');
      world.sandbox.control.endContract(contracts.get('ada') ?? '');
      await waitFor('Ada to be out', async () => (await states()).ada === 'revoked', MAIL_WITHIN_MS);
      expect(await moved.stop()).to.equal(0);
    });

    it('comes back with what happened meanwhile, and invites nobody twice', async () => {
      await moveTo(first);
      const back = await world.start(settings());
      await hire('dora');
      expect(await states()).to.deep.equal({ ada: 'revoked', ben: 'active', cleo: 'invited', dora: 'invited' });
      expect(await back.stop()).to.equal(0);
      const invitations = mailbox.mails.flatMap(recipients).sort();
      expect(invitations).to.deep.equal(['ada', 'ben', 'cleo', 'dora'].map((name) => `${name}@opentrain.work`));
    });
  });
}
