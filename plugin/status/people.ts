/** Every trainer: the state of their access, why, what to do, since when; and invitations that an admin must pass on. */
import { WHOLE_TOOL } from '../../adapters/tool.ts';
import { type AccessRow, type AccessState, accessHolds, accessRows } from '../access/access-rows.ts';
import { type InvitationRow, invitationRows } from '../access/invitation-rows.ts';
import type { StoreContext } from '../context.ts';
import { allContracts, contractsOfTrainers } from '../mirror/contracts.ts';
import { ourProjectLinks } from '../mirror/project-links.ts';
import { allContractTrainers, allTrainers, contractTrainersOf, findTrainers } from '../mirror/trainers.ts';
import { webAddress } from '../text/web-address.ts';

/** `none`: nothing was ever given, or nothing has been done yet. */
export type TrainerState = AccessState | 'none';

/** What needs an admin first. */
export const trainerStates: readonly TrainerState[] = [
  'blocked',
  'revoked-partial',
  'invited',
  'active',
  'none',
  'revoked',
];

export interface PlaceStatus {
  /** A project's title, or "everything in the tool". */
  place: string;
  state: AccessState;
  reason: string | null;
  remedy: string | null;
  since: number;
}

export interface InvitationStatus {
  id: string;
  expiresAt: number;
  mailedAt: number | null;
  mailError: string | null;
  /** For the admin to pass on; null when it was mailed. */
  link: string | null;
  /** The tool refused the last time that the trainer accepted. */
  refusal: { message: string; remedy: string; at: number } | null;
}

export interface TrainerStatus {
  id: string;
  /** As OpenTrain masks it: often only "Freelancer", so that Work Email or id is shown beside it. */
  displayName: string | null;
  workEmail: string | null;
  country: string | null;
  /** Their page on OpenTrain; http and https only. */
  profileUrl: string | null;
  /** The state that most needs attention. */
  state: TrainerState;
  reason: string | null;
  remedy: string | null;
  since: number | null;
  places: PlaceStatus[];
  contracts: { id: string; title: string | null; status: 'active' | 'ended' }[];
  /** The open one. */
  invitation: InvitationStatus | null;
  /** An admin took them out; they stay out until the admin restores access. */
  heldSince: number | null;
}

/** All trainers, or these; those that need attention first, then by name. */
export async function readTrainers(context: StoreContext, ids?: readonly string[]): Promise<TrainerStatus[]> {
  const { database } = context;
  const trainers = ids ? await findTrainers(database, ids) : await allTrainers(database);
  const access = Map.groupBy(await accessRows(database, ids), (row) => row.trainer_id);
  const titles = await projectTitles(context);
  const contracts = await contractsByTrainer(context, ids);
  const open = (await invitationRows(database, ids)).filter((row) => row.state === 'open');
  const invitations = new Map(open.map((row) => [row.trainer_id, row]));
  const holds = new Map((await accessHolds(database, ids)).map((row) => [row.trainer_id, row.at]));
  const statuses: TrainerStatus[] = [];
  for (const trainer of trainers) {
    const places = (access.get(trainer.id) ?? []).map((row) => placeStatus(row, titles));
    const invitation = invitations.get(trainer.id);
    statuses.push({
      id: trainer.id,
      displayName: trainer.display_name,
      workEmail: trainer.work_email,
      country: trainer.country,
      profileUrl: webAddress(trainer.profile_url),
      ...worstOf(places),
      places,
      contracts: contracts.get(trainer.id) ?? [],
      invitation: invitation ? await invitationStatus(context, invitation) : null,
      heldSince: holds.get(trainer.id) ?? null,
    });
  }
  return statuses.sort(byAttention);
}

function placeStatus(row: AccessRow, titles: ReadonlyMap<string, string>): PlaceStatus {
  const place = row.place === WHOLE_TOOL ? 'everything in the tool' : (titles.get(row.place) ?? `project ${row.place}`);
  return { place, state: row.state, reason: row.reason, remedy: row.remedy, since: row.since };
}

function worstOf(places: readonly PlaceStatus[]): Pick<TrainerStatus, 'state' | 'reason' | 'remedy' | 'since'> {
  const [worst] = places.toSorted((a, b) => trainerStates.indexOf(a.state) - trainerStates.indexOf(b.state));
  if (!worst) return { state: 'none', reason: null, remedy: null, since: null };
  return { state: worst.state, reason: worst.reason, remedy: worst.remedy, since: worst.since };
}

let collator: Intl.Collator | undefined;

/** Far quicker than localeCompare, which looks the language up each time. Made with the first two names: it is slow to make. */
function byName(a: string, b: string): number {
  collator ??= new Intl.Collator('en');
  return collator.compare(a, b);
}

function byAttention(a: TrainerStatus, b: TrainerStatus): number {
  const order = trainerStates.indexOf(a.state) - trainerStates.indexOf(b.state);
  return order || byName(nameOf(a), nameOf(b)) || byName(a.id, b.id);
}

/** Name and Work Email, or the id where there is none: masked names do not tell people apart. */
export function whoIs(trainer: Pick<TrainerStatus, 'id' | 'displayName' | 'workEmail'>): string {
  const { id, displayName, workEmail } = trainer;
  return displayName === null ? (workEmail ?? id) : `${displayName} (${workEmail ?? id})`;
}

/** What to call a trainer on a page. */
export function nameOf(trainer: Pick<TrainerStatus, 'id' | 'displayName'>): string {
  return trainer.displayName ?? trainer.id;
}

/** Titles of linked projects by their id; a live link's wins over a removed one's. */
export async function projectTitles({ database }: StoreContext): Promise<Map<string, string>> {
  const links = await ourProjectLinks(database);
  const removedFirst = links.toSorted((a, b) => Number(a.removed_at === null) - Number(b.removed_at === null));
  return new Map(
    removedFirst.flatMap((row) =>
      row.external_project_name ? [[row.project_id, row.external_project_name] as const] : [],
    ),
  );
}

async function contractsByTrainer(
  { database }: StoreContext,
  ids?: readonly string[],
): Promise<Map<string, TrainerStatus['contracts']>> {
  const known = ids ? await contractsOfTrainers(database, ids) : await allContracts(database);
  const rows = ids
    ? await contractTrainersOf(
        database,
        known.map(({ id }) => id),
      )
    : await allContractTrainers(database);
  const contracts = new Map(known.map((row) => [row.id, row]));
  const byTrainer = new Map<string, TrainerStatus['contracts']>();
  for (const { trainer_id, contract_id } of rows) {
    const contract = contracts.get(contract_id);
    if (!contract) continue;
    const list = byTrainer.get(trainer_id) ?? [];
    byTrainer.set(trainer_id, list);
    list.push({ id: contract.id, title: contract.title, status: contract.status });
  }
  return byTrainer;
}

async function invitationStatus(context: StoreContext, row: InvitationRow): Promise<InvitationStatus> {
  const passOn = row.mailed_at === null && row.expires_at > context.clock.now().getTime();
  return {
    id: row.id,
    expiresAt: row.expires_at,
    mailedAt: row.mailed_at,
    mailError: row.mail_error,
    link: passOn ? await linkOf(context, row) : null,
    refusal: refusalOf(row),
  };
}

function refusalOf({ refusal, refusal_remedy, refused_at }: InvitationRow): InvitationStatus['refusal'] {
  return refusal === null || refused_at === null
    ? null
    : { message: refusal, remedy: refusal_remedy ?? '', at: refused_at };
}

/** Loaded when there is a link to show: signing brings much along that `status` rarely needs. */
async function linkOf(context: StoreContext, row: InvitationRow): Promise<string> {
  const { urlOfInvitation } = await import('../invitations/invitations.ts');
  return urlOfInvitation(context, row);
}
