import { expect } from 'chai';
import type { QueueItem } from '../../../plugin/queue/items.ts';
import { createHandlers } from '../../../plugin/service/handlers.ts';
import { postAlert, webhookBody } from '../../../plugin/status/alert-webhook.ts';
import { mailAlert, markAlerts } from '../../../plugin/status/alerts.ts';
import { type AccessWorld, useAccessWorld } from '../../support/access-world.ts';
import { fillBelievably } from '../../support/believable.ts';
import { storeKinds } from '../../support/store.ts';
import { thrownBy } from '../../support/thrown.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../../support/webhook-receiver.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

for (const kind of storeKinds) {
  describe(`alerts (${kind})`, () => {
    let world: AccessWorld;
    let receiver: WebhookReceiver;
    useAccessWorld(kind, (opened) => {
      world = opened;
    });
    beforeEach(async () => {
      receiver = await startWebhookReceiver();
      world.useSettings({ REPORT_TO: 'ops@example.com', ALERT_WEBHOOK_URL: receiver.url });
      await world.link('link', 'job', '1');
      await world.hire('contract', 'job', 'ann');
    });
    afterEach(() => receiver.close());

    const fail = (usage_problem: string | null) =>
      world.store.database('contracts').where({ id: 'contract' }).update({ usage_problem });
    const items = (): Promise<QueueItem[]> =>
      world.store.database<QueueItem>('queue_items').where('kind', 'like', 'alert-%').orderBy('kind').select('*');
    const waiting = async (): Promise<string[]> => (await items()).map((item) => `${item.kind} ${item.key}`);
    const texts = (): string[] => receiver.received.map(({ raw }) => JSON.parse(raw.toString()).text);

    it('are due for mail and webhook, once a day and matter, however often it is looked', async () => {
      await fail('held: too much would be taken away');
      for (let look = 0; look < 3; look++) await markAlerts(world.context);
      expect(await waiting()).to.deep.equal(['alert-mail usage of contract', 'alert-webhook usage of contract']);
      await world.store.database('queue_items').delete();
      world.later(DAY_MS - 1);
      await markAlerts(world.context);
      expect(await waiting()).to.deep.equal([]);
      world.later(1);
      await markAlerts(world.context);
      expect(await waiting()).to.have.length(2);
    });

    it('tell a partial removal and a budget that is used up', async () => {
      await fillBelievably(world);
      await markAlerts(world.context);
      const matters = (await items()).filter(({ kind: name }) => name === 'alert-mail');
      expect(matters.map(({ key }) => key.split(' of ')[0]).sort()).to.include.members(['budget', 'removal']);
    });

    it('are none while all is well', async () => {
      await markAlerts(world.context);
      expect(await waiting()).to.deep.equal([]);
    });

    it('tell an ended connection', async () => {
      await world.connect();
      await world.store.database('installs').update({ status: 'disconnected', disconnected_reason: 'revoked' });
      await markAlerts(world.context);
      expect(await waiting()).to.deep.equal(['alert-mail connection', 'alert-webhook connection']);
    });

    it('reach a real receiver with what is wrong, the remedy and the console', async () => {
      await fail('held <!channel> @all');
      await markAlerts(world.context);
      const handlers = createHandlers(world.context);
      for (const { kind: name, key, detail } of await items()) {
        await handlers[name]?.run(key, detail, new AbortController().signal);
      }
      const [text = ''] = texts();
      expect(text).to.match(
        /^Usage of Title of contract cannot be sent: held &lt;!channel&gt; @\u200ball\n.*sync --contract contract/,
      );
      expect(text).to.contain('https://plugin.example.com/console');
      expect(receiver.received[0]?.headers['content-type']).to.contain('application/json');
      expect(world.mails.map(({ to }) => to)).to.deep.equal(['ops@example.com']);
      expect(world.mails[0]?.subject).to.match(/^Needs you: Usage of Title of contract cannot be sent/);
    });

    it('fail without telling the address when the receiver refuses, redirects or is away, and are sent when it is back', async () => {
      const alert = { what: 'x', remedy: 'y' };
      for (const status of [500, 302, 404]) {
        receiver.answerWith(() => status);
        const error = await thrownBy(postAlert(world.context, alert));
        expect(String(error)).to.contain(String(status)).and.not.to.contain('/hook');
      }
      receiver.answerWith(() => 200);
      await postAlert(world.context, alert);
      expect(receiver.received).to.have.length(4);
      const { url } = receiver;
      await receiver.close();
      expect(String(await thrownBy(postAlert(world.context, alert))))
        .to.contain('does not answer')
        .and.not.contain(url);
      receiver = await startWebhookReceiver();
    });

    it('put nothing of a name on a line of its own in a mail', async () => {
      await mailAlert(world.context, 'removal of ann', { what: 'Ann\r\nBcc: x@y', remedy: 'z' });
      expect(world.mails[0]?.subject).to.equal('Needs you: Ann Bcc: x@y');
    });
  });
}

describe('the body of an alert', () => {
  const alert = { what: 'What', remedy: 'Remedy' };

  it('is a card for Microsoft Teams, and text for everybody else', () => {
    expect(
      webhookBody('https://prod-1.westeurope.logic.azure.com/workflows/x?sig=y', alert, 'https://c'),
    ).to.deep.include({
      type: 'message',
    });
    for (const url of ['https://hooks.slack.com/services/x', 'https://chat.example.com/hooks/x']) {
      expect(webhookBody(url, alert, 'https://c')).to.deep.equal({ text: 'What\nRemedy\nhttps://c' });
    }
  });
});
