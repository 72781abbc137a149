/** Fills a store with what a running plugin would have after some weeks: for looking at pages. */

import { recordAudit } from '../../plugin/audit/audit-log.ts';
import { count } from '../../plugin/audit/counters.ts';
import { budgetRow, insertBudget, recordBudget } from '../../plugin/budget/budget-rows.ts';
import { storeForecast } from '../../plugin/budget/forecast.ts';
import type { Budget } from '../../plugin/platform/types.ts';
import { recordOutage } from '../../plugin/queue/outages.ts';
import { addDays } from '../../plugin/usage/days.ts';
import { replaceUncoveredWork } from '../../plugin/usage/uncovered-work.ts';
import { recordCorrections } from '../../plugin/usage/usage-corrections.ts';
import { saveAcceptedDays } from '../../plugin/usage/usage-days.ts';
import { saveRefusal } from '../../plugin/usage/usage-refusals.ts';
import { saveWebhookEndpoint } from '../../plugin/webhooks/endpoint-rows.ts';
import type { AccessWorld } from './access-world.ts';
import { fillDay } from './believable-day.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const names = ['Ada O.', 'Björn S.', 'Chinwe A.', 'Dmitri K.', 'Eleni P.', 'Fatima Z.', 'Gustavo M.', 'Hana T.'];
const projects = [
  { id: '12', title: 'Street scenes, boxes', job: 'job_boxes' },
  { id: '15', title: 'Support tickets, intent', job: 'job_intent' },
  { id: '21', title: 'Radiology reports', job: 'job_reports' },
];

/** Links, contracts, trainers in every state, usage of 40 days, budgets, deliveries, work, outages and counters. */
export async function fillBelievably(world: AccessWorld): Promise<void> {
  await connection(world);
  await people(world);
  await usage(world);
  await fillDay(world);
  await troubles(world);
}

async function connection(world: AccessWorld): Promise<void> {
  const scopes = ['project-links:write', 'contracts:read', 'participants:read', 'participants:email', 'usage:write'];
  await world.connect({ scopes: [...scopes, 'webhooks:manage'], id: 'inst_4f81' });
  await saveWebhookEndpoint(world.store.database, {
    id: 'wep_1',
    url: 'https://opentrain.example.com/webhooks/opentrain',
    status: 'ACTIVE',
    created_at: world.now - 40 * 24 * HOUR_MS,
    checked_at: world.now - 4 * MINUTE_MS,
    accepted_until: null,
  });
  for (const { id, title, job } of projects) {
    await world.link(`plink_${id}`, job, id);
    await world.store
      .database('project_links')
      .where({ id: `plink_${id}` })
      .update({ external_project_name: title, external_project_url: `https://label.example.com/projects/${id}` });
  }
}

async function people(world: AccessWorld): Promise<void> {
  const { database } = world.store;
  for (const [index, name] of names.entries()) {
    const project = projects[index % projects.length] ?? projects[0];
    const trainer = `usr_${index + 1}`;
    const workEmail = index === 4 ? null : `${name.split(' ')[0]?.toLowerCase().replace('ö', 'o')}@opentrain.work`;
    await world.hire(`ctr_${index + 1}`, project?.job ?? '', trainer, workEmail);
    await database('trainers').where({ id: trainer }).update({ display_name: name });
    await database('contracts')
      .where({ id: `ctr_${index + 1}` })
      .update({ title: `${project?.title} (${name})` });
  }
  await world.converge();
  const states = [
    [1, 'active', null, null],
    [2, 'active', null, null],
    [3, 'active', null, null],
    [4, 'revoked-partial', 'sign in, list projects', 'GRANT UPDATE (is_active) ON htx_user TO opentrain_plugin;'],
    [7, 'revoked', null, null],
  ] as const;
  for (const [index, state, reason, remedy] of states) {
    const since = world.now - index * 31 * HOUR_MS;
    await database('access')
      .where({ trainer_id: `usr_${index}` })
      .update({ state, reason, remedy, since });
    await database('invitations')
      .where({ trainer_id: `usr_${index}` })
      .update({ state: 'used' });
  }
  await database('contracts')
    .where({ id: 'ctr_7' })
    .update({ status: 'ended', ended_seen_at: world.now - HOUR_MS });
  await database('invitations')
    .where({ trainer_id: 'usr_6' })
    .update({ mailed_at: world.now - 5 * HOUR_MS });
  const entry = { at: world.date, cause: 'event 1042 (contract.ended)', action: 'remove', trainerId: 'usr_4' };
  await recordAudit(database, { ...entry, before: 'active', after: 'revoked-partial', detail: 'can still sign in' });
}

async function usage(world: AccessWorld): Promise<void> {
  const { database } = world.store;
  const today = world.date.toISOString().slice(0, 10);
  for (let index = 1; index <= 4; index++) {
    const days = Array.from({ length: 40 }, (_, back) => addDays(today, -back)).filter(
      (day) => new Date(`${day}T00:00:00Z`).getUTCDay() % 6 !== 0,
    );
    await saveAcceptedDays(
      database,
      days.map((day, position) => ({
        contract_id: `ctr_${index}`,
        trainer_id: `usr_${index}`,
        work_date: day,
        total_seconds: 14_000 + ((position * 7_919 + index * 101) % 9_000),
        tasks_completed: 120 + ((position * 37 + index * 13) % 90),
        labels_completed: 900 + ((position * 211 + index * 57) % 700),
        accepted_at: world.now - 20 * MINUTE_MS,
      })),
    );
    const fraction = [0.42, 0.83, 1, 0.1][index - 1] ?? 0;
    await insertBudget(database, budgetRow(budget(`ctr_${index}`, fraction), world.date));
    const earlier = budgetRow(budget(`ctr_${index}`, fraction / 2), new Date(world.now - 10 * 24 * HOUR_MS));
    await recordBudget(database, { ...earlier, source: 'usage report', previous_state: null });
    await storeForecast(database, `ctr_${index}`, world.date);
  }
  const day = { contract_id: 'ctr_2', trainer_id: 'usr_2', work_date: addDays(today, -3) };
  await recordCorrections(database, [
    { ...day, at: world.now - 3 * HOUR_MS, seconds_change: -1_260, tasks_change: -4, labels_change: -31 },
  ]);
  const totals = { total_seconds: 3_000, tasks_completed: 10, labels_completed: 80 };
  const refusal = { message: 'worker is not a participant', request_id: 'b1946ac9-2d1c', at: world.now - HOUR_MS };
  const uncovered = {
    trainer_id: 'usr_1',
    project_id: '21',
    work_date: addDays(today, -2),
    cause: 'other-job',
  } as const;
  await replaceUncoveredWork(database, { projectIds: ['21'], since: today }, [
    { ...uncovered, tasks: 9, labels: 84, seconds: 2_100 },
  ]);
  await saveRefusal(database, { ...day, contract_id: 'ctr_1', trainer_id: 'usr_9', ...totals, ...refusal });
}

function budget(contractId: string, fraction: number): Budget {
  const volume = { fundedVolume: 20_000, consumedVolume: Math.round(20_000 * fraction), consumedFraction: fraction };
  const state = fraction >= 1 ? 'DEPLETED' : fraction >= 0.8 ? 'LOW' : 'OK';
  return { contractId, paymentType: 'PAY_PER_LABEL', state, ...volume, lastUsageAt: null };
}

async function troubles(world: AccessWorld): Promise<void> {
  const { database } = world.store;
  await recordOutage(database, {
    dependency: 'mail',
    since: world.now - 2 * HOUR_MS,
    error: 'connect ECONNREFUSED 10.0.0.25:587',
    retry_at: world.now + 40_000,
  });
  const failing = { attempts: 7, failing_since: world.now - 5 * HOUR_MS, due_at: world.now + 11 * MINUTE_MS };
  const error = 'The annotation tool refused us: project 21 was deleted';
  await database('queue_items').insert([
    { kind: 'notice', key: '21', requested_at: world.now - 5 * HOUR_MS, last_error: error, ...failing },
    { kind: 'usage', key: 'ctr_7', requested_at: world.now - HOUR_MS, due_at: world.now, attempts: 0 },
  ]);
  for (let index = 0; index < 70; index++) {
    const type = ['contract.started', 'milestone.budget_low', 'contract.ended'][index % 3] ?? '';
    const receivedAt = world.now - index * 47 * MINUTE_MS - 3 * MINUTE_MS;
    const fails = index === 4;
    await database('deliveries').insert({
      id: `dlv_${(0x5a31f0 - index * 977).toString(16)}`,
      event_id: String(1_100 - index),
      event_type: type,
      body: '{}',
      headers: '{}',
      received_at: receivedAt,
      attempts: fails ? 5 : 1,
      outcome: fails ? null : `contract ctr_${(index % 8) + 1} is ${index % 3 === 2 ? 'ended' : 'active'}`,
      finished_at: fails ? null : receivedAt + 200,
      last_error: fails ? 'SQLITE_BUSY: database is locked' : null,
      failing_since: fails ? receivedAt : null,
      due_at: fails ? world.now + 60_000 : null,
    });
  }
  await count(database, 'delivery refused: signature-forged', 'from 203.0.113.9: The signature is forged.', world.date);
  await count(database, 'delivery refused: signature-stale', 'from 203.0.113.9: The signature is stale.', world.date);
}
