import { expect } from 'chai';
import express from 'express';
import request from 'supertest';
import { signatureHeader } from '../../../plugin/platform/signature.ts';
import type { NewDelivery } from '../../../plugin/webhooks/deliveries.ts';
import { webhookReceiver } from '../../../plugin/webhooks/receiver.ts';

const SECRET = 'whsec_for_tests_only';
const now = new Date('2031-05-20T12:00:00Z');
const body = JSON.stringify({ id: '1000', type: 'contract.started', createdAt: '2031-05-20T12:00:00Z', data: {} });

describe('the answer to a delivery', () => {
  let refused: string[];
  beforeEach(() => {
    refused = [];
  });

  /** Delivers a genuine event to a receiver with this store. */
  const deliverTo = (store: (delivery: NewDelivery) => Promise<boolean>, secrets = async () => [SECRET]) =>
    request(
      express().use(
        webhookReceiver({ clock: { now: () => now }, secrets, store, refused: (why) => refused.push(why) }),
      ),
    )
      .post('/')
      .set('Content-Type', 'application/json')
      .set('X-OpenTrain-Delivery', 'whd_1')
      .set('X-OpenTrain-Signature', signatureHeader(SECRET, Buffer.from(body), now))
      .send(body);

  it('is 200 once it is stored, and says whether it was known', async () => {
    const stored: NewDelivery[] = [];
    const isNew = await deliverTo(async (delivery) => stored.push(delivery) === 1);
    expect([isNew.status, isNew.body]).to.deep.equal([200, { received: true, duplicate: false }]);
    expect(stored).to.have.length(1);
    expect(stored[0]).to.include({ id: 'whd_1', eventId: '1000', body });
    const known = await deliverTo(async () => false);
    expect([known.status, known.body]).to.deep.equal([200, { received: true, duplicate: true }]);
    expect(refused).to.deep.equal([]);
  });

  it('is 503 when the write fails, so that OpenTrain sends it again, and tells nothing of why', async () => {
    const { status, text } = await deliverTo(() => Promise.reject(new Error('disk full at /var/lib')));
    expect(status).to.equal(503);
    expect(text).to.include('send it again later').and.not.include('disk full');
    expect(refused).to.deep.equal(['store-unreachable']);
  });

  it('is 503 when the secrets cannot be read: the delivery may be genuine', async () => {
    const { status } = await deliverTo(
      async () => true,
      () => Promise.reject(new Error('no connection')),
    );
    expect(status).to.equal(503);
  });

  it('is 503 within 2 s when the store never answers', async () => {
    const startedAt = performance.now();
    expect((await deliverTo(() => new Promise(() => undefined))).status).to.equal(503);
    expect(performance.now() - startedAt).to.be.below(2_000);
  });
});
