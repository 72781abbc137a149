/**
 * The incoming webhooks of Slack, Microsoft Teams (a workflow) and Mattermost, as each documents what it takes and answers. One HTTP
 * server is all three: it is the proxy through which the plugin reaches their hosts.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { z } from 'zod';
import { listen } from './http-server.ts';

interface Reply {
  status: number;
  type?: string;
  body?: string;
}

export interface ChatService {
  name: string;
  /** ALERT_WEBHOOK_URL. */
  url: string;
  /** What the service takes as the body; it takes nothing else. */
  body: z.ZodType;
  largestBytes: number;
  taken: Reply;
  /** The body is not as documented. */
  malformed: Reply;
  /** The webhook was deleted. */
  gone: Reply;
}

const failure = (status: number, body: object): Reply => ({
  status,
  type: 'application/json',
  body: JSON.stringify(body),
});
const words = (status: number, body: string): Reply => ({ status, type: 'text/plain', body });

/** Slack's "Escaping text": `&`, `<` and `>` only as entities; what stands in angle brackets would be a command or a link. */
const slackText = z
  .string()
  .min(1)
  .max(40_000)
  .refine((text) => !/[<>]|&(?!amp;|lt;|gt;)/.test(text), 'is not escaped');

/** Adaptive Cards 1.4: TextBlock. Workflows show no other version above 1.5. */
const textBlock = z.strictObject({
  type: z.literal('TextBlock'),
  text: z.string().min(1),
  wrap: z.boolean().optional(),
  weight: z.enum(['default', 'lighter', 'bolder']).optional(),
  size: z.enum(['default', 'small', 'medium', 'large', 'extraLarge']).optional(),
  color: z.enum(['default', 'dark', 'light', 'accent', 'good', 'warning', 'attention']).optional(),
});
const card = z.strictObject({
  type: z.literal('AdaptiveCard'),
  version: z.enum(['1.0', '1.1', '1.2', '1.3', '1.4', '1.5']),
  $schema: z.literal('http://adaptivecards.io/schemas/adaptive-card.json').optional(),
  body: z.array(textBlock).min(1),
});

export const chatServices: readonly ChatService[] = [
  {
    name: 'Slack',
    url: 'http://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX',
    body: z.strictObject({ text: slackText }),
    largestBytes: 200_000,
    taken: words(200, 'ok'),
    malformed: words(400, 'invalid_payload'),
    gone: words(404, 'no_service'),
  },
  {
    name: 'Microsoft Teams',
    url: 'http://prod-1.westeurope.logic.azure.com/workflows/f00/triggers/manual/paths/invoke?api-version=2016-06-01&sig=s3cret',
    body: z.strictObject({
      type: z.literal('message'),
      attachments: z
        .array(
          z.strictObject({
            contentType: z.literal('application/vnd.microsoft.card.adaptive'),
            contentUrl: z.null().optional(),
            content: card,
          }),
        )
        .min(1),
    }),
    largestBytes: 28_000,
    taken: { status: 202 },
    malformed: failure(400, { error: { code: 'TriggerInputSchemaMismatch', message: 'The input does not match.' } }),
    gone: failure(404, { error: { code: 'WorkflowNotFound', message: 'The workflow could not be found.' } }),
  },
  {
    name: 'Mattermost',
    url: 'http://chat.example.com/hooks/xxx-generatedkey-xxx',
    body: z.strictObject({ text: z.string().min(1).max(16_383) }),
    largestBytes: 1_000_000,
    taken: words(200, 'ok'),
    malformed: failure(400, { id: 'web.incoming_webhook.parse.app_error', message: 'Unable to parse incoming data.' }),
    gone: failure(400, { id: 'web.incoming_webhook.invalid.app_error', message: 'Invalid webhook.' }),
  },
];

export interface RunningServices {
  /** HTTP_PROXY. */
  proxy: string;
  /** Every body that a service took, by its name. */
  posts: { service: string; body: unknown }[];
  /** How often a webhook was called, whatever came of it. */
  calls: number;
  /** What is answered from now on, in place of what the request deserves; null for that. */
  answer: (Reply & { headers?: Record<string, string> }) | null;
  close(): Promise<void>;
}

/** Starts all three on a free port. */
export async function startChatServices(): Promise<RunningServices> {
  const server = createServer((request, response) => void handle(running, request, response));
  const running: RunningServices = {
    ...{ proxy: await listen(server), posts: [], calls: 0, answer: null },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return running;
}

async function handle(running: RunningServices, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const raw = await buffer(request);
  running.calls += 1;
  const { status, type, body, headers } = running.answer
    ? { headers: {}, ...running.answer }
    : { headers: {}, ...deserved(running, request, raw) };
  response.writeHead(status, { ...(type ? { 'Content-Type': type } : {}), ...headers });
  response.end(body);
}

function deserved(running: RunningServices, { method, url, headers }: IncomingMessage, raw: Buffer): Reply {
  const service = chatServices.find((one) => one.url === url);
  if (!service) return words(404, 'no such webhook');
  if (method !== 'POST') return words(405, '');
  const isJson = /^application\/json(;|$)/.test(headers['content-type'] ?? '');
  const body = isJson && raw.length <= service.largestBytes ? service.body.safeParse(readJson(raw)) : null;
  if (!body?.success) return service.malformed;
  running.posts.push({ service: service.name, body: body.data });
  return service.taken;
}

function readJson(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString('utf8'));
  } catch {
    return undefined;
  }
}
