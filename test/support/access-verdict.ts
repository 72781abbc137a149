/** What must hold in the end, whatever happened to access. */
import { expect } from 'chai';
import { WHOLE_TOOL } from '../../adapters/tool.ts';
import type { AccessRow } from '../../plugin/access/access-rows.ts';
import { invitationRows } from '../../plugin/access/invitation-rows.ts';
import { journals } from '../../plugin/access/journal.ts';
import type { History } from './access-history.ts';
import { projects, trainers } from './access-steps.ts';
import { mailOf } from './access-world.ts';

/** Lets everything settle; then access is what it should be, only what is ours was changed, and nothing changes any more. */
export async function expectRightEnd(history: History): Promise<void> {
  await history.settle();
  await history.everybodyAccepts();
  await expectRightAccess(history);
  expectOthersUntouched(history);
  await expectNothingMore(history);
}

/** What is due was enough: to look at everybody finds nothing more to do, and no change is left open by somebody who died. */
export async function expectSettled({ world }: History): Promise<void> {
  const seen = async () => ({ changes: [...world.tool.changes], rows: await world.rows() });
  const before = await seen();
  const open = [...(await journals(world.store.database)).values()].filter((journal) => journal.open !== null);
  expect(open, 'changes of access that are still open').to.deep.equal([]);
  await world.converge('all', { look: true });
  expect(await seen(), 'what a look at everybody changes').to.deep.equal(before);
}

async function expectRightAccess(history: History): Promise<void> {
  const rows = await history.world.rows();
  for (const trainer of trainers) {
    for (const place of history.isWhole ? [WHOLE_TOOL] : projects) {
      const should = history.should(trainer, place);
      if (should === "be OpenTrain's business") continue;
      const row = rows.find((one) => one.trainer_id === trainer && one.place === place);
      const problem = should === 'have it' ? lacks(history, trainer, place, row) : keeps(history, trainer, place, row);
      expect(problem, `${trainer} on ${place}, who should ${should}`).to.equal(null);
    }
    await expectNoIdleInvitation(history, trainer, rows);
    expectNoIdleAccount(history, trainer, rows);
  }
}

/**
 * An account that we made is closed when nothing is left for it; where none can be closed, that is told. One that was left open
 * for a managed project is not ours to close later; nor is one whose making was cut off, where nothing can prove whose it is: it was
 * never recorded.
 */
function expectNoIdleAccount(history: History, trainer: string, rows: readonly AccessRow[]): void {
  const { tool } = history.world;
  const account = tool.byEmail(mailOf(trainer));
  const places = history.isWhole ? [WHOLE_TOOL] : projects;
  const isOver = places.every((place) => history.should(trainer, place) === 'not have it');
  const isManaged = history.links.some(({ managed }) => managed);
  const isOurs = account && !account.privileged && !isManaged && !history.givenByHand.has(account.email);
  if (!isOver || !isOurs || account.closed || account.places.size > 0) return;
  const states = rows.filter((row) => row.trainer_id === trainer).map(({ state }) => state);
  const { setPassword, endKeys } = tool.capabilities;
  if (states.length === 0 && !(setPassword && endKeys)) return;
  const told = states.includes('revoked-partial');
  expect([tool.capabilities.closeAccount, told], `the open account of ${trainer} in nothing`).to.deep.equal([
    false,
    true,
  ]);
}

/** What is wrong with somebody who should have access; null when nothing is. */
function lacks(history: History, trainer: string, place: string, row: AccessRow | undefined): string | null {
  const { tool } = history.world;
  const { restore, setPassword, endKeys } = tool.capabilities;
  const account = tool.byEmail(mailOf(trainer));
  const member = account && !account.closed && account.places.has(place);
  const excuses: Record<string, boolean> = {
    'privileged-account': account?.privileged === true,
    'needs-database-role': !restore && account !== undefined && !member,
    'no-password': !setPassword && account?.password === null,
    'account-exists': !restore && account !== undefined,
    'account-not-ours': !(setPassword && endKeys) && account !== undefined,
  };
  switch (row?.state) {
    case 'active':
      return member || account?.privileged ? null : 'recorded as active, but not a member';
    case 'blocked':
      return excuses[row.reason ?? ''] ? null : `blocked without need: ${row.reason}`;
    default:
      return `recorded as ${row?.state ?? 'nothing'}`;
  }
}

/** What is wrong with somebody who should not have access; null when nothing is. */
function keeps(history: History, trainer: string, place: string, row: AccessRow | undefined): string | null {
  const { tool } = history.world;
  const account = tool.byEmail(mailOf(trainer));
  const member = account?.places.has(place) === true;
  switch (row?.state) {
    case undefined:
      return null;
    case 'revoked':
      if (member && !account?.privileged) return 'recorded as revoked, but still a member';
      return null;
    case 'revoked-partial':
      if (member && !account?.privileged) return 'partly removed, but still a member';
      return tool.capabilities.closeAccount ? 'only partly removed without need' : null;
    case 'blocked':
      return account?.privileged ? null : `still blocked: ${row.reason}`;
    default:
      return `recorded as ${row?.state}`;
  }
}

async function expectNoIdleInvitation(history: History, trainer: string, rows: readonly AccessRow[]): Promise<void> {
  const open = (await invitationRows(history.world.store.database, [trainer])).filter(({ state }) => state === 'open');
  const waiting = rows.some((row) => row.trainer_id === trainer && (row.state === 'invited' || row.state === 'active'));
  expect(open.length, `open invitations of ${trainer}`).to.be.at.most(waiting ? 1 : 0);
}

function expectOthersUntouched(history: History): void {
  for (const [email, before] of history.untouchable) expect(history.fingerprint(email), email).to.equal(before);
}

/** A trainer without any record never was ours: what others gave stays. */
async function expectNothingMore(history: History): Promise<void> {
  const { world } = history;
  const ours = new Set((await world.rows()).map((row) => `${mailOf(row.trainer_id)} ${row.place}`));
  for (const [email, places] of history.givenByHand) {
    for (const place of places.filter((one) => !ours.has(`${email} ${one}`))) {
      expect(world.tool.byEmail(email)?.places.has(place), `${email} on ${place}, given by others`).to.equal(true);
    }
  }
  const seen = async () => ({
    changes: [...world.tool.changes],
    audit: await world.audit(),
    rows: await world.rows(),
    invitations: (await invitationRows(world.store.database)).length,
    mails: world.mails.length,
  });
  const before = await seen();
  world.later(1000);
  await world.converge();
  await world.work();
  expect(await seen()).to.deep.equal(before);
}
