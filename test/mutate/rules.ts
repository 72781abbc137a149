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
const usage = [
  'sort-changes',
  'attribution',
  'days',
  'differences',
  'brake',
  'range',
  'totals',
  'day-totals',
  'link-periods',
].map((name) => `test/unit/usage/${name}.test.ts`);
const rule = (file: string, tests: readonly string[], only?: readonly string[]): Rule => ({
  file: `${file}.ts`,
  tests,
  ...(only && { only }),
});

export const rules: readonly Rule[] = [
  rule('plugin/access/plan', access),
  rule('plugin/access/desired', access),
  rule('plugin/access/changes', access),
  rule('plugin/access/recognise', ['test/unit/access/recognise.test.ts']),
  rule('plugin/settings/changeable', ['test/unit/settings/changeable.test.ts']),
  rule('plugin/usage/attribution', usage),
  rule('plugin/usage/day-totals', usage),
  rule('plugin/usage/differences', usage),
  rule('plugin/usage/link-periods', usage),
  rule('plugin/usage/range', usage),
  rule('plugin/usage/days', usage),
  rule('plugin/usage/totals', usage),
  rule('plugin/usage/brake', usage),
  rule('plugin/usage/explain-line', ['test/unit/usage/explain-line.test.ts']),
  rule('plugin/usage/flags', ['test/unit/usage/flags.test.ts']),
  rule('plugin/usage/usual', ['test/unit/usage/usual.test.ts']),
  rule('plugin/mirror/whose-link', ['test/unit/mirror/whose-link.test.ts']),
  rule('plugin/mirror/newer', ['test/unit/mirror/newer.test.ts'], ['isLaterEvent', 'judge']),
  rule('plugin/mirror/external-project-id', ['test/unit/mirror/whose-link.test.ts']),
  rule('plugin/status/life-problems', ['test/unit/status/life-problems.test.ts']),
  rule('plugin/queue/failure', ['test/unit/queue/failure.test.ts']),
  rule('plugin/queue/leases', ['test/unit/queue/leases.test.ts']),
  rule('plugin/queue/timetable', ['test/unit/queue/timetable.test.ts']),
  rule('plugin/platform/is-gone', ['test/unit/platform/is-gone.test.ts']),
  rule('plugin/platform/signature', ['test/unit/platform/signature.test.ts']),
  rule('plugin/gateway/decide', ['test/unit/gateway/decide.test.ts']),
  rule('plugin/text/calendar-day', ['test/unit/usage/days.test.ts']),
  rule('plugin/web/forwarded', ['test/unit/web/forwarded.test.ts'], ['withoutPorts']),
  rule('adapters/in-front', ['test/unit/adapters/in-front.test.ts']),
  rule('adapters/sql/day-spans', ['test/unit/adapters/day-spans.test.ts'], ['startOfDay']),
];
