/** 10,000 contracts, one project, two days of work each: how many calls a sync makes, and how long it takes. */
import { syncUsage } from '../../../plugin/usage/sync.ts';
import type { StoreKind } from '../../support/store.ts';
import { usageWorld } from '../../support/usage-world.ts';
import { timed } from './measure.ts';

const ROWS_PER_INSERT = 500;

export interface ManyContracts {
  contracts: number;
  changed: number;
  firstCalls: number;
  firstMs: number;
  changedCalls: number;
  changedMs: number;
  idleCalls: number;
  idleMs: number;
}

/** First sync (everything is new), then 1 % of the contracts changed, then nothing. OpenTrain is in memory. */
export async function syncManyContracts(kind: StoreKind, contracts: number): Promise<ManyContracts> {
  const world = await usageWorld(kind);
  try {
    const { database, tool, openTrain, context } = world;
    const ids = Array.from({ length: contracts }, (_, number) => number);
    const rows: Record<string, Record<string, string | number>[]> = {
      trainers: ids.map((n) => ({
        id: `t${n}`,
        work_email: `t${n}@opentrain.work`,
        tool_user_id: `u${n}`,
        updated_at: 0,
      })),
      contracts: ids.map((n) => ({
        id: `c${n}`,
        job_id: 'A',
        status: 'active',
        start_date: '2031-05-01',
        created_at: 0,
        state_at: 0,
      })),
      contract_trainers: ids.map((n) => ({ contract_id: `c${n}`, trainer_id: `t${n}` })),
      project_links: [
        {
          id: 'l',
          job_id: 'A',
          external_project_id: 'P',
          project_id: 'P',
          provisioning_mode: 'PARTNER_WEBHOOK',
          created_at: 0,
        },
      ],
    };
    for (const [table, all] of Object.entries(rows)) await database.batchInsert(table, all, ROWS_PER_INSERT);
    const work = (n: number, day: string): void => {
      const createdAt = new Date(`${day}T10:00:00Z`);
      tool.annotations.push({
        projectId: 'P',
        taskId: `${n}`,
        toolUserId: `u${n}`,
        email: null,
        createdAt,
        seconds: 60,
        regions: 1,
      });
    };
    for (const n of ids) for (const day of ['2031-05-18', '2031-05-19']) work(n, day);
    const sync = async (): Promise<{ calls: number; milliseconds: number }> => {
      const before = openTrain.calls.length;
      const milliseconds = await timed(() => syncUsage(context, { cause: 'bench' }));
      return { calls: openTrain.calls.length - before, milliseconds };
    };
    const first = await sync();
    const changed = ids.filter((n) => n % 100 === 0);
    for (const n of changed) work(n, '2031-05-19');
    const second = await sync();
    const idle = await sync();
    return {
      contracts,
      changed: changed.length,
      firstCalls: first.calls,
      firstMs: first.milliseconds,
      changedCalls: second.calls,
      changedMs: second.milliseconds,
      idleCalls: idle.calls,
      idleMs: idle.milliseconds,
    };
  } finally {
    await world.close();
  }
}
