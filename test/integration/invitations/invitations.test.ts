import { expect } from 'chai';
import jsonwebtoken from 'jsonwebtoken';
import { WHOLE_TOOL } from '../../../adapters/tool.ts';
import { invitationRows } from '../../../plugin/access/invitation-rows.ts';
import { sendInvitationMail } from '../../../plugin/invitations/invitation-mail.ts';
import {
  acceptInvitation,
  invitationUrl,
  readInvitation,
  resendInvitation,
} from '../../../plugin/invitations/invitations.ts';
import { createKeys } from '../../../plugin/keys.ts';
import { type AccessWorld, GOOD_PASSWORD, mailOf, useAccessWorld } from '../../support/access-world.ts';
import { recordingMailer } from '../../support/recording-mailer.ts';
import { storeKinds } from '../../support/store.ts';
import { thrownBy } from '../../support/thrown.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

for (const kind of storeKinds) {
  describe(`an invitation (${kind})`, () => {
    let world: AccessWorld;
    useAccessWorld(kind, async (opened) => {
      world = opened;
      await world.link('link', 'job', '1');
      await world.hire('contract', 'job', 'ann');
      await world.converge();
      await world.work();
    });

    const accept = (password = GOOD_PASSWORD) => acceptInvitation(world.context, world.token('ann'), password);
    const view = () => readInvitation(world.context, world.token('ann'));

    it('is mailed to the Work Email with a link to our page, as text and HTML, never with the tool’s own link', async () => {
      const [mail] = world.mails;
      expect(mail?.to).to.equal(mailOf('ann'));
      expect(mail?.subject).to.equal('Your access to Project 1');
      expect(mail?.text).to.contain('https://plugin.example.com/invitations/');
      expect(mail?.html).to.contain('href="https://plugin.example.com/invitations/');
      expect(`${mail?.text}${mail?.html}`).not.to.contain('tool.example.com');
      const [row] = await invitationRows(world.store.database);
      expect(mail?.messageId).to.equal(`invitation-${row?.id}`);
      expect(row?.mailed_at).to.equal(world.now);
    });

    it('escapes what comes from outside in the HTML form', async () => {
      await world.link('link x', 'job x', '<b>2</b>');
      await world.hire('contract x', 'job x', '<i>bob</i>', mailOf('bob'));
      await world.converge();
      await world.work();
      const mail = world.mails.at(-1);
      expect(mail?.text).to.contain('<b>2</b>').and.to.contain('<i>bob</i>');
      expect(mail?.html).to.contain('&lt;b&gt;2&lt;/b&gt;').and.not.to.contain('<i>bob</i>');
    });

    it('shows who it is for and which projects', async () => {
      expect(await view()).to.deep.equal({
        state: 'open',
        displayName: 'Name of ann',
        workEmail: mailOf('ann'),
        projects: [{ title: 'Project 1', url: 'https://tool.example.com/projects/1' }],
      });
    });

    it('makes the trainer a member under the Work Email and leads to the project', async () => {
      expect(await accept()).to.deep.equal({
        result: 'done',
        workEmail: mailOf('ann'),
        signInName: mailOf('ann'),
        projectUrl: 'https://tool.example.com/projects/1',
        signInUrl: 'https://tool.example.com/sign-in',
      });
      expect(world.tool.canWork(mailOf('ann'), GOOD_PASSWORD, WHOLE_TOOL)).to.equal(true);
      expect(await world.state('ann')).to.equal('* active');
      expect(await world.audit()).to.include('accept ann invited → active');
    });

    it('works once', async () => {
      await accept();
      expect(await accept('another good passphrase')).to.include({ result: 'refused', reason: 'used' });
      expect((await view()).state).to.equal('used');
      expect(world.tool.changes).to.have.length(1);
    });

    it('makes one account when it is sent twice at the same moment', async () => {
      const results = await Promise.all([accept(), accept(), accept()]);
      expect(results.filter(({ result }) => result === 'done')).to.have.length(1);
      expect(world.tool.accounts.size).to.equal(1);
    });

    it('refuses a weak password and stays open', async () => {
      const refusal = await accept('password');
      expect(refusal).to.include({ result: 'refused', reason: 'weak-password' });
      expect((await view()).state).to.equal('open');
      expect(world.tool.changes).to.deep.equal([]);
    });

    it('is dead in the moment the contract ends, before anything was done about it', async () => {
      await world.end('contract', 'job');
      expect((await view()).state).to.equal('void');
      expect(await accept()).to.include({ result: 'refused', reason: 'void' });
      await world.converge();
      expect(await accept()).to.include({ result: 'refused', reason: 'void' });
      expect(world.tool.accounts.size).to.equal(0);
    });

    it('is not mailed when the contract ended before the mail went out', async () => {
      await world.hire('contract of bob', 'job', 'bob');
      await world.converge();
      await world.end('contract of bob', 'job');
      await world.work();
      expect(world.mails.map(({ to }) => to)).to.deep.equal([mailOf('ann')]);
    });

    it('is mailed after all when the mail came due between the end of one contract and the start of the next', async () => {
      await world.link('link 2', 'job 2', '2');
      for (const [trainer, next] of [['bob', 'job'] as const, ['cleo', 'job 2'] as const]) {
        await world.hire(`first of ${trainer}`, 'job', trainer);
        await world.converge([trainer]);
        await world.end(`first of ${trainer}`, 'job');
        await world.work();
        expect(world.mails.at(-1)?.to).not.to.equal(mailOf(trainer));
        await world.hire(`second of ${trainer}`, next, trainer);
        await world.converge([trainer]);
        await world.work();
        expect(world.mails.filter(({ to }) => to === mailOf(trainer))).to.have.length(1);
      }
    });

    it('is mailed after all when its mail failed before, and was held back between two contracts', async () => {
      const { mailer } = world.context;
      await world.hire('first of bob', 'job', 'bob');
      await world.converge(['bob']);
      const refuse = () => Promise.reject(new Error('mailbox full'));
      world.use({ mailer: { ...recordingMailer([]), send: refuse } });
      await thrownBy(world.work());
      world.use({ mailer });
      world.later(60_000);
      await world.end('first of bob', 'job');
      await world.work();
      await world.hire('second of bob', 'job', 'bob');
      await world.converge(['bob']);
      await world.work();
      expect(world.mails.filter(({ to }) => to === mailOf('bob'))).to.have.length(1);
    });

    it('that only tells of access is mailed after all when it came due between two contracts', async () => {
      await accept();
      await world.end('contract', 'job');
      await world.converge(['ann']);
      await world.hire('second', 'job', 'ann');
      await world.converge(['ann']);
      await world.end('second', 'job');
      await world.work();
      await world.hire('third', 'job', 'ann');
      for (let time = 0; time < 2; time++) await world.settle();
      expect(world.mails.map(({ subject }) => subject)).to.deep.equal([
        'Your access to Project 1',
        'You have access to Project 1',
      ]);
    });

    it('expires after 14 days, and a new one goes to the same Work Email, one in ten minutes', async () => {
      const old = world.token('ann');
      world.later(14 * DAY_MS);
      expect((await view()).state).to.equal('expired');
      expect(await accept()).to.include({ result: 'refused', reason: 'expired' });
      for (let time = 0; time < 3; time++) await resendInvitation(world.context, old);
      await world.work();
      expect(world.mails.map(({ to }) => to)).to.deep.equal([mailOf('ann'), mailOf('ann')]);
      expect((await readInvitation(world.context, old)).state).to.equal('expired');
      world.later(10 * 60 * 1000);
      await resendInvitation(world.context, old);
      await world.work();
      expect(world.mails).to.have.length(3);
      expect(await accept()).to.include({ result: 'done' });
      await resendInvitation(world.context, old);
      await world.work();
      expect(world.mails).to.have.length(3);
    });

    it('is made anew when it expired before any mail went out', async () => {
      const { mailer } = world.context;
      world.use({ mailer: null });
      await world.hire('contract of bob', 'job', 'bob');
      await world.converge();
      await world.work();
      world.later(15 * DAY_MS);
      world.use({ mailer });
      await world.converge();
      await world.work();
      expect(await acceptInvitation(world.context, world.token('bob'), GOOD_PASSWORD)).to.include({ result: 'done' });
    });

    it('is not sent anew while it still works, nor when nothing is left that it could give', async () => {
      await resendInvitation(world.context, world.token('ann'));
      world.later(15 * DAY_MS);
      await world.end('contract', 'job');
      await resendInvitation(world.context, world.token('ann'));
      await world.work();
      expect(world.mails).to.have.length(1);
    });

    it('has one link that status can show when there is no mailer', async () => {
      const [row] = await invitationRows(world.store.database);
      const url = await invitationUrl(world.context, row?.id ?? '');
      expect(url).to.equal(`https://plugin.example.com/invitations/${world.token('ann')}`);
    });

    it('keeps a failed mail for a later try, and does not send a mail twice', async () => {
      const { mailer } = world.context;
      await world.hire('contract of bob', 'job', 'bob');
      await world.converge(['bob']);
      const [row] = await invitationRows(world.store.database, ['bob']);
      const id = row?.id ?? '';
      const failing = { send: async () => Promise.reject(new Error('451 later')), verify: async () => {}, close() {} };
      world.use({ mailer: failing });
      await thrownBy(sendInvitationMail(world.context, id));
      expect((await invitationRows(world.store.database, ['bob']))[0]).to.include({
        mail_error: '451 later',
        mailed_at: null,
      });
      world.use({ mailer });
      await world.store.database('queue_items').delete();
      await world.converge();
      expect(
        await world.store.database('queue_items').select('*'),
        'a convergence does not cut the wait short',
      ).to.deep.equal([]);
      await sendInvitationMail(world.context, id);
      await sendInvitationMail(world.context, id);
      expect(world.mails.filter(({ to }) => to === mailOf('bob'))).to.have.length(1);
      expect((await invitationRows(world.store.database, ['bob']))[0]).to.include({ mail_error: null });
    });

    it('knows no token but its own', async () => {
      const [row] = await invitationRows(world.store.database);
      const claims = { jti: row?.id ?? '', sub: 'ann', aud: 'invitation' };
      const forged = [
        'rubbish',
        '',
        jsonwebtoken.sign(claims, createKeys('another secret of another plugin').links[0]),
        jsonwebtoken.sign(claims, '', { algorithm: 'none' }),
        jsonwebtoken.sign({ ...claims, aud: 'password-reset' }, world.context.keys.links[0]),
        jsonwebtoken.sign({ ...claims, sub: 'bob' }, world.context.keys.links[0]),
        jsonwebtoken.sign({ ...claims, jti: 'other' }, world.context.keys.links[0]),
      ];
      for (const token of forged) {
        expect(await readInvitation(world.context, token)).to.deep.equal({ state: 'unknown' });
        expect(await acceptInvitation(world.context, token, GOOD_PASSWORD)).to.include({ reason: 'unknown' });
      }
    });
  });
}

/** A store that cannot be reached any more once the tool has done this call: as when the plugin dies there. */
