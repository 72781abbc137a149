/**
 * OpenTrain's objects as zod schemas (contract: "Endpoints", "Events"). What the contract leaves open is parsed tolerantly:
 * unknown keys pass, and what may be missing is optional.
 */
import { z } from 'zod';

const text = z.string();
const optionalText = z
  .string()
  .nullish()
  .transform((value) => value ?? null);

/** Fields that are only shown to people: one that cannot be read is told as drift, and its element is used without it. */
export const onlyShown = z.registry<{ onlyShown: true }>();

function shown<Schema extends z.ZodType>(schema: Schema): Schema {
  onlyShown.add(schema, { onlyShown: true });
  return schema;
}

const shownText = () =>
  shown(
    z
      .string()
      .nullish()
      .transform((value) => value ?? null),
  );
const shownNumber = () => shown(z.number().nullish());
const list = <Item extends z.ZodType>(item: Item) =>
  z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);

export const scopes = [
  'project-links:read',
  'project-links:write',
  'contracts:read',
  'participants:read',
  'participants:email',
  'usage:write',
  'webhooks:manage',
] as const;
export type Scope = (typeof scopes)[number];

export const eventTypes = [
  'contract.started',
  'contract.ended',
  'project_link.created',
  'project_link.removed',
  'install.revoked',
  'milestone.funded',
  'milestone.budget_low',
  'milestone.budget_depleted',
] as const;
export type EventType = (typeof eventTypes)[number];

export const installSchema = z.object({
  id: text,
  status: text,
  scopes: list(text),
  piiConsent: z
    .boolean()
    .nullish()
    .transform((given) => given ?? false),
  organizationId: shownText(),
  createdAt: shownText(),
  partnerApp: shown(z.object({ id: optionalText, slug: optionalText, name: optionalText }).nullish()),
  token: shown(z.object({ id: optionalText, name: optionalText, scopes: z.array(text).nullish() }).nullish()),
});
export type Install = z.infer<typeof installSchema>;

export const provisioningModes = ['PARTNER_WEBHOOK', 'MANAGED_ADAPTER'] as const;

export const projectLinkSchema = z.object({
  id: text,
  jobId: optionalText,
  externalProjectId: text,
  externalProjectName: shownText(),
  externalProjectUrl: optionalText,
  provisioningMode: z
    .string()
    .nullish()
    .transform((mode) => mode ?? 'PARTNER_WEBHOOK'),
  createdAt: optionalText,
});
export type ProjectLink = z.infer<typeof projectLinkSchema>;

export const contractSchema = z.object({
  id: text,
  /** Another status is neither of these by guess: such a contract cannot be read, and what is stored of it stays. */
  status: z.enum(['active', 'ended']),
  jobId: text,
  title: shownText(),
  startDate: optionalText,
  endDate: optionalText,
  createdAt: shownText(),
  projectLinkIds: shown(list(text)),
});
export type Contract = z.infer<typeof contractSchema>;

export const participantSchema = z.object({
  opentrainUserId: text,
  displayName: shownText(),
  country: shownText(),
  profileUrl: shownText(),
  workEmail: optionalText,
});
export type Participant = z.infer<typeof participantSchema>;

export const budgetStates = ['OK', 'LOW', 'DEPLETED'] as const;
export type BudgetState = (typeof budgetStates)[number];

export const milestoneSchema = z.object({
  id: text,
  name: optionalText,
  amountUsd: z.number().nullish(),
  volume: z.number().nullish(),
  status: optionalText,
});

export type Milestone = z.output<typeof milestoneSchema>;

export const budgetSchema = z.object({
  contractId: text,
  paymentType: shownText(),
  state: z.enum(budgetStates),
  fundedVolume: shownNumber(),
  fundedAmountUsd: shownNumber(),
  consumed: shown(
    z
      .object({
        seconds: z.number().nullish(),
        hours: z.number().nullish(),
        labels: z.number().nullish(),
        tasks: z.number().nullish(),
      })
      .nullish(),
  ),
  consumedVolume: shownNumber(),
  remainingVolume: shownNumber(),
  consumedFraction: shownNumber(),
  activeMilestone: shown(milestoneSchema.nullish()),
  lastUsageAt: shownText(),
});
export type Budget = z.infer<typeof budgetSchema>;

export const usageEntrySchema = z.object({
  /** YYYY-MM-DD */
  workDate: text,
  totalSeconds: z.number().optional(),
  tasksCompleted: z.number().optional(),
  labelsCompleted: z.number().optional(),
  externalReportId: text.optional(),
  workerOpentrainUserId: text.optional(),
});
export type UsageEntry = z.infer<typeof usageEntrySchema>;

export const webhookEndpointSchema = z.object({
  id: text,
  url: text,
  eventTypes: list(text),
  status: z.string(),
  createdAt: shownText(),
  consecutiveFailures: z
    .number()
    .nullish()
    .transform((count) => count ?? 0),
  disabledAt: shownText(),
  disabledReason: optionalText,
});
export type WebhookEndpoint = z.infer<typeof webhookEndpointSchema>;

/** An id that increases: a number, or a string of digits. Kept as text padded for comparison by the store. */
const eventIdSchema = z.union([z.string().min(1), z.number().int()]).transform(String);

export const eventSchema = z.object({
  id: eventIdSchema,
  type: text,
  apiVersion: z.string().nullish(),
  createdAt: text,
  resourceId: z
    .union([z.string(), z.number()])
    .nullish()
    .transform((value) => (value === null || value === undefined ? null : String(value))),
  jobId: optionalText,
  data: z.record(z.string(), z.unknown()).default({}),
});
export type OpenTrainEvent = z.infer<typeof eventSchema>;

/** `data` of contract.started and contract.ended: one event per link. */
export const contractEventDataSchema = z.object({
  contract: contractSchema,
  freelancer: participantSchema.nullish(),
  projectLink: projectLinkSchema.nullish(),
});

/**
 * Whether this is a Work Email, the only kind of address that is ever given access (contract: "Privacy"): one mailbox at exactly
 * opentrain.work, nothing clever around it.
 */
export function isWorkEmail(address: string): boolean {
  return /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@opentrain\.work$/i.test(address);
}
