/** Saves settings from the console: checked as at start and on the real thing, then written, recorded, and in effect without a restart. */
import { recordAudit } from '../../audit/audit-log.ts';
import type { PluginContext } from '../../context.ts';
import { AdminError } from '../../errors.ts';
import { currentInstall } from '../../mirror/installs.ts';
import { readPartnerToken } from '../../mirror/token.ts';
import { signsEverybodyOut, unmovedSecrets } from '../../settings/changeable.ts';
import { manifest } from '../../settings/manifest.ts';
import type { SettingProblem } from '../../settings/settings.ts';
import type { FileChanges } from '../../settings/settings-file.ts';
import type { Found } from '../../settings/sources.ts';
import type { RunningSettings } from '../../setup/running-settings.ts';
import { checkStep, steps } from '../../setup/steps.ts';

/** Why nothing was saved. */
export interface Refusal {
  /** What is wrong with a value, setting by setting. */
  problems: readonly SettingProblem[];
  /** What does not answer as it should with the new values. */
  failed: readonly { problem: string; remedy: string }[];
  /** Whether the values may be saved all the same, as for a server that is away. */
  mayKeep: boolean;
}

export interface SettingsChange {
  changes: FileChanges;
  actor: string;
  /** Saved although a check on the real thing fails. */
  keepsFailing: boolean;
}

/** The proxies are tried by what goes through them. */
const TRIED_BY_CONNECTION = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'];

/**
 * Saves the change and lets `start` go on with it: whoever asks from then on waits for that. Returns why it did not, or null. Throws
 * {@link AdminError} when the file cannot be written.
 */
export async function saveSettings(
  context: PluginContext,
  running: RunningSettings,
  { changes, actor, keepsFailing }: SettingsChange,
): Promise<Refusal | null> {
  const found = running.found();
  const problems = problemsWith(context, running, changes, found);
  if (problems.length > 0) return { problems, failed: [], mayKeep: false };
  try {
    await running.rehearse(changes);
  } catch (error) {
    if (!(error instanceof AdminError)) throw error;
    return { problems: [], failed: [{ problem: error.message, remedy: error.remedy }], mayKeep: false };
  }
  // Without a connection, the next start would insist on what fails here.
  const mayKeep = (await currentInstall(context.database)) !== undefined;
  const failed = keepsFailing && mayKeep ? [] : await failedChecks(context, running, changes);
  if (failed.length > 0) return { problems: [], failed, mayKeep };
  const at = context.clock.now();
  await context.database.transaction(async (transaction) => {
    await recordAudit(
      transaction,
      [...changes].map(([name, value]) => ({
        ...{ at, cause: actor, action: 'change-setting', detail: name },
        ...shownValues(name, found.get(name)?.value ?? null, value),
      })),
    );
    running.write(changes, { actor, at });
  });
  context.log.info({ settings: [...changes.keys()], actor }, 'settings were changed in the console');
  running.goOn();
  return null;
}

function problemsWith(
  { settings }: PluginContext,
  running: RunningSettings,
  changes: FileChanges,
  found: ReadonlyMap<string, Found>,
): SettingProblem[] {
  const problems = [...running.problemsOf(changes), ...unmovedSecrets(changes, found)];
  return problems.length > 0 ? problems : signsEverybodyOut(settings, running.settingsWith(changes));
}

/** The checks of the set-up that concern these settings, on the real thing; those that fail. */
async function failedChecks(context: PluginContext, running: RunningSettings, changes: FileChanges) {
  const isTouched = (names: readonly string[]): boolean => names.some((name) => changes.has(name));
  const touched = steps.filter(
    ({ name, settings }) => isTouched(settings) || (name === 'connection' && isTouched(TRIED_BY_CONNECTION)),
  );
  const answers = new Map(running.answersWith(changes));
  const pasted = answers.has('OPENTRAIN_PARTNER_TOKEN') ? null : await pastedToken(context);
  if (pasted !== null) answers.set('OPENTRAIN_PARTNER_TOKEN', pasted);
  const results = await Promise.all(touched.map((step) => checkStep(step, answers)));
  return results.flatMap((result) => (result.ok ? [] : [result]));
}

async function pastedToken(context: PluginContext): Promise<string | null> {
  try {
    const { settings } = context;
    const openTrain = { ...settings.openTrain, partnerToken: undefined };
    return await readPartnerToken({ ...context, settings: { ...settings, openTrain } });
  } catch (error) {
    if (error instanceof AdminError) return null;
    throw error;
  }
}

/** Before and after as the audit log keeps them: of a secret only whether it is set. */
function shownValues(name: string, before: string | null, after: string | null) {
  const declaration = manifest.settings.find((known) => known.name === name);
  const shown = (value: string | null): string => {
    if (declaration?.secret) return value === null ? 'not set' : 'set';
    return value ?? declaration?.default ?? 'not set';
  };
  return { before: shown(before), after: declaration?.secret && after !== null ? 'set anew' : shown(after) };
}
