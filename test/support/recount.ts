/**
 * What OpenTrain should hold, counted once more in another way: annotation by annotation, asking for each who may claim it.
 * Shares nothing with the code under test but the rules.
 */
import { DateTime } from 'luxon';
import type { ContractRow } from '../../plugin/mirror/contracts.ts';
import type { ProjectLinkRow } from '../../plugin/mirror/project-links.ts';
import type { Database } from '../../plugin/store/database.ts';
import type { ModelAnnotation } from './model-tally.ts';

export interface Recounted {
  contractId: string;
  trainerId: string;
  day: string;
  tasks: number;
  labels: number;
  seconds: number;
  /** Contracts without a live link that could have claimed some of it. */
  contested: boolean;
}

export interface RecountOptions {
  timezone: string;
  cap: number;
  now: Date;
}

/** The totals of every contract and day that has work. */
export async function recount(
  database: Database,
  annotations: readonly ModelAnnotation[],
  { timezone, cap, now }: RecountOptions,
): Promise<Map<string, Recounted>> {
  const links: ProjectLinkRow[] = await database('project_links').orderBy(['created_at', 'id']);
  const contracts: ContractRow[] = await database('contracts');
  const staff: { contract_id: string; trainer_id: string }[] = await database('contract_trainers');
  const trainers: { id: string; tool_user_id: string | null; work_email: string | null }[] = await database('trainers');
  const localDay = (instant: Date | number): string =>
    DateTime.fromJSDate(new Date(instant)).setZone(timezone).toISODate() ?? '';
  const result = new Map<string, Recounted & { seen: Set<string> }>();
  for (const annotation of annotations) {
    const day = localDay(annotation.createdAt);
    if (day > now.toISOString().slice(0, 10)) continue;
    const trainer =
      trainers.find((one) => one.tool_user_id === annotation.toolUserId) ??
      trainers.find((one) => one.work_email !== null && one.work_email === annotation.email);
    if (!trainer) continue;
    const owners = linksOnDay(
      links.filter((one) => one.project_id === annotation.projectId),
      day,
      localDay,
    )
      .map((link) => ({ link, contract: newestContract(link.job_id, trainer.id, day) }))
      .filter(({ contract }) => contract !== undefined);
    const owner = owners[0];
    if (!owner?.contract) continue;
    const key = [owner.contract.id, trainer.id, day].join(' ');
    const total = result.get(key) ?? {
      contractId: owner.contract.id,
      trainerId: trainer.id,
      day,
      tasks: 0,
      labels: 0,
      seconds: 0,
      contested: false,
      seen: new Set<string>(),
    };
    result.set(key, total);
    const task = `${annotation.projectId}/${annotation.taskId}/${annotation.toolUserId}`;
    if (!total.seen.has(task)) total.tasks += 1;
    total.seen.add(task);
    total.labels += owner.link.label_unit === 'regions' ? annotation.regions : 1;
    total.seconds += Math.min(cap, annotation.seconds ?? 0);
    total.contested ||= owners.slice(1).some(({ contract }) => !isReportable(contract?.job_id));
  }
  for (const total of result.values()) total.seconds = Math.min(total.seconds, 24 * 60 * 60);
  return result;

  function isReportable(jobId: string | undefined): boolean {
    return links.some((link) => link.job_id === jobId && link.removed_at === null);
  }

  function dateDay(date: string): string {
    return date.length <= 10 ? date : localDay(Date.parse(date));
  }

  function newestContract(jobId: string | null, trainerId: string, day: string): ContractRow | undefined {
    return contracts
      .filter((one) => one.job_id === jobId)
      .filter((one) => staff.some((row) => row.contract_id === one.id && row.trainer_id === trainerId))
      .filter(
        (one) =>
          (one.start_date === null || dateDay(one.start_date) <= day) &&
          (one.end_date === null || day <= dateDay(one.end_date)),
      )
      .sort(
        (a, b) =>
          dateDay(b.start_date ?? '').localeCompare(dateDay(a.start_date ?? '')) ||
          b.created_at - a.created_at ||
          (a.id < b.id ? 1 : -1),
      )[0];
  }
}

/** A link may claim a day up to its end, once every earlier link of the project has ended or it exists itself. */
function linksOnDay(
  links: readonly ProjectLinkRow[],
  day: string,
  localDay: (instant: number) => string,
): ProjectLinkRow[] {
  const end = (index: number): string => {
    const [link, next] = [links[index], links[index + 1]];
    return (
      [link?.removed_at ? localDay(link.removed_at) : '9999', next ? localDay(next.created_at) : '9999'].sort()[0] ?? ''
    );
  };
  return links
    .filter((link, index) => {
      const predecessors = links.slice(0, index);
      return (
        day <= end(index) && predecessors.every((_one, before) => end(before) < day || localDay(link.created_at) <= day)
      );
    })
    .reverse();
}
