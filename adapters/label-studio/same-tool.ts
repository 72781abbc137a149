/**
 * Whether TOOL_DATABASE_URL is the database of the Label Studio at TOOL_BASE_URL. The sign is the token's account: it must have the
 * same id, address and organization in both. Fresh instances often agree in these, so the organization's creation time is compared too.
 *
 * | the account in the database                         | the database is            |
 * |-----------------------------------------------------|----------------------------|
 * | there is none with this id                          | another instance's         |
 * | has another address, or is in another organization  | another instance's         |
 * | its organization was made more than a second apart  | another instance's         |
 * | agrees in all that both tell                        | this instance's            |
 */
import { z } from 'zod';
import { ToolRefused } from '../errors.ts';
import type { ToolDatabase } from '../sql/tool-database.ts';
import type { Organization } from './api-calls.ts';

/** What both sides know of the token's account. */
export interface TokenAccount {
  id: number;
  /** Lower case. */
  email: string;
  organizationId: number;
  /** Null where the side does not tell. */
  organizationCreatedAt: Date | null;
}

/** TOOL_DATABASE_URL and TOOL_BASE_URL lead to two Label Studios. */
export class AnotherTool extends ToolRefused {
  override name = 'AnotherTool';
  constructor() {
    super(
      'TOOL_DATABASE_URL is the database of another Label Studio than the one at TOOL_BASE_URL: nothing is counted and nobody is removed.',
      'Set both to the same Label Studio, and TOOL_API_TOKEN to a token of its owner.',
    );
  }
}

const createdApartMilliseconds = 1_000;

/** The rule in the table above; `inDatabase` is null where the database has no account with this id. */
export function isSameTool(inApi: TokenAccount, inDatabase: TokenAccount | null): boolean {
  if (inDatabase === null) return false;
  const [ours, theirs] = [inApi.organizationCreatedAt, inDatabase.organizationCreatedAt];
  const isSameAge =
    ours === null || theirs === null || Math.abs(ours.getTime() - theirs.getTime()) <= createdApartMilliseconds;
  return (
    isSameAge &&
    inApi.id === inDatabase.id &&
    inApi.email === inDatabase.email &&
    inApi.organizationId === inDatabase.organizationId
  );
}

/** Throws {@link AnotherTool} when the database is not the one of the instance that told this of itself. */
export async function insistOnSameTool(database: ToolDatabase, organization: Organization): Promise<void> {
  const account = tokenAccountOf(organization);
  if (!isSameTool(account, await readTokenAccount(database, account))) throw new AnotherTool();
}

function tokenAccountOf({ id, userId, userEmail, createdAt }: Organization): TokenAccount {
  return { id: userId, email: userEmail, organizationId: id, organizationCreatedAt: createdAt };
}

/** SQLite holds UTC as text without a zone. */
const instantSchema = z.union([z.date(), z.string().transform((text) => new Date(`${text.replace(' ', 'T')}Z`))]);
const rowsSchema = z.array(
  z.object({
    id: z.number(),
    email: z.string().toLowerCase(),
    organization_id: z.number(),
    created_at: instantSchema.nullable(),
  }),
);

/** The account with this id as a member of this organization; null when there is none. */
async function readTokenAccount(
  database: ToolDatabase,
  { id, organizationId }: TokenAccount,
): Promise<TokenAccount | null> {
  const statement = `SELECT u.id, u.email, o.id AS organization_id, o.created_at
    FROM htx_user u
    JOIN organizations_organizationmember m ON m.user_id = u.id
    JOIN organization o ON o.id = m.organization_id
    WHERE u.id = $1 AND o.id = $2`;
  const [row] = rowsSchema.parse(await database.query(statement, [id, organizationId]));
  if (!row) return null;
  const { email, organization_id, created_at } = row;
  return { id: row.id, email, organizationId: organization_id, organizationCreatedAt: created_at };
}
