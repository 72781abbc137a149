/** The receiver as `start` mounts it, on a real port and a real store, with one known secret. */
import { createServer, type IncomingHttpHeaders, request as sendRequest } from 'node:http';
import express from 'express';
import { pino } from 'pino';
import { z } from 'zod';
import { createKeys } from '../../plugin/keys.ts';
import { signatureHeader } from '../../plugin/platform/signature.ts';
import { loadSettings } from '../../plugin/settings/settings.ts';
import type { Database } from '../../plugin/store/database.ts';
import { saveSecret } from '../../plugin/store/secrets.ts';
import { endpointSecretName, saveWebhookEndpoint } from '../../plugin/webhooks/endpoint-rows.ts';
import { EndpointSecrets } from '../../plugin/webhooks/endpoint-secrets.ts';
import { Inbox } from '../../plugin/webhooks/inbox.ts';
import { webhookReceiver } from '../../plugin/webhooks/receiver.ts';
import { Refusals } from '../../plugin/webhooks/refusals.ts';

export const SECRET = 'whsec_for_tests_only';

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface HttpRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: Buffer | string;
  /** Sent as separate chunks instead of with a Content-Length. */
  chunks?: (Buffer | string)[];
}

export interface ReceiverWorld {
  url: string;
  clock: { time: Date; now: () => Date };
  refusals: Refusals;
  /** Sends any request. */
  send(request: HttpRequest): Promise<HttpAnswer>;
  /** Sends a delivery signed with the known secret (or another, at another time). */
  deliver(body: string, options?: DeliverOptions): Promise<HttpAnswer>;
  close(): Promise<void>;
}

export interface DeliverOptions {
  id?: string;
  secret?: string;
  at?: Date;
  headers?: Record<string, string>;
}

/** An event that OpenTrain could send. */
export function exampleEvent(id = '1000', type = 'contract.started'): string {
  const contract = { id: `ctr_${id}`, status: 'active', jobId: 'job_1', title: 'Label cats', startDate: '2031-05-20' };
  const freelancer = { opentrainUserId: `usr_${id}`, displayName: 'Ada L.', workEmail: `ada.${id}@opentrain.work` };
  const data = { contract, freelancer, projectLink: { id: 'lnk_1', jobId: 'job_1', externalProjectId: '1' } };
  return JSON.stringify({
    id,
    type,
    apiVersion: 'v1',
    createdAt: '2031-05-20T12:00:00Z',
    resourceId: contract.id,
    data,
  });
}

/** Starts it. `database` may be unreachable: then only what does not need it works. */
export async function startReceiver(database: Database, { withSecret = true } = {}): Promise<ReceiverWorld> {
  const clock = { time: new Date('2031-05-20T12:00:00Z'), now: () => clock.time };
  const keys = createKeys('a secret for tests only, and nothing else');
  const environment = {
    OPENTRAIN_PARTNER_TOKEN: 'ot_ptk_x',
    TOOL_BASE_URL: 'http://127.0.0.1:1',
    TOOL_API_TOKEN: 'none',
  };
  const settings = loadSettings({ environment: { ...environment, TOOL_ADAPTER: 'label-studio' } });
  const parts = { settings, database, keys, clock, log: pino({ level: 'silent' }) };
  if (withSecret) await saveKnownSecret(parts);
  const secrets = new EndpointSecrets(parts);
  const inbox = new Inbox(database, () => undefined);
  const refusals = new Refusals(parts);
  const app = express();
  const receiver = webhookReceiver({
    clock,
    secrets: (options) => secrets.accepted(options),
    store: (delivery) => inbox.store(delivery),
    refused: (reason, detail) => refusals.note(reason, detail),
  });
  app.use('/webhooks/opentrain', receiver);
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = z.object({ port: z.number() }).parse(server.address());
  const url = `http://127.0.0.1:${port}/webhooks/opentrain`;
  const send = (request: HttpRequest): Promise<HttpAnswer> => sendTo(url, request);
  let sent = 0;
  return {
    url,
    clock,
    refusals,
    send,
    deliver(body, { id, secret = SECRET, at = clock.time, headers = {} } = {}) {
      sent += 1;
      const identity = { 'X-OpenTrain-Event': 'contract.started', 'X-OpenTrain-Delivery': id ?? `whd_${sent}` };
      const signature = { 'X-OpenTrain-Signature': signatureHeader(secret, Buffer.from(body), at) };
      return send({ body, headers: { 'Content-Type': 'application/json', ...identity, ...signature, ...headers } });
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await refusals.flush();
    },
  };
}

async function saveKnownSecret({
  database,
  keys,
  clock,
}: Pick<ConstructorParameters<typeof EndpointSecrets>[0], 'database' | 'keys' | 'clock'>) {
  const at = clock.now();
  await saveSecret(database, keys, endpointSecretName('whe_1'), SECRET, at);
  const row = { id: 'whe_1', url: 'http://127.0.0.1/', status: 'ACTIVE', created_at: 1, checked_at: 1 };
  await saveWebhookEndpoint(database, { ...row, accepted_until: null });
}

function sendTo(url: string, { method = 'POST', headers = {}, body, chunks }: HttpRequest): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const request = sendRequest(url, { method, headers, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      });
      response.on('error', reject);
    });
    // A server that refuses a large body may close before all of it is sent; its answer is what counts.
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') reject(error);
    });
    for (const chunk of chunks ?? []) request.write(chunk);
    request.end(chunks ? undefined : body);
  });
}
