import { createServer, type Server } from 'node:net';
import { expect } from 'chai';
import { z } from 'zod';
import { ToolRefused, ToolUnavailable } from '../../../adapters/errors.ts';
import { createMailer } from '../../../plugin/mail/mailer.ts';
import { Disconnected, OpenTrainRefused, OpenTrainUnavailable, TokenRefused } from '../../../plugin/platform/errors.ts';
import { askedWait, backOff, dependencyOf } from '../../../plugin/queue/failure.ts';
import { loadSettings } from '../../../plugin/settings/settings.ts';
import { thrownBy } from '../../support/thrown.ts';

const refused = (status: number): OpenTrainRefused =>
  new OpenTrainRefused({ call: 'GET /x', status, code: '', message: 'no', requestId: null });

/** A mail server that behaves like this to everybody who connects. */
async function mailServer(greet: (write: (text: string) => void, hangUp: () => void) => void): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    greet(
      (text) => void socket.write(text),
      () => socket.destroy(),
    );
    socket.on('data', (chunk) => socket.write(/^RCPT/.test(String(chunk)) ? '550 nobody here\r\n' : '250 fine\r\n'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function portOf(server: Server): number {
  return z.object({ port: z.number() }).parse(server.address()).port;
}

async function mailFailure(port: number): Promise<Error> {
  const environment = {
    OPENTRAIN_PARTNER_TOKEN: 'ot_ptk_x',
    TOOL_ADAPTER: 'label-studio',
    TOOL_BASE_URL: 'http://127.0.0.1:1',
    TOOL_API_TOKEN: 'none',
    SMTP_URL: `smtp://127.0.0.1:${port}?greetingTimeout=200`,
    MAIL_FROM: 'labels@example.com',
  };
  const mailer = createMailer(loadSettings({ environment }));
  if (!mailer) throw new Error('there is no mailer');
  const failure = await thrownBy(mailer.send({ to: 'ada@opentrain.work', subject: 'x', text: 'y', messageId: 'z' }));
  mailer.close();
  return failure;
}

describe('what a failure means', () => {
  it('OpenTrain away, or our token refused: everything that needs OpenTrain waits', () => {
    expect(dependencyOf(new OpenTrainUnavailable('GET /x', 'away'))).to.equal('opentrain');
    expect(dependencyOf(new Disconnected('revoked'))).to.equal('opentrain');
    expect(dependencyOf(new TokenRefused('the install is REVOKED'))).to.equal('opentrain');
    expect(dependencyOf(refused(401))).to.equal('opentrain');
  });

  it('one call refused by OpenTrain or the tool is about that piece of work', () => {
    for (const status of [400, 403, 404, 409]) expect(dependencyOf(refused(status))).to.equal(null);
    expect(dependencyOf(new ToolRefused('no such project', 'unlink it'))).to.equal(null);
    expect(dependencyOf(new Error('anything else'))).to.equal(null);
  });

  it('the tool away', () => {
    expect(dependencyOf(new ToolUnavailable('away'))).to.equal('tool');
    expect(dependencyOf(new AggregateError([new Error('x'), new ToolUnavailable('away')]))).to.equal('tool');
  });

  it('a mail server that is away, silent, hangs up or is too busy: mail waits', async () => {
    const servers = [
      await mailServer((_write, hangUp) => hangUp()),
      await mailServer(() => undefined),
      await mailServer((write) => write('421 too busy\r\n')),
    ];
    for (const server of servers) expect(dependencyOf(await mailFailure(portOf(server)))).to.equal('mail');
    for (const server of servers) server.close();
    expect(dependencyOf(await mailFailure(1))).to.equal('mail');
  });

  it('a mail server that refuses one recipient is about that mail', async () => {
    const server = await mailServer((write) => write('220 hello\r\n'));
    expect(dependencyOf(await mailFailure(portOf(server)))).to.equal(null);
    server.close();
  });

  it('a database that does not answer is not taken for a mail server', () => {
    expect(dependencyOf(Object.assign(new Error('connect ETIMEDOUT'), { code: 'ETIMEDOUT' }))).to.equal(null);
    expect(dependencyOf(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }))).to.equal(null);
  });
});

describe('back-off', () => {
  it('doubles from two seconds to a quarter of an hour, with jitter', () => {
    expect([0, 1, 2, 3].map((attempts) => backOff(attempts, 1))).to.deep.equal([2_000, 4_000, 8_000, 16_000]);
    expect(backOff(1, 0)).to.equal(2_000);
    expect(backOff(50, 1)).to.equal(900_000);
    expect(backOff(50, 1, 60_000)).to.equal(60_000);
  });

  it('waits as long as OpenTrain asked, and no other failure asks for a wait', () => {
    expect(askedWait(new OpenTrainUnavailable('GET /x', 'later', { retryAfterMs: 7_000 }))).to.equal(7_000);
    expect(askedWait(new OpenTrainUnavailable('GET /x', 'down'))).to.equal(0);
    expect(askedWait(refused(404))).to.equal(0);
  });
});
