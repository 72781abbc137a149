/** /work/:token: a trainer's own page, from the link in their mails. Their projects, and what was counted of their work. */
import { Router } from 'express';
import { readTrainerAccess } from '../access/one-trainer.ts';
import type { PluginContext } from '../context.ts';
import { readTrainerPageLink } from '../mail/link-tokens.ts';
import { contractsOfTrainers } from '../mirror/contracts.ts';
import { allProjectLinks } from '../mirror/project-links.ts';
import { createFormat, type Format } from '../text/format.ts';
import { dayOf } from '../usage/days.ts';
import { type TrainerCut, type TrainerDay, trainerDays } from '../usage/trainer-days.ts';
import { pathPart, toolName } from './forms.ts';
import { methodNotAllowed } from './problems.ts';
import type { Views } from './render.ts';

const closed = {
  title: 'This link no longer applies',
  message: 'It is too old, or no contract of yours runs any more.',
  remedy: 'Look for a newer mail. What was submitted is also in your account on OpenTrain.',
  resend: null,
};

/** The route below /work. */
export function trainerPage(context: PluginContext, views: Views): Router {
  const router = Router();
  router.get('/:token', async (request, response) => {
    const trainerId = readTrainerPageLink(context.keys, pathPart(request, 'token'), context.clock.now());
    const page = trainerId === null ? null : await readPage(context, trainerId);
    response.set('Cache-Control', 'no-store');
    if (page) views.page(response, 'trainer', page);
    else views.page(response, 'link-closed', closed, 404);
  });
  router.all('/:token', methodNotAllowed(views, ['GET']));
  return router;
}

/** null: none of the trainer's contracts runs. */
async function readPage(context: PluginContext, trainerId: string): Promise<object | null> {
  const { database, settings, clock } = context;
  const contracts = await contractsOfTrainers(database, [trainerId]);
  if (!contracts.some(({ status }) => status === 'active')) return null;
  const access = await readTrainerAccess(context, trainerId);
  if (!access) return null;
  const { timezone } = settings.usage;
  const format = createFormat(timezone, () => clock.now());
  const { days, cuts } = await trainerDays(database, trainerId, dayOf(clock.now(), timezone));
  const titles = new Map(contracts.map(({ id, title }) => [id, title ?? id]));
  const names = new Map((await allProjectLinks(database)).map((row) => [row.project_id, row.external_project_name]));
  return {
    title: 'Your work',
    toolName: toolName(context),
    displayName: access.situation.displayName ?? '',
    timezone,
    contact: settings.mail.contact ?? '',
    projects: access.projects,
    days: days.map((day) => dayCells(day, titles, format)),
    cuts: cuts.flatMap((cut) => cutCells(cut, names.get(cut.projectId) ?? `Project ${cut.projectId}`, format)),
  };
}

function dayCells(day: TrainerDay, titles: ReadonlyMap<string, string>, format: Format) {
  return {
    day: format.day(day.day),
    contract: titles.get(day.contractId) ?? day.contractId,
    labels: format.number(day.labels),
    time: format.duration(day.seconds),
    state: day.isSubmitted ? 'submitted' : `not taken by OpenTrain: ${day.refusal}`,
  };
}

function cutCells({ day, cappedSeconds, clampedSeconds }: TrainerCut, project: string, format: Format) {
  const line = (seconds: number, why: string) =>
    seconds > 0 ? [{ day: format.day(day), project, time: format.duration(seconds), why }] : [];
  return [
    ...line(cappedSeconds, 'more than counts for one annotation'),
    ...line(clampedSeconds, 'more than a day has'),
  ];
}
