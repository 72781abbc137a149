/** What callers of the API may send (contract: "Endpoints"): each body and query with its limits. */
import { z } from 'zod';
import { eventTypes, provisioningModes } from './vocabulary.ts';

export const MAX_CONTRACTS_PER_PAGE = 200;
const DEFAULT_CONTRACTS_PER_PAGE = 50;
const MAX_ENTRIES_PER_CALL = 100;
const SECONDS_PER_DAY = 86_400;

/** For operations without a body or without a query: whatever is sent is ignored. */
export const nothing = z.looseObject({});

export const createLinkBody = z.object({
  externalProjectId: z.string().min(1).max(200),
  externalProjectName: z.string().max(300).optional(),
  externalProjectUrl: z.string().max(2048).optional(),
  jobId: z.string().min(1).optional(),
  provisioningMode: z.enum(provisioningModes).default('PARTNER_WEBHOOK'),
});

export const listContractsQuery = z.object({
  projectLinkId: z.string().optional(),
  status: z.enum(['active', 'ended']).optional(),
  limit: z.coerce.number().int().min(1).max(MAX_CONTRACTS_PER_PAGE).default(DEFAULT_CONTRACTS_PER_PAGE),
});

const workDate = z
  .string()
  .refine(isCalendarDay, 'must be a calendar day as YYYY-MM-DD')
  .meta({ format: 'date', description: 'Not in the future (UTC).' });
const count = z.number().int().min(0);

const usageEntry = z.object({
  workDate,
  totalSeconds: count.max(SECONDS_PER_DAY).optional(),
  tasksCompleted: count.optional(),
  labelsCompleted: count.optional(),
  externalReportId: z.string().optional(),
  workerOpentrainUserId: z.string().min(1).optional().meta({ description: 'Default: the hired trainer.' }),
});
export type UsageEntryBody = z.output<typeof usageEntry>;

export const submitUsageBody = z.object({ entries: z.array(usageEntry).min(1).max(MAX_ENTRIES_PER_CALL) });

const endpointUrl = z
  .string()
  .max(2048)
  .refine(isDeliverableUrl, 'must be an https address (http only for localhost)')
  .meta({ format: 'uri' });
const subscribedTypes = z.array(z.enum(eventTypes)).min(1);

export const createEndpointBody = z.object({ url: endpointUrl, eventTypes: subscribedTypes });
export const updateEndpointBody = z.object({
  url: endpointUrl.optional(),
  eventTypes: subscribedTypes.optional(),
  status: z.enum(['ACTIVE', 'DISABLED']).optional(),
});
export const redeliverBody = z.object({ deliveryId: z.string().min(1).optional() });

/** Whether this is a day of the calendar, written YYYY-MM-DD. */
export function isCalendarDay(day: string): boolean {
  const instant = new Date(`${day}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(day);
}

function isDeliverableUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return url.protocol === 'https:' || (url.protocol === 'http:' && url.hostname === 'localhost');
}
