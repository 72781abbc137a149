/** What a team has after some weeks: three projects, a dozen trainers, and forty days of work, so that the console has something to show. */
import type { PastWork } from '../../../adapters/local-tool.ts';
import { linkIn } from './mailbox.ts';
import type { Narrator } from './narrator.ts';
import { submitForm } from './web-form.ts';
import type { World } from './world.ts';

const DAYS = 40;
const DAY_MS = 86_400_000;
const TASKS = 40;
const PASSWORD = 'correct-horse-battery-41';

const teams = [
  {
    title: 'Support tickets, intent',
    job: { paymentType: 'PAY_PER_LABEL', fundedVolume: 350, fundedAmountUsd: 175 },
    people: ['Ada Okafor', 'Björn Svensson', 'Chinwe Adeyemi', 'Dmitri Kovac'],
  },
  {
    title: 'Street scenes, boxes',
    job: { paymentType: 'PAY_PER_HOUR', fundedVolume: 60, fundedAmountUsd: 900 },
    people: ['Eleni Papadaki', 'Fatima Zahra', 'Gustavo Mora', 'Hana Takeda'],
  },
  {
    title: 'Radiology reports',
    job: { paymentType: 'PAY_PER_LABEL', fundedVolume: 900, fundedAmountUsd: 1_800 },
    people: ['Ivo Marek', 'Jana Lind', 'Kofi Mensah', 'Lea Moreau'],
  },
] as const;

/** The last of each team has not accepted yet; the third one's contract has ended. */
const ENDED = 2;
const WAITING = 3;

interface Member {
  email: string;
  projectId: string;
  contractId: string;
  place: number;
}

/** Plays it on a world whose plugin runs. Does nothing, and says so, where the local tool cannot be given past work. */
export async function playFortyDays(world: World, tell: Narrator): Promise<void> {
  const { addPastWork } = world.people;
  if (!addPastWork) return tell.look('no work of past days: only the local Label Studio can be given some');
  tell.step('Three projects, a dozen trainers and forty days of work, so that the console has something to show');
  const members: Member[] = [];
  for (const team of teams) members.push(...(await hireTeam(world, team)));
  for (const member of members) if (member.place !== WAITING) await accept(world, member);
  tell.check(`${members.length} trainers were hired, ${members.length - teams.length} accepted`, true);
  const work = members.filter(({ place }) => place !== WAITING).flatMap(pastWork);
  await addPastWork(work);
  const sync = await world.command('sync');
  tell.check(`${work.length} labels of ${DAYS} days were counted and submitted`, sync.exitCode === 0);
  for (const { contractId, place } of members) if (place === ENDED) world.sandbox.control.endContract(contractId);
}

async function hireTeam(world: World, { title, job, people }: (typeof teams)[number]): Promise<Member[]> {
  const { control } = world.sandbox;
  const project = await world.people.createProject(title, TASKS);
  const { id: jobId } = control.createJob({ title, ...job });
  const linked = await world.command('link', project.id, jobId);
  if (linked.exitCode !== 0) throw new Error(`link ended with ${linked.exitCode}: ${linked.errors}`);
  const startDate = new Date(Date.now() - DAYS * DAY_MS).toISOString();
  return people.map((displayName, place) => {
    const trainer = control.createTrainer({ displayName, country: ['DE', 'NG', 'BR', 'JP'][place] });
    const contract = control.hire({ jobId, trainerId: trainer.opentrainUserId, startDate });
    return { email: trainer.workEmail ?? '', projectId: project.id, contractId: contract.id, place };
  });
}

async function accept(world: World, { email }: Member): Promise<void> {
  const mail = await world.mailbox.mailTo(email);
  const page = await submitForm(linkIn(mail, `${world.pluginUrl}/invitations/`), { password: PASSWORD });
  if (page.status >= 400) throw new Error(`the invitation of ${email} was answered with ${page.status}`);
}

/** Work on the weekdays before today: each person at a pace of their own, a little different each day. */
function pastWork({ email, projectId, place }: Member): PastWork[] {
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  return Array.from({ length: DAYS - 1 }, (_, index) => today - (index + 1) * DAY_MS).flatMap((day, index) => {
    const weekday = new Date(day).getUTCDay();
    if (weekday === 0 || weekday === 6) return [];
    const labels = 6 + place * 2 + ((index * 7 + place * 5) % 9);
    return Array.from({ length: labels }, (_label, nth) => ({
      ...{ email, projectId },
      at: new Date(day + 9 * 3_600_000 + nth * 11 * 60_000 + place * 60_000),
      seconds: 45 + ((index * 13 + nth * 17 + place * 29) % 90),
    }));
  });
}
