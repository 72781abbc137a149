/** `doctor` on a real tool: fine when all is fine, and each fault named with its remedy and exit code 1. */
import { expect } from 'chai';
import { z } from 'zod';
import type { Check } from '../../adapters/tool.ts';
import type { RunningPlugin } from '../../plugin/dev/demo/plugin-process.ts';
import { runCommand } from '../../plugin/dev/demo/plugin-process.ts';
import { waitFor } from '../../plugin/dev/demo/wait-for.ts';
import { freePort, type World } from '../../plugin/dev/demo/world.ts';
import { testWorld, toolNames } from '../support/worlds.ts';

const answerSchema = z.object({
  failures: z.number(),
  checks: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      result: z.enum(['ok', 'warning', 'failure']),
      why: z.string(),
      remedy: z.string(),
    }),
  ),
});

for (const tool of toolNames) {
  describe(`doctor on ${tool}`, function () {
    this.timeout(240_000);
    let world: World;
    let plugin: RunningPlugin;

    before(async () => {
      world = await testWorld({ tool, database: 'postgres' });
      const project = await world.people.createProject('Linked project', 1);
      const job = world.sandbox.control.createJob({ title: 'Job' });
      await world.command('link', project.id, job.id);
      plugin = await world.start();
      await waitFor('an endpoint', () => world.sandbox.state.endpoints.size > 0);
    });

    after(async () => {
      await plugin?.stop();
      await world?.close();
    });

    async function doctor(settings: Record<string, string> = {}, ...parameters: string[]) {
      const environment = { ...world.environment, ...settings };
      const { exitCode, output, errors } = await runCommand(['doctor', '--json', ...parameters], environment);
      const answer = answerSchema.safeParse(JSON.parse(output || '{}'));
      if (!answer.success) expect.fail(output + errors);
      const bad = answer.data.checks.filter(({ result }) => result !== 'ok');
      const find = (id: string): Check | undefined => answer.data.checks.find((check) => check.id === id);
      return { exitCode, find, bad, checks: answer.data.checks };
    }

    it('fails nothing when everything is right, even when it tries a removal', async () => {
      const { exitCode, bad } = await doctor({}, '--test-removal');
      expect(bad.filter(({ result }) => result === 'failure')).to.deep.equal([]);
      expect(exitCode).to.equal(0);
    });

    it('gives every line that is not ok a remedy', async () => {
      const { bad } = await doctor({ SMTP_URL: 'smtp://127.0.0.1:1', TOOL_DATABASE_URL: '' });
      expect(bad.length).to.be.greaterThan(1);
      for (const check of bad) expect(check.remedy, check.title).to.match(/\w+/);
    });

    it('names a mail server that is not there', async () => {
      const { exitCode, find } = await doctor({ SMTP_URL: `smtp://127.0.0.1:${await freePort()}` });
      expect(find('smtp')).to.include({ result: 'failure' });
      expect(exitCode).to.equal(1);
    });

    it('names a token that OpenTrain refuses', async () => {
      const { exitCode, find } = await doctor({ OPENTRAIN_PARTNER_TOKEN: 'ot_ptk_wrong' });
      expect(find('connection')?.why).to.include('does not accept the token');
      expect(exitCode).to.equal(1);
    });

    it('names a tool that is not there', async () => {
      const { exitCode, bad } = await doctor({ TOOL_BASE_URL: `http://127.0.0.1:${await freePort()}` });
      expect(bad.some(({ result }) => result === 'failure')).to.equal(true);
      expect(exitCode).to.equal(1);
    });

    it('names an endpoint that is disabled, and a public address that does not lead here', async () => {
      const [endpoint] = world.sandbox.state.endpoints.values();
      if (!endpoint) expect.fail('no endpoint');
      Object.assign(endpoint, { status: 'DISABLED', disabledReason: '10 consecutive failed deliveries' });
      try {
        expect((await doctor()).find('webhook-endpoint')).to.include({ result: 'failure' });
      } finally {
        Object.assign(endpoint, { status: 'ACTIVE', disabledReason: null });
      }
      await plugin.stop();
      expect((await doctor()).find('public-address')).to.include({ result: 'failure' });
      plugin = await world.start();
    });
  });
}
