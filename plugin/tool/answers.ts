/** What an adapter may answer: parsed at the boundary, so that a wrong answer is the adapter's fault and nothing else's. */
import { z } from 'zod';
import { notCountedReasons } from '../../adapters/tool.ts';

export const capabilityNames = [
  'accessLevel',
  'restore',
  'closeAccount',
  'setPassword',
  'endKeys',
  'tally',
  'seconds',
  'regions',
  'notices',
] as const;

const flag = z.boolean();
const count = z.number().int().nonnegative();
const amount = z.number().nonnegative();

/** Fields that are not named here pass as they are: each feature reads its own. */
export const descriptionSchema = z.looseObject({
  product: z.string(),
  version: z.string(),
  capabilities: z.looseObject({
    accessLevel: z.enum(['tool', 'project']),
    ...{
      restore: flag,
      closeAccount: flag,
      setPassword: flag,
      // An adapter that was written before this capability cannot do it.
      endKeys: flag.default(false),
      tally: flag,
      seconds: flag,
      regions: flag,
      notices: flag,
    },
  }),
  remedies: z.record(z.string(), z.string().optional()),
});

export const projectSchema = z.looseObject({ id: z.string(), title: z.string() });

export const accountSchema = z.looseObject({
  toolUserId: z.string().min(1),
  email: z.string().nullable(),
  places: z.array(z.string()),
  closed: flag.nullable(),
  hasPassword: flag.nullable(),
  privileged: flag,
  signInName: z.string().optional(),
});

export const joinedAccountSchema = accountSchema.extend({ joinedAt: z.date() });

export const endedKeysSchema = z.looseObject({ openForSeconds: amount });

export const whereaboutsSchema = z.looseObject({ projectId: z.string(), ownerId: z.string().nullable() });

export const reachSchema = z.looseObject({ what: z.string(), remedy: z.string() });

export const tallyRowSchema = z.looseObject({
  projectId: z.string(),
  toolUserId: z.string(),
  email: z.string().nullable(),
  day: z.string().regex(/^\d{4}-\d\d-\d\d$/),
  ...{ tasks: count, annotations: count, regions: count.nullable() },
  seconds: amount.nullable(),
  ...{ cappedAnnotations: count, cappedSeconds: amount },
  notCounted: z
    .array(z.looseObject({ reason: z.enum(notCountedReasons), annotations: count, seconds: amount.nullable() }))
    .optional(),
  editedByOthers: z.looseObject({ annotations: count, seconds: amount }).optional(),
  withoutTime: count.optional(),
  ...{ firstAt: z.date().optional(), lastAt: z.date().optional() },
  unreadable: z.string().optional(),
});

export const explainedDaySchema = z.looseObject({
  annotations: z.array(
    z.looseObject({
      ...{ annotationId: z.string(), toolUserId: z.string(), projectId: z.string(), taskId: z.string() },
      kind: z.enum(['annotation', 'confirmation']),
      createdAt: z.date(),
      regions: count.nullable(),
      recordedSeconds: z.number().nullable(),
      countedSeconds: amount.nullable(),
      leftOut: z.enum([...notCountedReasons, 'skipped', 'project-deleted']).nullable(),
      editedByOther: flag,
    }),
  ),
  hasMore: flag,
});

export const signSchema = z.looseObject({
  kind: z.enum(['organization', 'account', 'project']),
  id: z.string(),
  createdAt: z.date(),
});

export const checkSchema = z.looseObject({
  ...{ id: z.string(), title: z.string(), why: z.string(), remedy: z.string() },
  result: z.enum(['ok', 'warning', 'failure']),
});
