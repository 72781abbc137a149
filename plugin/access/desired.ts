/**
 * Who should have access: contracts × links × trainers → the places of each trainer. Pure: no I/O, time is given.
 *
 * | contract | link of its job                          | the place is                                    |
 * |----------|------------------------------------------|-------------------------------------------------|
 * | active   | PARTNER_WEBHOOK, live                    | granted                                         |
 * | active   | PARTNER_WEBHOOK, removed within grace    | held until the grace ends, not granted anew     |
 * | active   | PARTNER_WEBHOOK, removed longer ago      | –                                               |
 * | active   | any, not linked under the present grant  | held: a reconnect left it behind, nothing anew  |
 * | active   | any, of another tool                     | –                                               |
 * | active   | PARTNER_WEBHOOK, live, project missing or not asked for yet | held: nobody loses access, nothing anew |
 * | active   | MANAGED_ADAPTER, live or within grace    | managed: OpenTrain's own; held, never given      |
 * | active, the admin took the trainer out  | PARTNER_WEBHOOK | –                                        |
 * | ended    | any                                      | –                                               |
 *
 * Several of them on one place: granted wins, whatever else is there; then a live managed link, which only holds what somebody has;
 * then held, then a removed managed link, then the grace. Of two that end, the one that ends last.
 */
import { WHOLE_TOOL } from '../../adapters/tool.ts';
import type { ContractRow } from '../mirror/contracts.ts';
import type { ProjectLinkRow } from '../mirror/project-links.ts';
import { standingOf } from '../mirror/whose-link.ts';

export type Desired =
  /** `until`: when a managed link that was removed stops holding; null while it lives. */
  | { value: 'managed'; until: number | null }
  | { value: 'granted' }
  /**
   * A reconnect left the link behind, or the tool does not know its project: nobody loses access by that, and nobody new is let in,
   * until that changes or an admin removes the link.
   */
  | { value: 'held' }
  /** `until`: when the grace ends, milliseconds since 1970 UTC. */
  | { value: 'grace'; until: number };

/** By trainer id, then by place. Trainers with nothing are absent. */
export type DesiredAccess = ReadonlyMap<string, ReadonlyMap<string, Desired>>;

export type DesiredContract = Pick<ContractRow, 'id' | 'job_id' | 'status'>;
export type DesiredLink = Pick<
  ProjectLinkRow,
  'job_id' | 'project_id' | 'provisioning_mode' | 'removed_at' | 'not_linked_since' | 'owner' | 'project_state'
>;

/** A trainer on a contract. */
export interface Assignment {
  trainer_id: string;
  contract_id: string;
}

export interface DesiredInput {
  contracts: readonly DesiredContract[];
  links: readonly DesiredLink[];
  assignments: readonly Assignment[];
  /** An admin took this trainer out while this contract ran: it gives nothing until the admin restores it. */
  holds: readonly Assignment[];
  accessLevel: 'tool' | 'project';
  graceMs: number;
  /** Milliseconds since 1970 UTC. */
  now: number;
}

/** The places of every trainer who should have any (design: "Access rules"). */
export function desiredAccess(input: DesiredInput): DesiredAccess {
  const contracts = new Map(input.contracts.map((contract) => [contract.id, contract]));
  const links = Map.groupBy(input.links, (link) => link.job_id);
  const held = new Set(input.holds.map(assignmentKey));
  const access = new Map<string, Map<string, Desired>>();
  for (const assignment of input.assignments) {
    const contract = contracts.get(assignment.contract_id);
    if (contract?.status !== 'active') continue;
    for (const link of links.get(contract.job_id) ?? []) {
      const desired = desiredByLink(link, input);
      if (!desired) continue;
      if (desired.value !== 'managed' && held.has(assignmentKey(assignment))) continue;
      const places = access.get(assignment.trainer_id) ?? new Map<string, Desired>();
      access.set(assignment.trainer_id, places);
      const place = input.accessLevel === 'tool' ? WHOLE_TOOL : link.project_id;
      places.set(place, stronger(places.get(place), desired));
    }
  }
  return access;
}

function assignmentKey({ trainer_id, contract_id }: Assignment): string {
  return JSON.stringify([trainer_id, contract_id]);
}

function desiredByLink(link: DesiredLink, { graceMs, now }: DesiredInput): Desired | null {
  const standing = standingOf(link);
  if (standing === 'another tool') return null;
  const until = link.removed_at === null ? null : link.removed_at + graceMs;
  if (until !== null && until <= now) return null;
  if (until === null && link.not_linked_since !== null) return { value: 'held' };
  // A mode that we do not know is not ours to provision either.
  if (link.provisioning_mode !== 'PARTNER_WEBHOOK') return { value: 'managed', until };
  if (until !== null) return { value: 'grace', until };
  return { value: standing === 'ours' ? 'granted' : 'held' };
}

function stronger(one: Desired | undefined, other: Desired): Desired {
  if (!one) return other;
  const [first, second] = rank(one) >= rank(other) ? [one, other] : [other, one];
  if (rank(first) > rank(second)) return first;
  return endOf(first) >= endOf(second) ? first : second;
}

function rank(desired: Desired): number {
  if (desired.value === 'granted') return 4;
  if (desired.value === 'held') return 2;
  if (desired.value === 'grace') return 0;
  return desired.until === null ? 3 : 1;
}

/** When this stops by itself; infinity when it does not. */
export function endOf(desired: Desired): number {
  const until = 'until' in desired ? desired.until : null;
  return until ?? Number.POSITIVE_INFINITY;
}
