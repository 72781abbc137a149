/** What can happen to access, at random: in OpenTrain, in the tool, or to the plugin. */
import fc from 'fast-check';

export const trainers = ['ann', 'bob', 'cleo'];
export const projects = ['1', '2', '3'];

const trainer = fc.constantFrom(...trainers);
const contract = fc.nat({ max: 5 });
const toolCall = fc.constantFrom('findAccounts', 'createMember', 'grant', 'revoke', 'setPassword', 'endKeys');

/** Before it took effect, half-way, or when only its answer is lost. */
const moment = fc.constantFrom('before', 'midway', 'after');
const hire = fc.record({ type: fc.constant('hire' as const), contract, trainer, told: fc.boolean() });
const end = fc.record({ type: fc.constant('end' as const), contract, told: fc.boolean() });
/** A rehire may reuse the contract's id. */
const rehire = fc.record({ type: fc.constant('rehire' as const), contract, trainer, told: fc.boolean() });
const converge = fc.record({ type: fc.constant('converge' as const), look: fc.boolean() });

const step = fc.oneof(
  { weight: 5, arbitrary: hire },
  { weight: 4, arbitrary: end },
  { weight: 2, arbitrary: rehire },
  { weight: 2, arbitrary: fc.constant({ type: 'OpenTrain is read' as const }) },
  // The end is told late, the start of the rehire is lost, and a read comes before both.
  { weight: 2, arbitrary: fc.record({ type: fc.constant('rehired unheard' as const), contract }) },
  { weight: 6, arbitrary: converge },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('link' as const),
      job: fc.nat({ max: 1 }),
      project: fc.constantFrom(...projects),
      managed: fc.integer({ min: 0, max: 4 }).map((one) => one === 0),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('unlink' as const), link: fc.nat({ max: 5 }) }) },
  { weight: 5, arbitrary: fc.record({ type: fc.constant('accept' as const), trainer }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('tell' as const), which: fc.nat(), again: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('made by hand' as const),
      trainer,
      places: fc.subarray(projects),
      hasPassword: fc.boolean(),
      privileged: fc.integer({ min: 0, max: 3 }).map((one) => one === 0),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('promoted' as const), trainer }) },
  { weight: 1, arbitrary: fc.constant({ type: 'revoke all' as const }) },
  { weight: 1, arbitrary: fc.constant({ type: 'restore revoked' as const }) },
  { weight: 1, arbitrary: fc.constant({ type: 'disconnect' as const }) },
  { weight: 1, arbitrary: fc.constant({ type: 'reconnect' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('time passes' as const),
      minutes: fc.constantFrom(1, 3, 8, 11, 15 * 24 * 60),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('call fails' as const), toolCall, when: moment }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('plugin dies' as const), toolCall, when: moment }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('during' as const),
      toolCall,
      inner: fc.oneof(hire, end, rehire, converge),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ type: 'replicas' as const }) },
);
type StepOf<Arbitrary> = Arbitrary extends fc.Arbitrary<infer Value> ? Value : never;
export type Step = StepOf<typeof step>;

export const histories = fc.array(step, { maxLength: 40, size: 'max' });
