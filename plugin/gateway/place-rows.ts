/** What our store knows of an account of the tool: whose it may be, where they are active, and by which contracts and links they should be. */
import type { AccessState } from '../access/access-rows.ts';
import type { DesiredLink } from '../access/desired.ts';
import type { ContractRow } from '../mirror/contracts.ts';
import type { InstallRow } from '../mirror/installs.ts';
import type { Database } from '../store/database.ts';
import { preparedRows } from '../store/prepared-rows.ts';
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

const linkColumns = Object.keys({
  ...{ job_id: true, project_id: true, provisioning_mode: true, removed_at: true, not_linked_since: true },
  ...{ owner: true, project_state: true },
} satisfies Record<keyof DesiredLink, true>);

const whoHas = 'trainers.tool_user_id = $1 OR trainers.work_email = $2';

/** Written out, not built for each request: every one of a trainer waits for it. */
const statement = `
  SELECT trainers.id AS trainer_id, NULL AS tool_user_id, NULL AS work_email, NULL AS place, NULL AS install_status,
    contracts.id AS contract_id, contracts.job_id AS contract_job_id, contracts.status AS contract_status,
    access_holds.at AS held_at, ${linkColumns.map((name) => `project_links.${name}`).join(', ')}
  FROM trainers
    JOIN contract_trainers ON contract_trainers.trainer_id = trainers.id
    JOIN contracts ON contracts.id = contract_trainers.contract_id
    JOIN project_links ON project_links.job_id = contracts.job_id
    LEFT JOIN access_holds ON access_holds.trainer_id = contract_trainers.trainer_id
      AND access_holds.contract_id = contract_trainers.contract_id
  WHERE ${whoHas}
  UNION ALL
  SELECT trainers.id, trainers.tool_user_id, trainers.work_email, access.place,
    (SELECT status FROM installs ORDER BY connected_at DESC LIMIT 1),
    NULL, NULL, NULL, NULL, ${linkColumns.map(() => 'NULL').join(', ')}
  FROM trainers
    LEFT JOIN access ON access.trainer_id = trainers.id AND access.state = '${'active' satisfies AccessState}'
  WHERE ${whoHas}`;

/** What says where an account may go. One statement, so that all of it is as of one moment. */
export async function placeRows(
  database: Database,
  { toolUserId, email }: Account,
): Promise<(PersonRow | ContractLinkRow)[]> {
  const rows = await preparedRows(database, statement, [toolUserId, email]);
  return rows as (PersonRow | ContractLinkRow)[];
}
