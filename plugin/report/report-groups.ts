/** The day's paid work by trainer and by project. Pure. */
import { labelsAnHour, type Usual } from './report-usual.ts';
import type { WorkLine } from './report-work.ts';

export interface TrainerLine {
  trainerId: string;
  trainer: string;
  labels: number;
  seconds: number | null;
  labelsAnHour: number | null;
  /** Their own, in the 14 days before; null when they did not work then. */
  usualLabelsAnHour: number | null;
}

export interface ProjectLine {
  projectId: string;
  project: string;
  trainers: number;
  labels: number;
  seconds: number | null;
}

/** Work under a contract: what is not will never be paid, and is told apart. */
export function paidWork(work: readonly WorkLine[]): WorkLine[] {
  return work.filter(({ reported }) => reported !== 'no contract');
}

/** One line a trainer, the most labels first. */
export function trainerLines(work: readonly WorkLine[], usual: Usual): TrainerLine[] {
  const lines = [...Map.groupBy(paidWork(work), ({ trainerId }) => trainerId)].map(([trainerId, own]) => {
    const { labels, seconds } = sumOf(own);
    const before = usual.byTrainer.get(trainerId);
    return {
      trainerId,
      trainer: own[0]?.trainer ?? trainerId,
      labels,
      seconds,
      labelsAnHour: labelsAnHour(labels, seconds),
      usualLabelsAnHour: before ? labelsAnHour(before.labels, before.seconds) : null,
    };
  });
  return lines.sort((a, b) => b.labels - a.labels || a.trainer.localeCompare(b.trainer));
}

/** One line a project, the most labels first; none while the tool cannot be asked. */
export function projectLines(work: readonly WorkLine[]): ProjectLine[] {
  const lines = [...Map.groupBy(paidWork(work), ({ projectId }) => projectId)].flatMap(([projectId, own]) => {
    if (projectId === null) return [];
    const trainers = new Set(own.map(({ trainerId }) => trainerId)).size;
    return [{ projectId, project: own[0]?.project ?? projectId, trainers, ...sumOf(own) }];
  });
  return lines.sort((a, b) => b.labels - a.labels || a.project.localeCompare(b.project));
}

function sumOf(work: readonly WorkLine[]): { labels: number; seconds: number | null } {
  const known = work.filter(({ seconds }) => seconds !== null);
  return {
    labels: work.reduce((sum, { labels }) => sum + (labels ?? 0), 0),
    seconds: known.length === 0 ? null : known.reduce((sum, { seconds }) => sum + (seconds ?? 0), 0),
  };
}
