/** The pure rules that a mutation run changes, and the unit tests that must notice. */
export interface Rule {
  file: string;
  tests: readonly string[];
  /** Only these functions; the rest of the file reads or writes. */
  only?: readonly string[];
}

const access = ['plan', 'plan-lost', 'plan-by-project', 'desired', 'changes'].map(
  (name) => `test/unit/access/${name}.test.ts`,
);
const usage = ['attribution', 'days', 'differences', 'brake', 'range', 'totals', 'day-totals', 'link-periods'].map(
  (name) => `test/unit/usage/${name}.test.ts`,
);
const rule = (file: string, tests: readonly string[], only?: readonly string[]): Rule => ({
  file: `plugin/${file}.ts`,
  tests,
  ...(only && { only }),
});

export const rules: readonly Rule[] = [
  rule('access/plan', access),
  rule('access/desired', access),
  rule('access/changes', access),
  rule('usage/attribution', usage),
  rule('usage/day-totals', usage),
  rule('usage/differences', usage),
  rule('usage/link-periods', usage),
  rule('usage/range', usage),
  rule('usage/days', usage),
  rule('usage/totals', usage),
  rule('usage/brake', usage),
  rule('mirror/whose-link', ['test/unit/mirror/whose-link.test.ts']),
  rule('mirror/contracts', ['test/unit/mirror/newer.test.ts'], ['isLaterEvent', 'overrides']),
  rule('queue/failure', ['test/unit/queue/failure.test.ts']),
  rule('queue/leases', ['test/unit/queue/leases.test.ts']),
  rule('platform/is-gone', ['test/unit/platform/is-gone.test.ts']),
  rule('platform/signature', ['test/unit/platform/signature.test.ts']),
];
