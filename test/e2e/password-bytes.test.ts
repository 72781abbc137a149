/** On the real tools a password is used with the very bytes that it was set with, by the acceptance page or by a reset. */
import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { pino } from 'pino';
import doccanoModule from '../../adapters/doccano/index.ts';
import labelStudioModule from '../../adapters/label-studio/index.ts';
import type { LocalTool } from '../../adapters/local-tool.ts';
import type { AdapterModule, ToolAdapter } from '../../adapters/tool.ts';
import { acceptInvitation } from '../../plugin/invitations/invitations.ts';
import { requestPasswordReset, resetPassword } from '../../plugin/invitations/password-reset.ts';
import type { ToolDriver } from '../conformance/driver.ts';
import { driveDoccano } from '../conformance/drivers/doccano.ts';
import { driveLabelStudio } from '../conformance/drivers/label-studio.ts';
import { AccessWorld, mailOf } from '../support/access-world.ts';
import { cacheDirectory, doccano } from '../support/doccano.ts';
import { labelStudio } from '../support/label-studio.ts';
import { type FreshStore, freshStore } from '../support/store.ts';

type TestTool = LocalTool & { pluginDatabaseUrl: string };

const tools: readonly [name: string, AdapterModule, () => Promise<TestTool>, (tool: TestTool) => ToolDriver][] = [
  ['Label Studio', labelStudioModule, () => labelStudio('sqlite'), driveLabelStudio],
  ['doccano', doccanoModule, () => doccano('sqlite'), (tool) => driveDoccano(tool, cacheDirectory)],
];

const long = 'correct horse battery staple, '.repeat(4).trim();
/** Passwords, each with one that differs from it in what a careless program drops or folds. */
const pairs: readonly [what: string, password: string, other: string][] = [
  ['letters of several alphabets', 'grüße an 密码 и кот', 'grusse an 密码 и кот'],
  ['an accent as a character of its own', 'cafe\u0301 lanterns purple', 'caf\u00e9 lanterns purple'],
  ['more than 72 bytes', long, Buffer.from(long).subarray(0, 72).toString()],
  ['double spaces and signs', 'purple  <lanterns> & "seven" +%20', 'purple <lanterns> & "seven" +%20'],
];

for (const [name, module, start, drive] of tools) {
  describe(`the bytes of a password in a real ${name}`, function () {
    this.timeout(180_000);
    let adapter: ToolAdapter;
    let driver: ToolDriver;
    let store: FreshStore;
    let world: AccessWorld;

    before(async () => {
      const tool = await start();
      const { baseUrl, apiToken, pluginDatabaseUrl: databaseUrl } = tool;
      const log = pino({ level: 'silent' });
      adapter = await module.createAdapter({ baseUrl, publicUrl: baseUrl, apiToken, databaseUrl, log });
      driver = drive(tool);
      store = await freshStore('sqlite');
      world = await AccessWorld.open(store);
      world.useTool(adapter);
      await world.connect();
      await world.link('link', 'job', await driver.createProject('Bytes of passwords', 1));
    });
    after(async () => {
      await adapter.close();
      await driver.close();
      await store.drop();
    });

    for (const [what, password, other] of pairs) {
      it(`are kept: ${what}`, async () => {
        const trainer = `ann.${randomBytes(4).toString('hex')}`;
        const email = mailOf(trainer);
        const opens = async (tried: string) => (await driver.signIn({ email, password: tried })) !== null;
        await world.hire(`contract of ${trainer}`, 'job', trainer);
        await world.settle();
        const accepted = await acceptInvitation(world.context, world.token(trainer), password);
        expect(accepted).to.include({ result: 'done' });
        expect([await opens(password), await opens(other)]).to.deep.equal([true, false]);
        const replaced = `${password} again`.slice(-120);
        await requestPasswordReset(world.context, email);
        await world.work();
        const reset = await resetPassword(world.context, world.token(trainer, 'password'), replaced);
        expect(reset).to.include({ result: 'done' });
        expect([await opens(replaced), await opens(password)]).to.deep.equal([true, false]);
      });
    }
  });
}
