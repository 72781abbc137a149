/** A store that a released version left, upgraded by this one: what was known stays true, and the story goes on. */
import { expect } from 'chai';
import { pino } from 'pino';
import { z } from 'zod';
import { type Mailbox, recipients, startMailbox } from '../../plugin/dev/demo/mailbox.ts';
import { waitFor } from '../../plugin/dev/demo/wait-for.ts';
import sorter from '../conformance/example-tool/adapter.ts';
import { createProcessWorld, type ProcessWorld } from '../support/process-world.ts';
import { storeKinds } from '../support/store.ts';
import { releasedSchemas, writeStoredExample } from '../support/stored-example.ts';

const PASSWORD = 'correct-horse-battery-41';
const statusSchema = z.object({
  trainers: z.array(z.object({ workEmail: z.string().nullable(), state: z.string() })),
});

for (const schema of releasedSchemas)
  for (const kind of storeKinds)
    describe(`a store of schema ${schema} on ${kind}, upgraded`, function () {
      this.timeout(120_000);
      let world: ProcessWorld;
      let mailbox: Mailbox;
      let contracts: Record<string, string>;
      let jobId: string;

      before(async () => {
        world = await createProcessWorld(kind);
        mailbox = await startMailbox();
        Object.assign(world.environment, { SMTP_URL: mailbox.url, MAIL_FROM: 'labels@example.com' });
        jobId = await world.linkedJob();
        contracts = {};
        const ids: Record<string, string> = { job: jobId, ...connection(world) };
        for (const name of ['ada', 'ben', 'cleo']) {
          const { trainerId, contractId } = hire(name);
          contracts[name] = contractId;
          Object.assign(ids, { [`trainer-${name}`]: trainerId, [`contract-${name}`]: contractId });
        }
        world.sandbox.control.endContract(contracts.cleo ?? '');
        await writeStoredExample(world.storeUrl, schema, ids);
        await toolAccounts(world);
      });
      after(async () => {
        await mailbox?.close();
        await world?.close();
      });

      const hire = (name: string) => {
        const workEmail = `${name}@opentrain.work`;
        const { opentrainUserId } = world.sandbox.control.createTrainer({ displayName: name, workEmail });
        const { id } = world.sandbox.control.hire({ jobId, trainerId: opentrainUserId });
        return { trainerId: opentrainUserId, contractId: id };
      };
      const states = async (): Promise<Record<string, string>> => {
        const { output, errors } = await world.command('status', '--json');
        expect(errors).to.equal('');
        const { trainers } = statusSchema.parse(JSON.parse(output));
        return Object.fromEntries(trainers.map(({ workEmail, state }) => [workEmail ?? '', state]));
      };

      it('keeps who is in, who is invited and who is out', async () => {
        expect((await world.command('migrate')).exitCode).to.equal(0);
        expect(await states()).to.deep.equal({
          'ada@opentrain.work': 'active',
          'ben@opentrain.work': 'invited',
          'cleo@opentrain.work': 'revoked',
        });
      });

      it('goes on: nobody is invited twice, who is hired is invited, whose contract ends is out', async () => {
        await world.start();
        await waitFor('its endpoint', () => world.sandbox.state.endpoints.size === 1);
        hire('dan');
        await mailbox.mailTo('dan@opentrain.work');
        world.sandbox.control.endContract(contracts.ada ?? '');
        await waitFor('Ada to be out', async () => (await states())['ada@opentrain.work'] === 'revoked');
        expect(mailbox.mails.flatMap(recipients).filter((address) => /^(ben|cleo)@/.test(address))).to.deep.equal([]);
        expect(await states()).to.deep.equal({
          'ada@opentrain.work': 'revoked',
          'ben@opentrain.work': 'invited',
          'cleo@opentrain.work': 'revoked',
          'dan@opentrain.work': 'invited',
        });
      });
    });

/** The ids of the connection and the link, and the addresses, in the sandbox of today. */
function connection({ sandbox, pluginUrl, environment }: ProcessWorld): Record<string, string> {
  const [install] = [...sandbox.state.installs.values()];
  const [link] = [...sandbox.state.links.values()];
  return {
    plugin: pluginUrl,
    tool: environment.TOOL_BASE_URL ?? '',
    install: install?.id ?? '',
    organization: install?.organizationId ?? '',
    link: link?.id ?? '',
  };
}

/** Ada's and Cleo's accounts in the tool, made in the order of the example, so that they have its ids. */
async function toolAccounts({ environment }: ProcessWorld): Promise<void> {
  const tool = await sorter.createAdapter({
    baseUrl: environment.TOOL_BASE_URL ?? '',
    publicUrl: environment.TOOL_BASE_URL ?? '',
    apiToken: environment.TOOL_API_TOKEN ?? '',
    databaseUrl: environment.TOOL_DATABASE_URL,
    log: pino({ level: 'silent' }),
  });
  const places = ['1'];
  for (const displayName of ['ada', 'cleo'])
    await tool.createMember({ email: `${displayName}@opentrain.work`, displayName, password: PASSWORD, places });
  const [cleo] = await tool.findAccounts([{ email: 'cleo@opentrain.work', toolUserId: null }]);
  await tool.revoke({ toolUserId: cleo?.toolUserId ?? '', email: 'cleo@opentrain.work', places, closeAccount: true });
  await tool.close();
}
