/**
 * OpenTrain's operations that the plugin uses, each declared once (contract: "Endpoints"). The client calls by these, doctor compares the
 * served openapi.json with them, and a 403 names the scope of its operation.
 */
import { z } from 'zod';
import {
  budgetSchema,
  contractSchema,
  eventTypes,
  installSchema,
  participantSchema,
  projectLinkSchema,
  provisioningModes,
  type Scope,
  usageEntrySchema,
  webhookEndpointSchema,
} from './types.ts';

export interface Operation {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below the base URL; at most one parameter: "/contracts/{contractId}/usage". */
  path: string;
  /** Null: any valid token will do. */
  scope: Scope | null;
  /** A call that may have been done may be sent again. */
  repeatable: boolean;
  query?: z.ZodObject;
  body?: z.ZodObject;
  /** What the plugin reads of a 2xx. */
  answer: z.ZodObject;
}

const linkAnswer = z.object({ projectLink: projectLinkSchema });
const endpointAnswer = z.object({ webhookEndpoint: webhookEndpointSchema });
const deletedAnswer = z.object({ deleted: z.literal(true) });

export const operations = {
  currentInstall: {
    method: 'GET',
    path: '/installs/current',
    scope: null,
    repeatable: true,
    answer: z.object({ install: installSchema }),
  },
  listProjectLinks: {
    method: 'GET',
    path: '/project-links',
    scope: 'project-links:read',
    repeatable: true,
    answer: z.object({ projectLinks: z.array(projectLinkSchema) }),
  },
  getProjectLink: {
    method: 'GET',
    path: '/project-links/{linkId}',
    scope: 'project-links:read',
    repeatable: true,
    answer: linkAnswer,
  },
  createProjectLink: {
    method: 'POST',
    path: '/project-links',
    scope: 'project-links:write',
    repeatable: false,
    body: z.object({
      externalProjectId: z.string(),
      externalProjectName: z.string().optional(),
      externalProjectUrl: z.string().optional(),
      jobId: z.string().optional(),
      provisioningMode: z.enum(provisioningModes).optional(),
    }),
    answer: linkAnswer,
  },
  deleteProjectLink: {
    method: 'DELETE',
    path: '/project-links/{linkId}',
    scope: 'project-links:write',
    repeatable: true,
    answer: deletedAnswer,
  },
  listContracts: {
    method: 'GET',
    path: '/contracts',
    scope: 'contracts:read',
    repeatable: true,
    query: z.object({
      projectLinkId: z.string().optional(),
      status: z.enum(['active', 'ended']).optional(),
      limit: z.number(),
    }),
    answer: z.object({ contracts: z.array(contractSchema) }),
  },
  listParticipants: {
    method: 'GET',
    path: '/contracts/{contractId}/participants',
    scope: 'participants:read',
    repeatable: true,
    answer: z.object({ participants: z.array(participantSchema) }),
  },
  getBudget: {
    method: 'GET',
    path: '/contracts/{contractId}/budget',
    scope: 'contracts:read',
    repeatable: true,
    answer: budgetSchema,
  },
  submitUsage: {
    method: 'POST',
    path: '/contracts/{contractId}/usage',
    scope: 'usage:write',
    // Totals, not increments: the same call again changes nothing.
    repeatable: true,
    body: z.object({ entries: z.array(usageEntrySchema) }),
    answer: z.object({ accepted: z.number(), budget: budgetSchema }),
  },
  listWebhookEndpoints: {
    method: 'GET',
    path: '/webhook-endpoints',
    scope: 'webhooks:manage',
    repeatable: true,
    answer: z.object({ webhookEndpoints: z.array(webhookEndpointSchema) }),
  },
  createWebhookEndpoint: {
    method: 'POST',
    path: '/webhook-endpoints',
    scope: 'webhooks:manage',
    repeatable: false,
    body: z.object({ url: z.string(), eventTypes: z.array(z.enum(eventTypes)) }),
    answer: endpointAnswer.extend({ secret: z.string().min(1) }),
  },
  updateWebhookEndpoint: {
    method: 'PATCH',
    path: '/webhook-endpoints/{endpointId}',
    scope: 'webhooks:manage',
    repeatable: true,
    body: z.object({
      url: z.string().optional(),
      eventTypes: z.array(z.enum(eventTypes)).optional(),
      status: z.enum(['ACTIVE', 'DISABLED']).optional(),
    }),
    answer: endpointAnswer,
  },
  deleteWebhookEndpoint: {
    method: 'DELETE',
    path: '/webhook-endpoints/{endpointId}',
    scope: 'webhooks:manage',
    repeatable: true,
    answer: deletedAnswer,
  },
  redeliver: {
    method: 'POST',
    path: '/webhook-endpoints/{endpointId}/redeliver',
    scope: 'webhooks:manage',
    repeatable: true,
    body: z.object({ deliveryId: z.string().optional() }),
    answer: z.object({
      requeued: z
        .number()
        .nullish()
        .transform((count) => count ?? 0),
    }),
  },
} as const satisfies Record<string, Operation>;
