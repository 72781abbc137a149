/**
 * OpenTrain's answers, strictly as the contract names them: the source of the served openapi.json, and every answer of the
 * sandbox is checked against its schema before it is sent.
 */
import { z } from 'zod';
import { eventTypes, provisioningModes, scopes } from './vocabulary.ts';

const text = z.string();
const instant = z.string().meta({ format: 'date-time' });

export const installSchema = z
  .strictObject({
    id: text,
    status: z.enum(['ACTIVE', 'INACTIVE', 'REVOKED']),
    scopes: z.array(z.enum(scopes)),
    piiConsent: z.boolean(),
    organizationId: text,
    createdAt: instant,
    partnerApp: z.strictObject({ id: text, slug: text, name: text }),
    token: z.strictObject({ id: text, name: text, scopes: z.array(z.enum(scopes)) }),
  })
  .meta({ id: 'Install', description: "One customer's grant to the platform app." });
export type ApiInstall = z.infer<typeof installSchema>;

export const projectLinkSchema = z
  .strictObject({
    id: text,
    jobId: text.nullable(),
    externalProjectId: text,
    externalProjectName: text.nullable(),
    externalProjectUrl: text.nullable(),
    provisioningMode: z.enum(provisioningModes),
    createdAt: instant,
  })
  .meta({ id: 'ProjectLink', description: 'Ties a project of the annotation tool to a job.' });
export type ApiProjectLink = z.infer<typeof projectLinkSchema>;

export const contractSchema = z
  .strictObject({
    id: text,
    status: z.enum(['active', 'ended']),
    jobId: text,
    title: text,
    startDate: instant,
    endDate: instant.nullable(),
    createdAt: instant,
    projectLinkIds: z.array(text),
  })
  .meta({ id: 'Contract', description: 'A trainer hired on a job; the ids are those of this install’s links on it.' });
export type ApiContract = z.infer<typeof contractSchema>;

export const participantSchema = z
  .strictObject({
    opentrainUserId: text,
    displayName: text,
    country: text.nullable(),
    profileUrl: text,
    workEmail: text
      .optional()
      .meta({ description: 'Only with the scope participants:email and the install’s PII consent.' }),
  })
  .meta({ id: 'Participant' });
export type ApiParticipant = z.infer<typeof participantSchema>;

export const milestoneSchema = z
  .strictObject({ id: text, name: text, amountUsd: z.number(), volume: z.number().nullable(), status: text })
  .meta({ id: 'Milestone' });

export const budgetSchema = z
  .strictObject({
    contractId: text,
    paymentType: z.enum(['PAY_PER_HOUR', 'PAY_PER_LABEL', 'FIXED_PRICE']).nullable(),
    state: z.enum(['OK', 'LOW', 'DEPLETED']),
    fundedVolume: z.number(),
    fundedAmountUsd: z.number(),
    consumed: z.strictObject({ seconds: z.number(), hours: z.number(), labels: z.number(), tasks: z.number() }),
    consumedVolume: z.number(),
    remainingVolume: z.number().min(0),
    consumedFraction: z.number().min(0),
    activeMilestone: milestoneSchema.nullable(),
    lastUsageAt: instant.nullable(),
  })
  .meta({ id: 'Budget', description: 'Volume is hours for PAY_PER_HOUR, labels for PAY_PER_LABEL.' });
export type ApiBudget = z.infer<typeof budgetSchema>;

export const webhookEndpointSchema = z
  .strictObject({
    id: text,
    url: text,
    eventTypes: z.array(z.enum(eventTypes)),
    status: z.enum(['ACTIVE', 'DISABLED']),
    createdAt: instant,
    consecutiveFailures: z.number().int(),
    disabledAt: instant.nullable(),
    disabledReason: text.nullable(),
  })
  .meta({ id: 'WebhookEndpoint' });
export type ApiWebhookEndpoint = z.infer<typeof webhookEndpointSchema>;

export const eventSchema = z
  .strictObject({
    id: text.meta({ description: 'Increases from event to event.' }),
    type: z.enum(eventTypes),
    apiVersion: z.literal('v1'),
    createdAt: instant,
    resourceId: text,
    jobId: text.nullable(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Event', description: 'The body of a webhook delivery.' });
export type ApiEvent = z.infer<typeof eventSchema>;

export const errorSchema = z
  .strictObject({
    error: text,
    code: z.enum([
      'BAD_REQUEST',
      'UNAUTHORIZED',
      'FORBIDDEN',
      'NOT_FOUND',
      'CONFLICT',
      'RATE_LIMITED',
      'INTERNAL_ERROR',
    ]),
    requestId: z.uuid(),
    details: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'Error' });
