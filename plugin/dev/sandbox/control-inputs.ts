/** What control calls take, in process and as JSON or form fields under `/sandbox/`. */
import { z } from 'zod';
import { scopes } from './vocabulary.ts';

const id = z.string().min(1);
/** An instant, as OpenTrain sends them, or a bare day, which the contract does not rule out. */
const day = z.string().regex(/^\d{4}-\d{2}-\d{2}(T.*)?$/, 'must be a day as YYYY-MM-DD, or an ISO instant');
/** Forms send numbers and booleans as text. */
const amount = z.coerce.number().min(0);
const wholeNumber = z.coerce.number().int().min(0);
const flag = z.union([z.boolean(), z.enum(['true', 'false', 'on']).transform((word) => word !== 'false')]);
/** A form sends a list of one as text. */
const listOf = <Item>(item: z.ZodType<Item>) =>
  z.preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(item));
const scopeList = listOf(z.enum(scopes));

export const createOrganizationInput = z.object({ name: z.string().min(1) });
export const createJobInput = z.object({
  title: z.string().min(1),
  paymentType: z
    .enum(['PAY_PER_HOUR', 'PAY_PER_LABEL', 'FIXED_PRICE', 'NONE'])
    .nullable()
    .transform((type) => (type === 'NONE' ? null : type))
    .optional(),
  fundedVolume: amount.default(0),
  fundedAmountUsd: amount.default(0),
  organizationId: id.optional(),
});
export const createTrainerInput = z.object({
  displayName: z.string().min(1),
  workEmail: z.string().nullable().optional(),
  country: z.string().nullable().optional(),
});
export const updateTrainerInput = z.object({
  trainerId: id,
  displayName: z.string().min(1).optional(),
  workEmail: z.string().nullable().optional(),
});
export const hireInput = z.object({
  jobId: id,
  trainerId: id,
  startDate: day.optional(),
  title: z.string().min(1).optional(),
});
export const endContractInput = z.object({ contractId: id, endDate: day.optional() });
export const reopenContractInput = z.object({ contractId: id, startDate: day.optional() });
export const fundMilestoneInput = z.object({
  contractId: id,
  volume: amount,
  amountUsd: amount.default(0),
  name: z.string().min(1).optional(),
});
export const firstPartyInput = z.object({
  contractId: id,
  seconds: amount.optional(),
  tasks: wholeNumber.optional(),
  labels: wholeNumber.optional(),
  silent: flag.optional(),
});
export const updateAppInput = z.object({
  active: flag.optional(),
  name: z.string().min(1).max(120).optional(),
  scopes: scopeList.optional(),
  redirectBases: z
    .array(z.url({ protocol: /^https?$/ }))
    .max(10)
    .optional(),
});
export const approveInput = z.object({
  organizationId: id.optional(),
  scopes: scopeList.optional(),
  piiConsent: flag.default(true),
  carryOver: flag.default(true),
  installId: z.enum(['new', 'same']).optional(),
  links: z.enum(['kept', 'new-ids', 'gone']).optional(),
  endpoints: z.enum(['kept', 'gone']).optional(),
  contracts: z.enum(['kept', 'gone']).optional(),
  oldToken: z.enum(['revoked', 'live']).optional(),
  token: z.string().startsWith('ot_ptk_').optional(),
});
export const releaseInput = z.object({
  order: z.enum(['as-happened', 'reverse', 'shuffled']).default('as-happened'),
  seed: wholeNumber.default(1),
});
export const eventFaultsInput = z.object({
  dropRate: z.coerce.number().min(0).max(1).optional(),
  duplicateRate: z.coerce.number().min(0).max(1).optional(),
  spreadMilliseconds: amount.optional(),
  seed: wholeNumber.default(1),
});
const requestRule = { method: z.string().optional(), path: z.string().optional(), times: wholeNumber.optional() };
export const failRequestsInput = z.object({
  ...requestRule,
  status: z.union([z.enum(['reset', 'cut']), z.coerce.number().int().min(200).max(599)]),
  html: flag.optional(),
  retryAfter: z.union([z.string(), z.number()]).optional(),
  processed: flag.optional(),
});
export const spoilAnswersInput = z.object({ ...requestRule, at: z.string().min(1), value: z.json().optional() });
export const delayRequestsInput = z.object({ ...requestRule, milliseconds: amount });

export const fields = { id, wholeNumber, amount, flag, scopeList };
