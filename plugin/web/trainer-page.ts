/** /work/:token: a trainer's own page, from the link in their mails. Their projects, and what was counted of their work. */
import { type RequestHandler, Router } from 'express';
import { readTrainerAccess } from '../access/one-trainer.ts';
import type { PluginContext } from '../context.ts';
import { messageOf } from '../errors.ts';
import { readTrainerPageLink } from '../mail/link-tokens.ts';
import { type ContractRow, contractsOfTrainers } from '../mirror/contracts.ts';
import { allProjectLinks } from '../mirror/project-links.ts';
import type { MailLanguage } from '../settings/settings.ts';
import { createFormat, type Format } from '../text/format.ts';
import type { UnreadableDay } from '../usage/counted-days.ts';
import { dayOf } from '../usage/days.ts';
import { notYetSubmitted, type TrainerCut, type TrainerDay, trainerDays } from '../usage/trainer-days.ts';
import { pathPart, toolName } from './forms.ts';
import { methodNotAllowed } from './problems.ts';
import type { TrainersPage, Views } from './render.ts';
import { type Say, sayIn } from './words.ts';

const LOCALES: Readonly<Record<MailLanguage, string>> = { en: 'en-GB', de: 'de-DE' };

const closed = {
  title: 'This link no longer applies',
  message: 'It is too old, or no contract of yours runs any more.',
  remedy: 'Look for a newer mail. What was submitted is also in your account on OpenTrain.',
  resend: null,
};

/** The route below /work; `limit` is how often a link may be opened. */
export function trainerPage(context: PluginContext, views: Views, limit: RequestHandler): Router {
  const router = Router();
  router.get('/:token', limit, async (request, response) => {
    const trainerId = readTrainerPageLink(context.keys, pathPart(request, 'token'), context.clock.now());
    const page = trainerId === null ? null : await readPage(context, trainerId);
    response.set('Cache-Control', 'no-store');
    if (page) views.trainersPage(response, 'trainer', page);
    else views.trainersPage(response, 'link-closed', closed, 404);
  });
  router.all('/:token', methodNotAllowed(views, ['GET']));
  return router;
}

/** How the page is written: its language, its numbers and days, and the titles of the trainer's contracts. */
interface Style {
  say: Say;
  format: Format;
  titles: ReadonlyMap<string, string>;
}

/** null: none of the trainer's contracts runs. */
async function readPage(context: PluginContext, trainerId: string): Promise<TrainersPage | null> {
  const { database, settings, clock } = context;
  const contracts = await contractsOfTrainers(database, [trainerId]);
  if (!contracts.some(({ status }) => status === 'active')) return null;
  const access = await readTrainerAccess(context, trainerId);
  if (!access) return null;
  const { timezone } = settings.usage;
  const style: Style = {
    say: sayIn(settings.mail.language),
    format: createFormat(timezone, () => clock.now(), LOCALES[settings.mail.language]),
    titles: new Map(contracts.map(({ id, title }) => [id, title ?? id])),
  };
  const { days, cuts, unreadable } = await trainerDays(database, trainerId, dayOf(clock.now(), timezone));
  const names = new Map((await allProjectLinks(database)).map((row) => [row.project_id, row.external_project_name]));
  const nameOf = (id: string): string => names.get(id) ?? style.say('Project {id}', { id });
  return {
    title: 'Your work',
    toolName: toolName(context),
    displayName: access.situation.displayName ?? '',
    timezone,
    contact: settings.mail.contact ?? '',
    projects: access.projects,
    days: days.map((day) => dayCells(day, style)),
    cuts: [
      ...unreadable.map((day) => unreadableCells(day, nameOf(day.projectId), style)),
      ...cuts.flatMap((cut) => cutCells(cut, nameOf(cut.projectId), style)),
    ],
    ...(await pendingCells(context, trainerId, contracts, style)),
  };
}

/** What is counted and not yet submitted, and the contracts whose totals are held. */
async function pendingCells(context: PluginContext, trainerId: string, contracts: ContractRow[], style: Style) {
  const title = (id: string): string => style.titles.get(id) ?? id;
  const running = contracts.filter(({ status }) => status === 'active').map(({ id }) => id);
  const known = contracts.filter(({ usage_problem }) => usage_problem !== null).map(({ id }) => id);
  try {
    const { days, held } = await notYetSubmitted(context, trainerId, running);
    return {
      pending: days.map((day) => ({
        day: style.format.day(day.day),
        labels: style.format.number(day.labels),
        time: style.format.duration(day.seconds),
        contract: title(day.contractId),
      })),
      held: [...new Set([...known, ...held])].map(title),
      toolProblem: false,
    };
  } catch (error) {
    context.log.warn({ trainer: trainerId, error: messageOf(error) }, 'a trainer’s page could not ask the tool');
    return { pending: [], held: known.map(title), toolProblem: true };
  }
}

function dayCells(day: TrainerDay, { say, format, titles }: Style) {
  return {
    day: format.day(day.day),
    contract: titles.get(day.contractId) ?? day.contractId,
    labels: format.number(day.labels),
    time: format.duration(day.seconds),
    state: day.isSubmitted ? say('submitted') : say('not taken by OpenTrain: {why}', { why: day.refusal ?? '' }),
  };
}

/** What the tool's adapter said of the day is for the admin. */
function unreadableCells({ day }: UnreadableDay, project: string, { say, format }: Style) {
  const why = say('its numbers cannot be read: the day is submitted as soon as your client has mended it');
  return { day: format.day(day), project, time: format.duration(null), why };
}

function cutCells({ day, cappedSeconds, clampedSeconds }: TrainerCut, project: string, { say, format }: Style) {
  const line = (seconds: number, why: string) =>
    seconds > 0 ? [{ day: format.day(day), project, time: format.duration(seconds), why: say(why) }] : [];
  return [
    ...line(cappedSeconds, 'more than counts for one annotation'),
    ...line(clampedSeconds, 'more than a day has'),
  ];
}
