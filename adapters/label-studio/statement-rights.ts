/**
 * What each statement reads and changes in Label Studio's database, column by column: the role is granted this and nothing more. A test
 * takes away one column at a time and sees a statement refused, and runs every statement with a role that has just these.
 *
 * No password hash, token, task or label is among them: whether somebody has a password is told by whether they ever signed in.
 */
import { mergedPrivileges } from '../sql/grants.ts';
import type { Privilege } from '../sql/tool-database.ts';
import { optionalColumns } from './columns.ts';

const select = (table: string, columns: readonly string[], ifThere: readonly string[] = []): Privilege => ({
  privilege: 'SELECT',
  table,
  columns,
  ...(ifThere.length > 0 ? { ifThere } : {}),
});
const update = (table: string, columns: readonly string[]): Privilege => ({ privilege: 'UPDATE', table, columns });

const countedColumns = [
  ...['project_id', 'completed_by_id', 'task_id', 'created_at', 'updated_at'],
  ...['was_cancelled', 'lead_time', 'result_count'],
];

/** The statements that read, each named for the function or file that has it. */
export const readingStatements = {
  accountsFromDatabase: [
    select('htx_user', ['id', 'email', 'is_active', 'is_staff', 'is_superuser', 'last_login']),
    select('organizations_organizationmember', ['user_id', 'organization_id', 'deleted_at']),
    select('organization', ['created_by_id']),
  ],
  joinedFromDatabase: [
    select('htx_user', ['id', 'email', 'is_active', 'is_staff', 'is_superuser', 'last_login', 'date_joined']),
    select('organizations_organizationmember', ['user_id', 'organization_id', 'deleted_at']),
    select('organization', ['created_by_id']),
  ],
  insistOnSameTool: [
    select('htx_user', ['id', 'email']),
    select('organizations_organizationmember', ['user_id', 'organization_id']),
    select('organization', ['id', 'created_at']),
  ],
  onlyOrganization: [select('organization', ['id', 'created_by_id']), select('htx_user', ['id', 'email'])],
  readSigns: [
    select('organization', ['id', 'created_at']),
    select('htx_user', ['id', 'date_joined']),
    select('project', ['id', 'created_at']),
  ],
  giveOrganizationBack: [
    select('htx_user', ['id', 'is_active', 'active_organization_id']),
    select('organizations_organizationmember', ['user_id', 'organization_id', 'deleted_at']),
  ],
  tally: [
    select('task_completion', countedColumns, optionalColumns.task_completion),
    select('htx_user', ['id', 'email']),
    select('project', ['id'], optionalColumns.project),
  ],
  explainDay: [
    select('task_completion', ['id', ...countedColumns], optionalColumns.task_completion),
    select('project', ['id'], optionalColumns.project),
  ],
} as const satisfies Record<string, readonly Privilege[]>;

/** All that is read, one entry a table. */
export const reads = mergedPrivileges(Object.values(readingStatements).flat());

/** What is changed. */
export const changes = {
  closeAccount: [update('htx_user', ['is_active'])],
  changePassword: [update('htx_user', ['password'])],
  restoreMember: [
    update('htx_user', ['is_active', 'active_organization_id']),
    update('organizations_organizationmember', ['deleted_at']),
  ],
} as const satisfies Record<string, readonly Privilege[]>;

/** Where the gateway looks up what a request is about. Without these the API is asked, some 30 ms for each thing not met before. */
export const lookups: readonly Privilege[] = [
  select('task', ['id', 'project_id']),
  select('task_completion', ['id', 'project_id', 'completed_by_id']),
  select('tasks_annotationdraft', ['id', 'task_id', 'user_id']),
  select('data_manager_view', ['id', 'project_id', 'user_id']),
  select('ml_mlbackend', ['id', 'project_id']),
];
