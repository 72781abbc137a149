/** Runs asked for in the console as an admin would find them: doctor is done, reconciling was tried, sending is under way. */
import {
  askForRun,
  beginRun,
  type ConsoleRunKind,
  type ConsoleRunResult,
  finishRun,
  noteProgress,
} from '../../plugin/queue/console-runs.ts';
import type { AccessWorld } from './access-world.ts';

const ACTOR = 'console maria@example.com';

const examined: ConsoleRunResult = {
  summary: '2 failures, 1 warnings.',
  ...{ isClean: false, changes: 0, more: 0 },
  columns: ['Result', 'What', 'Why', 'What to do'],
  rows: [
    ['ok', 'OpenTrain', 'The token is accepted, and has the scopes that are needed.', ''],
    ['ok', 'Label Studio', 'It answers, and the token is its owner’s.', ''],
    ['warning', 'Mail', 'SMTP_URL is not set: nobody is mailed.', 'Set SMTP_URL and MAIL_FROM.'],
    [
      'failure',
      'The tool’s database: close accounts',
      'A removal stays partial without it.',
      'GRANT UPDATE (is_active, active_organization_id) ON htx_user TO opentrain_plugin; GRANT UPDATE (deleted_at) ON organizations_organizationmember TO opentrain_plugin;',
    ],
    ['failure', 'Clock', 'It is 8 min behind OpenTrain’s.', 'Set the clock; `timedatectl` says whether NTP runs.'],
  ],
};

const planned: ConsoleRunResult = {
  summary: '2 to change, 6 to keep. Nothing was changed yet.',
  ...{ isClean: false, changes: 2, more: 0 },
  columns: ['', 'Action', 'Who', 'Where', 'Why'],
  rows: [
    ['+', 'invite', 'Hana T. <hana@opentrain.work>', 'Receipts', 'hired, and not yet invited'],
    ['-', 'remove', 'Chinwe A. <chinwe@opentrain.work>', 'Street scenes, boxes', 'the contract ended on 30 April'],
  ],
};

/** Fills the store; `fillBelievably` comes before it. */
export async function fillRuns(world: AccessWorld): Promise<void> {
  const { database } = world.store;
  const now = world.date;
  const ask = (kind: ConsoleRunKind): Promise<string> => askForRun(database, kind, ACTOR, now);
  await finishRun(database, await ask('doctor'), { result: examined }, now);
  await finishRun(database, await ask('plan'), { result: planned }, now);
  const sending = await ask('differences');
  await beginRun(database, sending, now);
  await noteProgress(database, sending, 140, 412);
  await database('queue_items').where({ kind: 'console-run' }).delete();
}
