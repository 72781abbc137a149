/** After the dust has settled: what is, against what should be. */
import { type ToolAccount, type ToolAdapter, WHOLE_TOOL } from '../../adapters/tool.ts';
import type { Mailbox } from '../../plugin/dev/demo/mailbox.ts';
import { recipients } from '../../plugin/dev/demo/mailbox.ts';
import type { Sandbox } from '../../plugin/dev/sandbox/sandbox.ts';
import { usageOf } from '../../plugin/dev/sandbox/state.ts';
import type { Database } from '../../plugin/store/database.ts';
import type { History } from './history.ts';
import { hasInvitationLink, invitationIdOf, type People } from './people.ts';

export interface VerdictParts {
  sandbox: Sandbox;
  /** Asked with no proxy between. */
  tool: ToolAdapter;
  people: People;
  mailbox: Mailbox;
  history: History;
  /** The plugin's store, read from outside. */
  store: Database;
}

export interface Verdict {
  /** Lines of the table. */
  facts: [what: string, value: string][];
  /** What is not as it should be, in words; empty when all is well. */
  failures: string[];
}

/** Compares everything. */
export async function judge(parts: VerdictParts): Promise<Verdict> {
  const all = [await judgeAccess(parts), judgeTotals(parts), judgeMails(parts), await judgeDeliveries(parts)];
  return { facts: all.flatMap(({ facts }) => facts), failures: all.flatMap(({ failures }) => failures) };
}

async function judgeAccess({ history, people, tool, store }: VerdictParts): Promise<Verdict> {
  const expected = history.shouldHave();
  const isWhole = (await tool.describe()).capabilities.accessLevel === 'tool';
  const found = await tool.findAccounts([...expected.keys()].map((email) => ({ toolUserId: null, email })));
  const accounts = new Map(found.map((account) => [account.email, account]));
  const failures: string[] = [];
  let kept = 0;
  for (const [email, projects] of expected) {
    const should = isWhole && projects.length > 0 ? [WHOLE_TOOL] : projects;
    const { wrong, hasTooMuch } = await compareAccess(people, accounts.get(email), email, should);
    if (hasTooMuch) kept += 1;
    for (const what of wrong) failures.push(`${what}; recorded: ${await whatThePluginThinks(store, email)}`);
  }
  const hired = expected.size;
  const active = [...expected.values()].filter((projects) => projects.length > 0).length;
  return {
    failures,
    facts: [
      ['trainers who were hired (of them under contract at the end)', `${hired} (${active})`],
      [
        'access equal to the truth',
        failures.length === 0 ? `yes, of all ${hired}` : `no: ${failures.length} differences`,
      ],
      ['kept access that they should not have', String(kept)],
    ],
  };
}

/** What the tool says of somebody, and whether they really can sign in, against the places that they should have. */
async function compareAccess(
  people: People,
  account: ToolAccount | undefined,
  email: string,
  should: readonly string[],
): Promise<{ wrong: string[]; hasTooMuch: boolean }> {
  const has = [...(account?.places ?? [])].sort();
  const isIn = (await people.signIn(email)) !== null;
  const wrong: string[] = [];
  if (has.join() !== should.join()) wrong.push(`${email} is in [${has}] and should be in [${should}]`);
  if (isIn !== should.length > 0)
    wrong.push(`${email} can${isIn ? '' : 'not'} sign in and should${isIn ? ' not' : ''}`);
  const hasTooMuch = has.some((place) => !should.includes(place)) || (isIn && should.length === 0);
  return { wrong, hasTooMuch };
}

/** For finding out what went wrong. */
async function whatThePluginThinks(store: Database, email: string): Promise<string> {
  const of = (table: string) =>
    store(table).whereIn('trainer_id', store('trainers').where({ work_email: email }).select('id'));
  const access = await of('access').select('place', 'state', 'reason', 'since');
  const invitations = await of('invitations').select('id', 'kind', 'state', 'mailed_at', 'used_at');
  const journal = await of('access_journal').select('id', 'state', 'plan', 'begun_at', 'finished_at');
  return JSON.stringify({ access, invitations, journal });
}

function judgeTotals({ history, sandbox, people }: VerdictParts): Verdict {
  const failures: string[] = [];
  let counted = 0;
  for (const trainer of sandbox.state.trainers.values()) {
    for (const { jobId, projectIds } of history.jobs) {
      const contracts = [...sandbox.state.contracts.values()].filter(
        (contract) => contract.trainerId === trainer.opentrainUserId && contract.jobId === jobId,
      );
      const done = projectIds.reduce((sum, id) => sum + (people.labels.get(`${trainer.workEmail} ${id}`) ?? 0), 0);
      const reported = contracts
        .flatMap(({ id }) => usageOf(sandbox.state, id))
        .reduce((sum, day) => sum + (day.labelsCompleted ?? 0), 0);
      counted += done;
      if (done !== reported)
        failures.push(`${trainer.workEmail} on ${jobId}: ${done} labels done, ${reported} reported`);
    }
  }
  const equal = failures.length === 0 ? `yes, ${counted} labels` : `no: ${failures.length} differences`;
  return { failures, facts: [['totals on OpenTrain equal to what the tool took', equal]] };
}

function judgeMails({ history, mailbox }: VerdictParts): Verdict {
  const seen = new Set<string>();
  const invitations = new Map<string, number>();
  let copies = 0;
  let welcomes = 0;
  for (const mail of mailbox.mails) {
    const id = invitationIdOf(mail);
    const [email] = recipients(mail);
    if (!id || !email) continue;
    if (seen.has(id)) copies += 1;
    else if (hasInvitationLink(mail)) invitations.set(email, (invitations.get(email) ?? 0) + 1);
    else welcomes += 1;
    seen.add(id);
  }
  const failures = [...invitations]
    .filter(([email, count]) => count > history.hiresOf(email))
    .map(([email, count]) => `${email} got ${count} different invitations for ${history.hiresOf(email)} hires`);
  const distinct = [...invitations.values()].reduce((sum, count) => sum + count, 0);
  return {
    failures,
    facts: [
      ['invitations, and mails that only tell of access, by Message-ID', `${distinct}, ${welcomes}`],
      [
        'copies of one mail (nobody heard that it was accepted, or lived to record it; same Message-ID, counts as one)',
        String(copies),
      ],
      ['trainers with two invitations for one hire', String(failures.length)],
    ],
  };
}

async function judgeDeliveries({ sandbox, store }: VerdictParts): Promise<Verdict> {
  const deliveries = [...sandbox.state.deliveries.values()];
  const acknowledged = deliveries.filter(({ attempts }) =>
    attempts.some(({ status }) => status !== null && status >= 200 && status < 300),
  );
  const rows: { id: string; finished_at: number | null }[] = await store('deliveries').select('id', 'finished_at');
  const finished = new Set(rows.filter(({ finished_at }) => finished_at !== null).map(({ id }) => id));
  const lost = acknowledged.filter(({ id }) => !finished.has(id));
  const attempts = deliveries.reduce((sum, delivery) => sum + delivery.attempts.length, 0);
  const dropped = sandbox.state.events.filter(({ fate }) => fate === 'dropped').length;
  return {
    failures: lost.map(({ id }) => `delivery ${id} was acknowledged and is lost`),
    facts: [
      ['events (of them never sent)', `${sandbox.state.events.length} (${dropped})`],
      ['deliveries, attempts', `${deliveries.length}, ${attempts}`],
      ['failed for good after five attempts', String(deliveries.filter(({ status }) => status === 'FAILED').length)],
      ['acknowledged, of them lost', `${acknowledged.length}, ${lost.length}`],
    ],
  };
}
