/** The six webhook-endpoint operations (contract: "Webhook endpoints"). */
import { z } from 'zod';
import { found, operation } from '../operations.ts';
import type { Platform } from '../platform.ts';
import { createEndpointBody, redeliverBody, updateEndpointBody } from '../requests.ts';
import { webhookEndpointSchema } from '../schemas.ts';
import type { Endpoint, Install } from '../state.ts';
import { viewEndpoint } from '../views.ts';

const scope = 'webhooks:manage';
const oneEndpoint = z.strictObject({ webhookEndpoint: webhookEndpointSchema });
const notFound = { NOT_FOUND: 'No such endpoint in this install.' };

function endpointsOf({ state }: Platform, install: Install): Endpoint[] {
  return [...state.endpoints.values()].filter((endpoint) => endpoint.installId === install.id);
}

function ownEndpoint(platform: Platform, install: Install, id: string): Endpoint {
  return found(
    endpointsOf(platform, install).find((endpoint) => endpoint.id === id),
    'Webhook endpoint',
  );
}

function createEndpoint(platform: Platform, install: Install, body: z.output<typeof createEndpointBody>): Endpoint {
  const endpoint: Endpoint = {
    id: platform.ids.next('whe'),
    installId: install.id,
    url: body.url,
    eventTypes: [...new Set(body.eventTypes)],
    secret: platform.ids.secret('whsec_'),
    status: 'ACTIVE',
    createdAt: platform.clock.now().toISOString(),
    consecutiveFailures: 0,
    disabledAt: null,
    disabledReason: null,
  };
  platform.state.endpoints.set(endpoint.id, endpoint);
  return endpoint;
}

function updateEndpoint(platform: Platform, endpoint: Endpoint, body: z.output<typeof updateEndpointBody>): void {
  if (body.url !== undefined) endpoint.url = body.url;
  if (body.eventTypes !== undefined) endpoint.eventTypes = [...new Set(body.eventTypes)];
  if (body.status === 'ACTIVE') {
    Object.assign(endpoint, { status: 'ACTIVE', consecutiveFailures: 0, disabledAt: null, disabledReason: null });
  }
  if (body.status === 'DISABLED' && endpoint.status === 'ACTIVE') {
    endpoint.status = 'DISABLED';
    endpoint.disabledAt = platform.clock.now().toISOString();
    endpoint.disabledReason = 'Disabled through the API';
  }
  platform.engine.pump();
}

/** Queues the delivery with this id, whatever its status, or every failed one; returns how many. */
function redeliver({ state, engine }: Platform, endpoint: Endpoint, deliveryId: string | undefined): number {
  const own = [...state.deliveries.values()].filter((delivery) => delivery.endpointId === endpoint.id);
  const named = own.filter((delivery) => delivery.id === deliveryId);
  if (deliveryId !== undefined) found(named[0], 'Delivery');
  const wanted = deliveryId === undefined ? own.filter((delivery) => delivery.status === 'FAILED') : named;
  for (const delivery of wanted) engine.requeue(delivery);
  engine.pump();
  return wanted.length;
}

export const webhookEndpointOperations = [
  operation({
    operationId: 'createWebhookEndpoint',
    method: 'post',
    path: '/webhook-endpoints',
    scope,
    summary: 'Register an endpoint; the answer holds its secret, which is shown here only.',
    status: 201,
    problems: { BAD_REQUEST: 'Body not valid, or `url` is neither https nor http on localhost.' },
    body: createEndpointBody,
    response: oneEndpoint.extend({ secret: z.string(), message: z.string() }),
    handle: (platform, { install }, { body }) => {
      const endpoint = createEndpoint(platform, install, body);
      return {
        webhookEndpoint: viewEndpoint(endpoint),
        secret: endpoint.secret,
        message: 'Keep this secret: it is not shown again.',
      };
    },
  }),
  operation({
    operationId: 'listWebhookEndpoints',
    method: 'get',
    path: '/webhook-endpoints',
    scope,
    summary: 'All endpoints of the install, newest first.',
    response: z.strictObject({ webhookEndpoints: z.array(webhookEndpointSchema) }),
    handle: (platform, { install }) => ({
      webhookEndpoints: endpointsOf(platform, install).reverse().map(viewEndpoint),
    }),
  }),
  operation({
    operationId: 'getWebhookEndpoint',
    method: 'get',
    path: '/webhook-endpoints/{endpointId}',
    scope,
    summary: 'One endpoint.',
    problems: notFound,
    response: oneEndpoint,
    handle: (platform, { install }, { id }) => ({ webhookEndpoint: viewEndpoint(ownEndpoint(platform, install, id)) }),
  }),
  operation({
    operationId: 'updateWebhookEndpoint',
    method: 'patch',
    path: '/webhook-endpoints/{endpointId}',
    scope,
    summary: 'Change URL, event types or status; `ACTIVE` enables it again and zeroes its failures.',
    problems: { BAD_REQUEST: 'Body not valid.', ...notFound },
    body: updateEndpointBody,
    response: oneEndpoint,
    handle: (platform, { install }, { id, body }) => {
      const endpoint = ownEndpoint(platform, install, id);
      updateEndpoint(platform, endpoint, body);
      return { webhookEndpoint: viewEndpoint(endpoint) };
    },
  }),
  operation({
    operationId: 'deleteWebhookEndpoint',
    method: 'delete',
    path: '/webhook-endpoints/{endpointId}',
    scope,
    summary: 'Delete an endpoint; what is pending for it is discarded.',
    problems: notFound,
    response: oneEndpoint.extend({ deleted: z.literal(true) }),
    handle: (platform, { install }, { id }) => {
      const endpoint = ownEndpoint(platform, install, id);
      platform.state.endpoints.delete(id);
      platform.engine.discard(id);
      return { webhookEndpoint: viewEndpoint(endpoint), deleted: true as const };
    },
  }),
  operation({
    operationId: 'redeliver',
    method: 'post',
    path: '/webhook-endpoints/{endpointId}/redeliver',
    scope,
    summary: 'Queue one delivery, whatever its status, or every failed one; sent only while the endpoint is ACTIVE.',
    problems: {
      BAD_REQUEST: 'Body not valid.',
      NOT_FOUND: 'No such endpoint in this install, or no such delivery of it.',
    },
    body: redeliverBody,
    response: oneEndpoint.extend({ requeued: z.number().int(), message: z.string() }),
    handle: (platform, { install }, { id, body }) => {
      const endpoint = ownEndpoint(platform, install, id);
      const requeued = redeliver(platform, endpoint, body.deliveryId);
      const when = endpoint.status === 'ACTIVE' ? 'within 5 minutes' : 'once the endpoint is ACTIVE again';
      return { webhookEndpoint: viewEndpoint(endpoint), requeued, message: `To be sent ${when}.` };
    },
  }),
];
