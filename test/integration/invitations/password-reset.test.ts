import { expect } from 'chai';
import { PasswordRefused, ToolRefused, ToolUnavailable } from '../../../adapters/errors.ts';
import { WHOLE_TOOL } from '../../../adapters/tool.ts';
import { acceptInvitation } from '../../../plugin/invitations/invitations.ts';
import { readPasswordReset, requestPasswordReset, resetPassword } from '../../../plugin/invitations/password-reset.ts';
import { type AccessWorld, GOOD_PASSWORD, mailOf, useAccessWorld } from '../../support/access-world.ts';
import { storeKinds } from '../../support/store.ts';
import { thrownBy } from '../../support/thrown.ts';

const NEW_PASSWORD = 'eleven quiet harbours';
const HOUR_MS = 60 * 60 * 1000;

for (const kind of storeKinds) {
  describe(`a forgotten password (${kind})`, () => {
    let world: AccessWorld;
    useAccessWorld(kind, async (opened) => {
      world = opened;
      await world.link('link', 'job', '1');
      await world.hire('contract', 'job', 'ann');
      await world.converge();
      await world.work();
      await acceptInvitation(world.context, world.token('ann'), GOOD_PASSWORD);
      await world.work();
      world.mails.length = 0;
    });

    const request = (email = mailOf('ann')) => requestPasswordReset(world.context, email);
    const token = () => world.token('ann', 'password');

    it('is replaced through a link mailed to the Work Email of a trainer with access', async () => {
      await request(` ${mailOf('ann').toUpperCase()} `);
      await world.work();
      expect(world.mails.map(({ to }) => to)).to.deep.equal([mailOf('ann')]);
      expect(await readPasswordReset(world.context, token())).to.deep.equal({
        state: 'open',
        workEmail: mailOf('ann'),
        signInName: mailOf('ann'),
      });
      const done = await resetPassword(world.context, token(), NEW_PASSWORD);
      expect(done).to.deep.equal({
        result: 'done',
        workEmail: mailOf('ann'),
        signInName: mailOf('ann'),
        signInUrl: 'https://tool.example.com/sign-in',
      });
      expect(world.tool.canWork(mailOf('ann'), NEW_PASSWORD, WHOLE_TOOL)).to.equal(true);
      expect((await world.audit()).slice(-2)).to.deep.equal(['request-password ann – → –', 'reset-password ann – → –']);
    });

    it('gets no mail for anybody else: unknown, a colleague, not yet joined, or removed', async () => {
      world.tool.add('colleague@example.com', { places: [WHOLE_TOOL] });
      await world.hire('contract of bob', 'job', 'bob');
      await world.converge();
      await world.end('contract', 'job');
      await world.converge();
      await world.work();
      world.mails.length = 0;
      for (const email of ['nobody@opentrain.work', 'colleague@example.com', mailOf('bob'), mailOf('ann'), 'rubbish']) {
        await request(email);
      }
      await world.work();
      expect(world.mails).to.deep.equal([]);
    });

    it('takes as long to ask for, whether the address is known or not, and answers the same', async () => {
      for (const email of [mailOf('ann'), 'nobody@opentrain.work']) {
        const start = performance.now();
        expect(await request(email)).to.equal(undefined);
        expect(performance.now() - start).to.be.at.least(240);
      }
    });

    it('is asked for without asking the tool, whoever it is for: a tool that never answers keeps nobody waiting', async () => {
      const asked: string[] = [];
      const silent = new Promise<never>(() => undefined);
      world.use({
        describeTool: () => {
          asked.push('describe');
          return silent;
        },
      });
      world.tool.before = (call) => {
        asked.push(call);
        return silent;
      };
      for (const email of [mailOf('ann'), 'nobody@opentrain.work']) await request(email);
      expect(asked).to.deep.equal([]);
    });

    it('is not slower to ask for while the tool is slow, and its mail waits for the tool', async () => {
      const describeTool = world.context.describeTool;
      world.use({ describeTool: () => Promise.reject(new ToolUnavailable('it does not answer')) });
      await requestPasswordReset(world.context, mailOf('ann'));
      await thrownBy(world.work());
      world.use({ describeTool });
      world.later(120_000);
      await world.work();
      expect(world.token('ann', 'password')).to.be.a('string');
    });

    it('gets at most three mails an hour', async () => {
      await Promise.all([request(), request(), request(), request(), request()]);
      await world.work();
      expect(world.mails).to.have.length(3);
      world.later(HOUR_MS);
      await request();
      await world.work();
      expect(world.mails).to.have.length(4);
    });

    it('is replaced once: a used link, and every older one, says so', async () => {
      await request();
      await world.work();
      const older = token();
      await request();
      await world.work();
      await resetPassword(world.context, token(), NEW_PASSWORD);
      for (const used of [older, token()]) {
        expect(await readPasswordReset(world.context, used)).to.include({ state: 'used' });
        expect(await resetPassword(world.context, used, 'yet another passphrase')).to.include({ reason: 'used' });
      }
      expect(world.tool.canWork(mailOf('ann'), NEW_PASSWORD, WHOLE_TOOL)).to.equal(true);
    });

    it('is replaced once when a link is used twice at the same moment', async () => {
      await request();
      await world.work();
      const results = await Promise.all([1, 2, 3].map(() => resetPassword(world.context, token(), NEW_PASSWORD)));
      expect(results.filter(({ result }) => result === 'done')).to.have.length(1);
    });

    it('cannot be replaced after an hour', async () => {
      await request();
      await world.work();
      world.later(HOUR_MS);
      expect(await readPasswordReset(world.context, token())).to.include({ state: 'expired' });
      expect(await resetPassword(world.context, token(), NEW_PASSWORD)).to.include({ reason: 'expired' });
    });

    it('cannot be replaced after the access has ended', async () => {
      await request();
      await world.work();
      await world.end('contract', 'job');
      await world.converge();
      expect(await resetPassword(world.context, token(), NEW_PASSWORD)).to.include({ reason: 'void' });
      expect(world.tool.byEmail(mailOf('ann'))).to.include({ password: GOOD_PASSWORD, closed: true });
    });

    it('keeps its link when the new one is weak or the tool is away', async () => {
      await request();
      await world.work();
      expect(await resetPassword(world.context, token(), 'short')).to.include({ reason: 'weak-password' });
      world.tool.before = () => {
        throw new ToolUnavailable('away');
      };
      expect(await resetPassword(world.context, token(), NEW_PASSWORD)).to.include({ reason: 'tool-down' });
      world.tool.before = () => undefined;
      expect(await resetPassword(world.context, token(), NEW_PASSWORD)).to.include({ result: 'done' });
    });

    it('passes on what the tool says of the password, and tells a refusal from a tool that is down', async () => {
      await request();
      await world.work();
      const said = (error: Error) => {
        world.tool.before = (call) => {
          if (call === 'setPassword') throw error;
        };
        return resetPassword(world.context, token(), NEW_PASSWORD);
      };
      const words = 'This password is too common.';
      expect(await said(new PasswordRefused(words))).to.include({ reason: 'weak-password', message: words });
      expect(await said(new ToolRefused('no right', 'GRANT it'))).to.include({ reason: 'tool-refused' });
      world.tool.before = () => undefined;
      expect(await resetPassword(world.context, token(), NEW_PASSWORD)).to.include({ result: 'done' });
    });

    it('keeps its link while the tool’s database is away, and mails one all the same', async () => {
      const { capabilities } = world.tool;
      world.tool.databaseProblem = 'The tool’s database does not answer.';
      world.tool.capabilities = { ...capabilities, setPassword: false };
      await request();
      await world.work();
      expect(await readPasswordReset(world.context, token())).to.include({ state: 'open' });
      expect(await resetPassword(world.context, token(), NEW_PASSWORD)).to.include({ reason: 'tool-refused' });
      const { describeTool } = world.context;
      world.use({ describeTool: () => Promise.reject(new ToolUnavailable('away')) });
      expect(await readPasswordReset(world.context, token())).to.include({ state: 'open' });
      world.use({ describeTool });
      world.tool.databaseProblem = undefined;
      world.tool.capabilities = capabilities;
      expect(await resetPassword(world.context, token(), NEW_PASSWORD)).to.include({ result: 'done' });
    });

    it('names the account’s own sign-in name in the mail and on both pages', async () => {
      const account = world.tool.byEmail(mailOf('ann'));
      if (account) account.signInName = 'ann.2@opentrain.work';
      await request();
      await world.work();
      expect(world.mails[0]?.text).to.include('as ann.2@opentrain.work.');
      const signInName = 'ann.2@opentrain.work';
      expect(await readPasswordReset(world.context, token())).to.include({ signInName });
      expect(await resetPassword(world.context, token(), NEW_PASSWORD)).to.include({ result: 'done', signInName });
    });

    it('knows no invitation’s token, and no rubbish', async () => {
      world.mails.length = 0;
      await world.hire('contract of bob', 'job', 'bob');
      await world.converge();
      await world.work();
      for (const other of ['rubbish', world.token('bob')]) {
        expect(await readPasswordReset(world.context, other)).to.deep.equal({ state: 'unknown' });
      }
    });

    it('gets no mail where the tool cannot set passwords', async () => {
      world.tool.capabilities = { ...world.tool.capabilities, setPassword: false };
      await request();
      await world.work();
      expect(world.mails).to.deep.equal([]);
    });
  });
}
