/** The checks behind the steps of setting up: each on the real OpenTrain, tool, database or mail server. */
import { randomUUID } from 'node:crypto';
import type { ToolDescription } from '../../adapters/tool.ts';
import { systemClock } from '../clock.ts';
import { AdminError } from '../errors.ts';
import { forPeople } from '../errors-for-people.ts';
import { createLog } from '../log.ts';
import { createMailer } from '../mail/mailer.ts';
import { insistOnRights } from '../mirror/preflight.ts';
import { OpenTrainClient } from '../platform/client.ts';
import { AnswerUnreadable } from '../platform/errors.ts';
import { loadSettings, type Settings } from '../settings/settings.ts';
import { loadAdapter } from '../tool/load-adapter.ts';
import type { Answers } from './steps.ts';

export interface Finding {
  found: string;
  /** What does not work yet, with its remedy. */
  notes?: readonly string[];
}

/** The settings with only these answers in them: what another step asks for may still be missing or wrong. */
function settingsWith(answers: Answers, names: readonly string[]): Settings {
  const chosen = names.flatMap((name) => {
    const value = answers.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const environment = { TOOL_BASE_URL: 'http://127.0.0.1', TOOL_API_TOKEN: 'unset', ...Object.fromEntries(chosen) };
  return loadSettings({ environment });
}

const OUTGOING = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'];

/** Asks OpenTrain whose the token is, and whether it has every scope and the consent. */
export async function checkConnection(answers: Answers): Promise<Finding> {
  const settings = settingsWith(answers, ['OPENTRAIN_BASE_URL', 'OPENTRAIN_PARTNER_TOKEN', ...OUTGOING]);
  const token = settings.openTrain.partnerToken;
  if (!token)
    return { found: 'No token yet.', notes: ['Paste the token in the console (Connection) after the start.'] };
  const client = new OpenTrainClient({
    baseUrl: settings.openTrain.baseUrl,
    token: async () => token,
    log: createLog('silent'),
    clock: systemClock,
    proxies: settings.proxies,
  });
  const install = await client.currentInstall().catch((error: unknown) => {
    throw forPeople(settings, error);
  });
  if (!install) throw new AnswerUnreadable('GET /installs/current');
  insistOnRights(install);
  return { found: `OpenTrain: connected, install ${install.id}.` };
}

const TOOL = ['TOOL_ADAPTER', 'TOOL_BASE_URL', 'TOOL_API_TOKEN'];

/** Asks the tool who it is. */
export async function checkTool(answers: Answers): Promise<Finding> {
  const { product, version } = await describe(settingsWith(answers, TOOL));
  return { found: `Tool: ${product} ${version}.` };
}

/** Asks the tool, with its database, what it can do and what is missing for the rest. */
export async function checkToolDatabase(answers: Answers): Promise<Finding> {
  const { remedies } = await describe(settingsWith(answers, [...TOOL, 'TOOL_DATABASE_URL']));
  const notes = Object.entries(remedies).map(([capability, remedy]) => `Not possible yet (${capability}): ${remedy}`);
  const found =
    notes.length > 0 ? 'Some things are not possible yet.' : 'Everything can be read and changed that is needed.';
  return { found, notes };
}

async function describe(settings: Settings): Promise<ToolDescription> {
  const adapter = await loadAdapter(settings.tool.adapter);
  const tool = await adapter.createAdapter({ ...settings.tool, log: createLog('silent') });
  try {
    const description = await tool.describe();
    // A tool may describe itself without its token; this call needs it.
    await tool.findProject('1');
    return description;
  } catch (error) {
    throw forPeople(settings, error);
  } finally {
    await tool.close();
  }
}

/** The address itself was checked by its form; whether it leads here can only be seen once the plugin runs. */
export async function checkPublicAddress(answers: Answers): Promise<Finding> {
  const { plugin } = settingsWith(answers, ['PLUGIN_PUBLIC_URL', 'PLUGIN_HOST', 'PLUGIN_PORT']);
  const isLocal = /^https?:\/\/(localhost|127\.|\[::1\])/.test(plugin.publicUrl);
  const notes: string[] = [];
  if (isLocal) notes.push('Only this machine can open it: OpenTrain and trainers need a public address.');
  else if (!plugin.publicUrl.startsWith('https:')) notes.push('OpenTrain sends webhooks to https addresses only.');
  return { found: `Served at ${plugin.publicUrl}; \`doctor\` tries it once the plugin runs.`, notes };
}

/** Speaks with the mail server up to a recipient, without sending. */
export async function checkMail(answers: Answers): Promise<Finding> {
  if (!answers.get('SMTP_URL')) {
    return { found: 'No mail server.', notes: ['Without SMTP_URL you pass the links on that `status` shows.'] };
  }
  if (!answers.get('MAIL_FROM'))
    throw new AdminError('MAIL_FROM is needed with SMTP_URL.', 'Give the sender of all mail.');
  const mailer = createMailer(settingsWith(answers, ['SMTP_URL', 'MAIL_FROM', 'REPORT_TO']));
  await mailer?.verify().finally(() => mailer.close());
  return { found: 'The mail server takes mail from MAIL_FROM.' };
}

/** Sends one mail with the answers of the step. Returns what was done. */
export async function sendTestMail(answers: Answers, to: string): Promise<string> {
  if (!/^[^\s<>@,;"]+@[^\s<>@,;"]+$/.test(to)) {
    throw new AdminError('That is not a mail address.', 'Write it as in ada@example.com.');
  }
  const settings = settingsWith(answers, ['SMTP_URL', 'MAIL_FROM', 'REPORT_TO']);
  const mailer = createMailer(settings);
  if (!mailer) throw new AdminError('There is no mail server to send with.', 'Give SMTP_URL and MAIL_FROM.');
  try {
    const text =
      'This mail was sent by the set-up of the OpenTrain plugin. If you can read it, invitations will arrive too.\n';
    await mailer.send({
      messageId: `setup-test-${randomUUID()}`,
      to,
      subject: 'Test mail of the OpenTrain plugin',
      text,
    });
    return `A test mail was sent to ${to}.`;
  } catch (error) {
    throw forPeople(settings, error);
  } finally {
    mailer.close();
  }
}
