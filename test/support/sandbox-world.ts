/** A sandbox with a clock that stands still, a caller and a webhook receiver, for tests. */
import type { Clock } from '../../plugin/clock.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../plugin/dev/sandbox/sandbox.ts';
import type {
  ApiBudget,
  ApiContract,
  ApiInstall,
  ApiParticipant,
  ApiProjectLink,
  ApiWebhookEndpoint,
} from '../../plugin/dev/sandbox/schemas.ts';
import { startWebhookReceiver, type WebhookReceiver } from './webhook-receiver.ts';

/** What answers are made of; each has some of these, and a test reads those that its call must have. */
export interface AnswerBody extends ApiBudget {
  error: string;
  code: string;
  requestId: string;
  details: { issues: unknown[] };
  install: ApiInstall;
  projectLink: ApiProjectLink;
  projectLinks: ApiProjectLink[];
  contracts: ApiContract[];
  participants: ApiParticipant[];
  accepted: number;
  budget: ApiBudget;
  webhookEndpoint: ApiWebhookEndpoint;
  webhookEndpoints: ApiWebhookEndpoint[];
  secret: string;
  message: string;
  requeued: number;
}

export interface Answer {
  status: number;
  headers: Headers;
  body: AnswerBody;
}

export interface SandboxWorld {
  sandbox: Sandbox;
  clock: Clock & { time: Date };
  receiver: WebhookReceiver;
  /** Calls the API with the first install's token, or another. */
  call(method: string, path: string, body?: unknown, token?: string): Promise<Answer>;
  /** A linked job with one hired trainer; `labels` funds it per label. */
  hired(labels?: number): Promise<{ jobId: string; linkId: string; contractId: string; trainerId: string }>;
  /** Registers the receiver for these events and returns the endpoint's id and secret. */
  subscribe(...eventTypes: string[]): Promise<{ id: string; secret: string }>;
  close(): Promise<void>;
}

/** Starts it; the clock stands at noon (UTC) of 2031-05-20 until the test turns it. */
export async function startSandboxWorld(options: SandboxOptions = {}): Promise<SandboxWorld> {
  const clock = { time: new Date('2031-05-20T12:00:00Z'), now: () => clock.time };
  const sandbox = await startSandbox({ clock, ...options });
  const receiver = await startWebhookReceiver();
  let projects = 0;
  const call: SandboxWorld['call'] = async (method, path, body, token = sandbox.partnerToken) => {
    const response = await fetch(`${sandbox.baseUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as AnswerBody };
  };
  return {
    sandbox,
    clock,
    receiver,
    call,
    hired: async (labels = 0) => {
      const { id: jobId } = sandbox.control.createJob({
        title: 'Label cats',
        paymentType: 'PAY_PER_LABEL',
        fundedVolume: labels,
      });
      projects += 1;
      const link = await call('POST', '/project-links', { externalProjectId: String(projects), jobId });
      const { opentrainUserId: trainerId } = sandbox.control.createTrainer({ displayName: 'Ada L.' });
      const { id: contractId } = sandbox.control.hire({ jobId, trainerId });
      return { jobId, linkId: link.body.projectLink.id, contractId, trainerId };
    },
    subscribe: async (...eventTypes) => {
      const { body } = await call('POST', '/webhook-endpoints', { url: receiver.url, eventTypes });
      return { id: body.webhookEndpoint.id, secret: body.secret };
    },
    close: async () => {
      await sandbox.close();
      await receiver.close();
    },
  };
}
