/** Situations of one trainer with what a test does not care about filled in, and plans in short. */
import { expect } from 'chai';
import { type Capabilities, type ToolAccount, WHOLE_TOOL } from '../../adapters/tool.ts';
import type { AccessRow } from '../../plugin/access/access-rows.ts';
import type { Change } from '../../plugin/access/changes.ts';
import type { Desired } from '../../plugin/access/desired.ts';
import { type Facts, planTrainer, type Situation } from '../../plugin/access/plan.ts';
import { allCapabilities } from './model-tool.ts';

export const without = (...missing: (keyof Capabilities)[]): Capabilities => ({
  ...allCapabilities,
  ...Object.fromEntries(missing.map((name) => [name, false])),
});
export const facts = (change: Partial<Facts> = {}): Facts => ({
  connected: true,
  capabilities: allCapabilities,
  remedies: { restore: 'give us the role' },
  emailRemedy: 'give consent',
  ...change,
});
export const row = (change: Partial<AccessRow> = {}, place = WHOLE_TOOL): AccessRow => ({
  trainer_id: 'ann',
  place,
  state: 'active',
  reason: null,
  remedy: null,
  adopted: false,
  owned: change.state !== 'invited',
  since: 1,
  ...change,
});
export const blocked = (reason: string, owned: boolean, remedy: string | null = null): AccessRow =>
  row({ state: 'blocked', reason, owned, remedy });
export const member = (change: Partial<ToolAccount> = {}): ToolAccount => ({
  toolUserId: '7',
  email: 'ann@opentrain.work',
  places: [WHOLE_TOOL],
  closed: false,
  hasPassword: true,
  privileged: false,
  ...change,
});
export const desiredAs = (desired: Desired | null): Map<string, Desired> =>
  new Map(desired ? [[WHOLE_TOOL, desired]] : []);
export const granted: Desired = { value: 'granted' };
export const situation = (change: Partial<Situation>): Situation => ({
  trainerId: 'ann',
  workEmail: 'ann@opentrain.work',
  refusedEmail: null,
  toolUserId: '7',
  desired: desiredAs(granted),
  rows: [],
  invited: false,
  interrupted: false,
  account: undefined,
  ...change,
});

/** "invite *", "remove * and close": short, for reading in a table. */
export function short(change: Change): string {
  const extra =
    (change.action === 'remove' && change.closeAccount && ' and close') ||
    ('choosePassword' in change && change.choosePassword && ' and choose a password') ||
    (change.action === 'block' && ` ${change.reason}`) ||
    '';
  return `${change.action} ${change.places.join('+')}${extra}`;
}
export const plan = (change: Partial<Situation>, given: Partial<Facts> = {}): string[] =>
  planTrainer(situation(change), facts(given)).map(short);

/** A row of the table above `planTrainer`. */
export interface Row {
  when: string;
  given: Partial<Situation>;
  facts?: Partial<Facts>;
  actions: string[];
}

export const lost = desiredAs(null);

/** One test a row. */
export function testRows(rows: readonly Row[]): void {
  for (const { when, given, facts: about, actions } of rows) {
    it(`${when} → ${actions.join(', ') || 'nothing'}`, () => {
      expect(plan(given, about)).to.deep.equal(actions);
    });
  }
}
