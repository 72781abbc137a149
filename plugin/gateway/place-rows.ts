/** What our store knows of an account of the tool: whose it may be, where they are active, and by which contracts and links they should be. */
import type { Knex } from 'knex';
import type { AccessState } from '../access/access-rows.ts';
import type { DesiredLink } from '../access/desired.ts';
import type { ContractRow } from '../mirror/contracts.ts';
import type { InstallRow } from '../mirror/installs.ts';
import type { Database } from '../store/database.ts';
import type { Account } from './identities.ts';

/** Whoever has the account or its address, once for each place where they are active. */
export interface PersonRow {
  trainer_id: string;
  tool_user_id: string | null;
  work_email: string | null;
  place: string | null;
  install_status: InstallRow['status'] | null;
  contract_id: null;
}

/** A contract of theirs with a link of its job, once for each. */
export interface ContractLinkRow extends DesiredLink {
  trainer_id: string;
  contract_id: string;
  contract_job_id: string;
  contract_status: ContractRow['status'];
  held_at: number | null;
}

const linkColumns = {
  job_id: 'project_links.job_id',
  project_id: 'project_links.project_id',
  provisioning_mode: 'project_links.provisioning_mode',
  removed_at: 'project_links.removed_at',
  not_linked_since: 'project_links.not_linked_since',
  owner: 'project_links.owner',
  project_state: 'project_links.project_state',
} satisfies Record<keyof DesiredLink, string>;

/** What says where an account may go. One statement, so that all of it is as of one moment. */
export async function placeRows(
  database: Database,
  { toolUserId, email }: Account,
): Promise<(PersonRow | ContractLinkRow)[]> {
  const whoHas = (query: Knex.QueryBuilder): void => {
    query.where('trainers.tool_user_id', toolUserId);
    if (email !== null) query.orWhere('trainers.work_email', email);
  };
  const nothing = database.raw('NULL');
  const status = database('installs').select('status').orderBy('connected_at', 'desc').limit(1);
  const people = database('trainers')
    .leftJoin('access', (join) =>
      join.on('access.trainer_id', 'trainers.id').andOnVal('access.state', 'active' satisfies AccessState),
    )
    .where(whoHas)
    .select({ trainer_id: 'trainers.id', tool_user_id: 'trainers.tool_user_id', work_email: 'trainers.work_email' })
    .select({ place: 'access.place', install_status: status })
    .select({ contract_id: nothing, contract_job_id: nothing, contract_status: nothing, held_at: nothing })
    .select(Object.fromEntries(Object.keys(linkColumns).map((name) => [name, nothing])));
  return database('trainers')
    .join('contract_trainers', 'contract_trainers.trainer_id', 'trainers.id')
    .join('contracts', 'contracts.id', 'contract_trainers.contract_id')
    .join('project_links', 'project_links.job_id', 'contracts.job_id')
    .leftJoin('access_holds', (join) =>
      join
        .on('access_holds.trainer_id', 'contract_trainers.trainer_id')
        .andOn('access_holds.contract_id', 'contract_trainers.contract_id'),
    )
    .where(whoHas)
    .select({
      trainer_id: 'trainers.id',
      tool_user_id: nothing,
      work_email: nothing,
      place: nothing,
      install_status: nothing,
    })
    .select({ contract_id: 'contracts.id', contract_job_id: 'contracts.job_id', contract_status: 'contracts.status' })
    .select({ held_at: 'access_holds.at', ...linkColumns })
    .unionAll(people);
}
