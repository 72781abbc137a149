/**
 * To which job a day of work in a project belongs, from the project's links. Pure.
 *
 * A link cannot be changed: re-pointing is delete-then-create. So that it neither drags old work to the new job nor loses any:
 *
 * | the project's link      | claims the days                                                                |
 * |-------------------------|--------------------------------------------------------------------------------|
 * | first                   | from the beginning: work may be older than its link                             |
 * | later                   | from the day after the one before it was removed, or from its own creation day  |
 * | removed                 | up to and including the day it was removed                                      |
 * | live                    | until further notice                                                            |
 * | removed and followed on the same day | shares that day with its successor, which is asked first           |
 *
 * Days are days in USAGE_TIMEZONE. A project has one link at a time (contract: "Project links"): a
 * removal that we learnt of late is taken to have happened before the next link was made. Each link keeps its own label unit,
 * so that a new one does not re-count the days of its predecessor.
 */
import type { ProjectLinkRow } from '../mirror/project-links.ts';
import { addDays, type Day, dayOf, earliest } from './days.ts';

export interface LinkPeriod {
  link: ProjectLinkRow;
  /** First day; null: from the beginning. */
  from: Day | null;
  /** Last day, included; null: open. */
  until: Day | null;
}

/** The periods of every project's links, the latest first, by project id. */
export function linkPeriods(links: readonly ProjectLinkRow[], timezone: string): Map<string, LinkPeriod[]> {
  const byProject = Map.groupBy(links, (link) => link.project_id);
  return new Map(
    [...byProject].map(([projectId, projectLinks]) => [projectId, periodsOfProject(projectLinks, timezone)]),
  );
}

function periodsOfProject(links: readonly ProjectLinkRow[], timezone: string): LinkPeriod[] {
  const ordered = links.toSorted((a, b) => a.created_at - b.created_at || (a.id < b.id ? -1 : 1));
  const periods: LinkPeriod[] = [];
  let previousUntil: Day | null = null;
  for (const [index, link] of ordered.entries()) {
    const createdDay = dayOf(link.created_at, timezone);
    const successor = ordered[index + 1];
    const until = lastDay(link, successor, timezone);
    let from: Day | null = null;
    if (previousUntil !== null) from = previousUntil === createdDay ? createdDay : addDays(previousUntil, 1);
    periods.push({ link, from, until });
    previousUntil = until;
  }
  return periods.reverse();
}

function lastDay(link: ProjectLinkRow, successor: ProjectLinkRow | undefined, timezone: string): Day | null {
  const removedDay = link.removed_at === null ? null : dayOf(link.removed_at, timezone);
  if (!successor) return removedDay;
  const successorDay = dayOf(successor.created_at, timezone);
  return removedDay === null ? successorDay : earliest(removedDay, successorDay);
}

/** The links that may claim work of this day, in the order in which they are asked. */
export function claimants(periods: readonly LinkPeriod[], day: Day): ProjectLinkRow[] {
  return periods
    .filter(({ from, until }) => (from === null || from <= day) && (until === null || day <= until))
    .map(({ link }) => link);
}
