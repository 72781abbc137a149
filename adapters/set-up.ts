/** What an adapter knows that helps an admin to set the plugin up. All of it are guesses for the admin to confirm. */

export interface SetUpHelp {
  /** Where the tool usually answers on this machine: "http://127.0.0.1:8080". */
  usualAddresses: readonly string[];
  /** Whether the tool answers at this address; asked without a token, as anybody may. Never throws. */
  answersAt(baseUrl: string): Promise<boolean>;
  /** TOOL_DATABASE_URL, where the tool's own settings or its usual file tell it; null where they do not. */
  findDatabase(environment: Readonly<Record<string, string | undefined>>): string | null;
  /** The statements that make a role in the tool's PostgreSQL database which may do just what the plugin needs. */
  databaseRoleSql(role: string): string[];
  /** Where the API token is found, in a sentence. */
  tokenHelp: string;
}

const TIMEOUT_MS = 2_000;

/** The JSON that an address answers with, or null. Never throws. */
export async function askJson(url: string): Promise<unknown> {
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}
