/** docs/openapi.yaml against the running plugin: every answer that it describes is provoked once, and is as described. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { parse } from 'yaml';
import { z } from 'zod';
import { linkIn, type Mailbox, startMailbox } from '../../../plugin/dev/demo/mailbox.ts';
import { waitFor } from '../../../plugin/dev/demo/wait-for.ts';
import { signatureHeader } from '../../../plugin/platform/signature.ts';
import { openDatabase } from '../../../plugin/store/database.ts';
import { createProcessWorld, type ProcessWorld } from '../../support/process-world.ts';
import { exampleEvent } from '../../support/receiver-world.ts';

const METRICS_TOKEN = 'numbers-for-prometheus-only';
const METHODS = ['get', 'post', 'put', 'delete', 'patch'];
const pathSchema = z.record(z.string(), z.unknown());
const operationSchema = z.object({ responses: z.record(z.string(), z.unknown()) });
const responseSchema = z.object({
  content: z.record(z.string(), z.object({ schema: z.record(z.string(), z.unknown()) })),
});
const documentSchema = z.object({
  paths: z.record(z.string(), pathSchema),
  components: z.object({ responses: z.record(z.string(), responseSchema) }),
});

const document = documentSchema.parse(
  parse(readFileSync(join(import.meta.dirname, '../../../docs/openapi.yaml'), 'utf8')),
);

/** `post /webhooks/opentrain 200` → what its answer is. */
function described(): Map<string, z.infer<typeof responseSchema>> {
  const answers = new Map<string, z.infer<typeof responseSchema>>();
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const method of METHODS.filter((candidate) => operations[candidate])) {
      for (const [status, answer] of Object.entries(operationSchema.parse(operations[method]).responses)) {
        answers.set(`${method} ${path} ${status}`, resolved(answer));
      }
    }
  }
  return answers;
}

function resolved(answer: unknown): z.infer<typeof responseSchema> {
  const name = z.object({ $ref: z.string() }).safeParse(answer).data?.$ref.split('/').at(-1);
  return name ? responseSchema.parse(document.components.responses[name]) : responseSchema.parse(answer);
}

describe('docs/openapi.yaml', function () {
  this.timeout(120_000);
  let world: ProcessWorld;
  let mailbox: Mailbox;
  const provoked = new Map<string, Response>();

  before(async () => {
    world = await createProcessWorld('postgres');
    mailbox = await startMailbox();
    await world.start({ SMTP_URL: mailbox.url, MAIL_FROM: 'labels@example.com', METRICS_TOKEN });
    await waitFor('the endpoint', () => world.sandbox.state.endpoints.size === 1);
    const invitation = await invite();
    await provokeReads(invitation);
    await provokeDeliveries();
    await provokeOutage();
  });
  after(async () => {
    await mailbox?.close();
    await world?.close();
  });

  const ask = async (what: string, address: string, init: RequestInit = {}): Promise<void> => {
    const [method = 'get'] = what.split(' ');
    const url = address.startsWith('http') ? address : `${world.pluginUrl}${address}`;
    const response = await fetch(url, { method: method.toUpperCase(), redirect: 'manual', ...init });
    provoked.set(`${what} ${response.status}`, response);
  };

  const invite = async (): Promise<string> => {
    const jobId = await world.linkedJob();
    const workEmail = 'ada@opentrain.work';
    const { opentrainUserId } = world.sandbox.control.createTrainer({ displayName: 'Ada L.', workEmail });
    world.sandbox.control.hire({ jobId, trainerId: opentrainUserId });
    return linkIn(await mailbox.mailTo(workEmail), `${world.pluginUrl}/invitations/`);
  };

  const provokeReads = async (invitation: string): Promise<void> => {
    for (const path of ['/healthz', '/readyz', '/metrics', '/password', '/webhooks/opentrain', '/connect/callback']) {
      await ask(`get ${path}`, path);
    }
    await ask('get /metrics', '/metrics', { headers: { Authorization: `Bearer ${METRICS_TOKEN}` } });
    await ask('get /invitations/{token}', invitation);
    await ask('get /invitations/{token}', '/invitations/not-a-token');
    await ask('get /work/{token}', '/work/not-a-token');
    await ask('get /password/{token}', '/password/not-a-token');
    await ask('post /invitations/{token}', invitation, { body: new URLSearchParams({ password: 'x' }) });
    const form = /name="form" value="([^"]+)"/.exec(await (await fetch(invitation)).text())?.[1] ?? '';
    const body = new URLSearchParams({ form, password: 'correct-horse-battery-41' });
    await ask('post /invitations/{token}', invitation, { body });
  };

  const deliver = (body: string, secret = [...world.sandbox.state.endpoints.values()][0]?.secret ?? '') => {
    const headers = {
      'Content-Type': 'application/json',
      'X-OpenTrain-Signature': signatureHeader(secret, Buffer.from(body), new Date()),
      'X-OpenTrain-Delivery': `whd_${provoked.size}`,
      'X-OpenTrain-Event': 'contract.started',
    };
    return ask('post /webhooks/opentrain', '/webhooks/opentrain', { headers, body });
  };

  const provokeDeliveries = async (): Promise<void> => {
    await deliver(exampleEvent());
    await deliver('[]');
    await deliver('{}', 'whsec_of_somebody_else');
    await deliver('x'.repeat(2_000_000));
  };

  /** The store's tables are out of reach: as if the database were not there. */
  const provokeOutage = async (): Promise<void> => {
    const database = openDatabase(world.storeUrl);
    await database.raw('ALTER TABLE deliveries RENAME TO deliveries_away');
    await database.raw('ALTER TABLE schema_migrations RENAME TO schema_migrations_away');
    await database.destroy();
    await ask('get /readyz', '/readyz');
    await deliver(exampleEvent());
  };

  for (const [what, answer] of described()) {
    it(`describes ${what} as it is`, async () => {
      const response = provoked.get(what);
      expect(response, `only these were provoked: ${[...provoked.keys()].join(', ')}`).to.not.equal(undefined);
      const [type, { schema } = { schema: {} }] = Object.entries(answer.content)[0] ?? [];
      expect(response?.headers.get('content-type')?.split(';')[0]).to.equal(type);
      const body: unknown = type === 'application/json' ? await response?.json() : await response?.text();
      const validate = new Ajv2020({ strict: false }).compile(schema);
      expect(validate(body), JSON.stringify({ body, errors: validate.errors })).to.equal(true);
    });
  }

  it('leaves out no answer that was given', () => {
    expect([...provoked.keys()].filter((what) => !described().has(what))).to.deep.equal([]);
  });
});
