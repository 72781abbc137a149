import { expect } from 'chai';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { freePort } from '../../../plugin/dev/demo/world.ts';
import { AdminError } from '../../../plugin/errors.ts';
import { createMailer } from '../../../plugin/mail/mailer.ts';
import { conversationOf } from '../../../plugin/mail/sender-check.ts';
import { loadSettings } from '../../../plugin/settings/settings.ts';
import { thrownBy } from '../../support/thrown.ts';

describe('the check of the mail server', () => {
  let server: SMTPServer;
  let port: number;
  let heard: string[];

  async function serve(options: SMTPServerOptions = {}): Promise<void> {
    heard = [];
    server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: ({ password }, _session, done) => {
        if (password !== 'a/b+c#d') return done(new Error('wrong password'));
        done(null, { user: 'AKIA' });
      },
      onMailFrom: ({ address }, _session, done) => {
        heard.push(`from ${address}`);
        done(address.endsWith('@verified.example') ? null : new Error('554 Message rejected: address is not verified'));
      },
      onRcptTo: ({ address }, _session, done) => {
        heard.push(`to ${address}`);
        done(address.startsWith('nobody') ? new Error('550 no such user') : null);
      },
      onData: (stream, _session, done) => {
        heard.push('data');
        stream.resume().on('end', () => done());
      },
      ...options,
    });
    server.on('error', () => {});
    port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  }
  afterEach(() => new Promise<void>((resolve) => server.close(() => resolve())));

  function verify(mail: Record<string, string>): Promise<void> {
    const environment = {
      TOOL_BASE_URL: 'http://tool',
      TOOL_API_TOKEN: 'x',
      SMTP_URL: `smtp://AKIA:a/b+c#d@127.0.0.1:${port}`,
      MAIL_FROM: 'Labels <labels@verified.example>',
      ...mail,
    };
    const mailer = createMailer(loadSettings({ environment }));
    if (!mailer) throw new Error('there is no mailer');
    return mailer.verify().finally(() => mailer.close());
  }

  async function refusal(mail: Record<string, string>): Promise<AdminError> {
    const error = await thrownBy(verify(mail));
    if (!(error instanceof AdminError)) throw error;
    return error;
  }

  it('names sender and recipient, and sends nothing', async () => {
    await serve();
    await verify({ REPORT_TO: 'ops@example.com, lead@example.com' });
    expect(heard).to.deep.equal(['from labels@verified.example', 'to ops@example.com']);
  });

  it("tells a sender that the server does not take, in the server's words", async () => {
    await serve();
    const { message, remedy } = await refusal({ MAIL_FROM: 'labels@example.com' });
    expect(message).to.match(/from MAIL_FROM.*address is not verified/);
    expect(remedy).to.include('MAIL_FROM');
  });

  it('tells a recipient that the server does not take', async () => {
    await serve();
    expect((await refusal({ REPORT_TO: 'nobody@example.com' })).message).to.match(/for REPORT_TO.*no such user/);
  });

  it('tells a wrong password without printing it', async () => {
    await serve();
    const { message, remedy } = await refusal({ SMTP_URL: `smtp://AKIA:hunter22@127.0.0.1:${port}` });
    expect(message).to.include('refuses us');
    expect(remedy).to.include('SMTP_URL');
    expect(message + remedy).not.to.include('hunter22');
  });

  it('tells a server that is not there', async () => {
    await serve();
    const { remedy } = await refusal({ SMTP_URL: `smtp://127.0.0.1:${await freePort()}` });
    expect(remedy).to.include('SMTP_URL');
  });

  it('says when the installed nodemailer speaks otherwise than the check knows', async () => {
    const error = await thrownBy(Promise.resolve().then(() => conversationOf({ _sendCommand: 'not a function' })));
    expect(error).to.be.instanceOf(AdminError).and.have.property('message').that.includes('another version');
  });
});
