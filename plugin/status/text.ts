/** A status as text for the terminal: what needs the admin first, then everything else, aligned. */

import { stripVTControlCharacters } from 'node:util';
import { milestoneText } from '../budget/budget-status.ts';
import { createFormat, type Format } from '../text/format.ts';
import { nameOf, type TrainerStatus, trainerStates } from './people.ts';
import { dependencyNames } from './problems.ts';
import type { LinkStatus, Status } from './status-types.ts';

/** Of each group, so many are shown; the others are counted. */
const SHOWN = 20;

function more(count: number): string[] {
  return count > SHOWN ? [`  and ${count - SHOWN} more: --json shows all`] : [];
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** The whole status, in lines no admin has to scroll sideways for. */
export function statusText(status: Status, timezone: string): string {
  const format = createFormat(timezone, () => new Date(status.at));
  const sections = [
    [`OpenTrain plugin ${status.version}, ${format.moment(status.at)}`],
    problemLines(status, format),
    connectionLines(status, format),
    linkLines(status),
    contractLines(status),
    trainerLines(status, format),
    budgetLines(status, format),
    queueLines(status, format),
    counterLines(status, format),
  ];
  const text = sections.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `${stripVTControlCharacters(text.join('\n\n'))}\n`;
}

function problemLines({ problems }: Status, format: Format): string[] {
  if (problems.length === 0) return ['No action needed.'];
  return [
    `Needs you (${problems.length})`,
    ...problems
      .slice(0, SHOWN)
      .flatMap(({ severity, what, remedy, since }) => [
        `  ${severity === 'urgent' ? '!' : '·'} ${what}${since === null ? '' : ` (since ${format.ago(since)})`.replace('since just now', 'just now')}`,
        `    → ${remedy}`,
      ]),
    ...more(problems.length),
  ];
}

function connectionLines(status: Status, format: Format): string[] {
  const { install, endpoints, lastDeliveryAt } = status.connection;
  const openTrain = install
    ? `${install.status}, organization ${install.organizationId ?? 'unknown'}, checked ${format.ago(install.checkedAt)}`
    : 'not connected';
  const endpoint = endpoints.find(({ retiringUntil }) => retiringUntil === null);
  const webhooks = endpoint ? `${endpoint.status} at ${endpoint.url}` : 'no endpoint yet';
  const last = lastDeliveryAt === null ? 'none yet' : format.ago(lastDeliveryAt);
  const outages = status.outages.map(
    ({ dependency, since, retryAt }) =>
      `${dependencyNames[dependency]} (since ${format.moment(since)}, tried again ${format.ago(retryAt)})`,
  );
  return [
    'Connection',
    ...aligned([
      ['OpenTrain', openTrain],
      ['Webhooks', `${webhooks}, last delivery ${last}`],
      ['Tool', `${status.tool.adapter} at ${status.tool.url}`],
      ['Store', `${status.store.at} (DATABASE_URL from ${status.store.from})`],
      ['Mail', status.mail],
      ['Policy', status.accessPolicy],
      ['Running', running(status, format)],
      ['Down', outages.join('; ') || 'nothing'],
    ]),
  ];
}

function running({ life }: Status, format: Format): string {
  const { reconcile, sync } = life.lastDone;
  const done = [
    `OpenTrain read ${reconcile === null ? 'never' : format.ago(reconcile)}`,
    `work counted ${sync === null ? 'never' : format.ago(sync)}`,
  ];
  const replicas = life.running === 1 ? 'yes' : `${life.running} replicas`;
  return [life.running === 0 ? 'no' : replicas, ...done].join(', ');
}

function linkLines({ links }: Status): string[] {
  if (links.length === 0) return ['Links', '  none: make one with `opentrain-plugin link PROJECT JOB`'];
  return [
    `Links (${links.length})`,
    ...aligned(
      links
        .slice(0, SHOWN)
        .map((link) => [
          `project ${link.projectId}`,
          link.projectName ?? '',
          `job ${link.jobId ?? 'none'}`,
          `label = ${link.labelUnit === 'regions' ? 'region' : 'annotation'}`,
          linkRemark(link),
        ]),
    ),
    ...more(links.length),
  ];
}

function linkRemark({ standing, provisioningMode }: LinkStatus): string {
  if (standing === 'another tool') return "another tool's: no access here, not counted";
  if (standing === 'missing') return 'the tool does not have this project';
  if (standing === 'unconfirmed') return 'the tool was not asked for it yet';
  return provisioningMode === 'PARTNER_WEBHOOK' ? '' : 'access managed by OpenTrain';
}

function contractLines({ contracts }: Status): string[] {
  const due = contracts.finalCountsDue.map(({ id }) => id);
  return [
    'Contracts',
    ...aligned([
      ['Active', String(contracts.active)],
      ['Ended', String(contracts.ended)],
      ['Final counts due', due.length === 0 ? 'none' : `${due.length} (${due.slice(0, 5).join(', ')})`],
    ]),
  ];
}

function trainerLines({ trainers, totals }: Status, format: Format): string[] {
  if (trainers.length === 0) return ['Trainers', '  none yet'];
  const counts = trainerStates.flatMap((state) => {
    const count = totals.trainers[state] ?? 0;
    return count > 0 ? [`${count} ${state}`] : [];
  });
  return [
    `Trainers (${counts.join(', ')})`,
    ...aligned(trainers.slice(0, SHOWN).map((trainer) => trainerRow(trainer, format))),
    ...more(sumOf(totals.trainers)),
  ];
}

function trainerRow(trainer: TrainerStatus, format: Format): string[] {
  const { state, reason, since } = trainer;
  return [
    state,
    nameOf(trainer),
    trainer.workEmail ?? `no Work Email (${trainer.id})`,
    since === null ? '' : format.moment(since),
    reason ?? '',
  ];
}

function budgetLines({ budgets }: Status, format: Format): string[] {
  const watched = budgets.filter(
    ({ state, contractStatus, warning }) => (state !== 'OK' || warning !== null) && contractStatus !== 'ended',
  );
  if (watched.length === 0) return [];
  return [
    'Budgets that run out',
    ...aligned(
      watched
        .slice(0, SHOWN)
        .map((budget) => [
          budget.state,
          budget.title ?? budget.contractId,
          `${format.percent(budget.consumedFraction)} used`,
          `since ${format.moment(budget.at)}`,
          milestoneText(budget, format.number) ?? '',
        ]),
    ),
    ...more(watched.length),
  ];
}

function queueLines({ queue, totals }: Status, format: Format): string[] {
  const count = sumOf(totals.queue);
  if (count === 0) return ['Queue', '  nothing is waiting'];
  const rows = queue
    .slice(0, SHOWN)
    .map((item) => [
      item.failingSince === null ? 'waiting' : 'failing',
      item.what,
      item.waitingFor.length > 0 ? `for ${item.waitingFor.map((name) => dependencyNames[name]).join(' and ')}` : '',
      item.failingSince === null ? '' : `since ${format.moment(item.failingSince)}`,
      item.cause === null ? '' : `by ${item.cause}`,
      item.dueAt === null
        ? 'being done'
        : `next try ${format.ago(item.dueAt)}`.replace(/next try (.* ago|just now)/, 'due'),
      item.error ?? '',
    ]);
  return [`Queue (${count})`, ...aligned(rows), ...more(count)];
}

function counterLines({ counters }: Status, format: Format): string[] {
  if (counters.length === 0) return [];
  return [
    'Counted',
    ...aligned(
      counters.map(({ name, count, lastAt, lastDetail }) => [
        name,
        format.number(count),
        `last ${format.ago(lastAt)}`,
        lastDetail ?? '',
      ]),
    ),
  ];
}

/** Rows as indented lines with their columns below each other; trailing blanks are cut. */
export function aligned(given: readonly (readonly string[])[]): string[] {
  const rows = given.map((row) => row.map((cell) => cell.replaceAll(/\s+/g, ' ')));
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  const used = widths.map((width) => width > 0);
  return rows.map((row) =>
    `  ${row.map((cell, column) => (used[column] ? cell.padEnd((widths[column] ?? 0) + 2) : '')).join('')}`.trimEnd(),
  );
}
