/** `doctor`: looks at everything the plugin relies on. Each line: ok, warning or failure, why, and what to do. */
import type { Check } from '../../adapters/tool.ts';
import { lookForNewAccounts } from '../access/new-accounts.ts';
import type { PluginContext } from '../context.ts';
import { AdminError, messageOf } from '../errors.ts';
import { templateProblems } from '../mail/templates.ts';
import { ourProjectLinks } from '../mirror/project-links.ts';
import { failure, ok } from './check.ts';
import { databaseCheck } from './database-check.ts';
import { gatewayChecks } from './gateway-checks.ts';
import { networkChecks } from './network-checks.ts';
import { openTrainChecks } from './opentrain-checks.ts';
import { signInChecks } from './sign-in-checks.ts';

/** All checks, in the order an admin would mend them. Never throws: what cannot be looked at is a failed check. */
export async function examine(context: PluginContext, options: { testRemoval: boolean }): Promise<Check[]> {
  const links = await ourProjectLinks(context.database);
  const linkedProjectIds = links.filter((row) => row.removed_at === null).map((row) => row.project_id);
  const toolChecks = context.tool
    .check({ ...options, linkedProjectIds })
    .catch((error: unknown) => [
      failure('tool', 'Annotation tool', messageOf(error), 'Check TOOL_BASE_URL and TOOL_API_TOKEN.'),
    ]);
  return [
    ...(await openTrainChecks(context)),
    ...(await toolChecks),
    await databaseCheck(context),
    ...(await mailChecks(context)),
    ...templateChecks(context),
    ...(await signInChecks(context)),
    ...(await networkChecks(context)),
    ...(await gatewayChecks(context)),
    await accountsCheck(context),
    storeCheck(context),
  ];
}

async function accountsCheck(context: PluginContext): Promise<Check> {
  const [id, title] = ['new-accounts', 'Accounts that joined since the first start'];
  try {
    const found = await lookForNewAccounts(context);
    if (found === null) {
      return { id, title, result: 'warning', why: 'The tool does not tell them.', remedy: 'Set TOOL_DATABASE_URL.' };
    }
    if (found.length === 0) return ok(id, title, 'Every one belongs to a trainer or a confirmed colleague.');
    const names = found.map(({ tool_user_id, name, joined_at, suspects }) => {
      const who = suspects === '' ? '' : `, perhaps by ${suspects.split(' ').join(', ')}`;
      return `${name} (account ${tool_user_id}, made ${new Date(joined_at).toISOString().slice(0, 10)}${who})`;
    });
    const remedy =
      'Close them, or confirm colleagues, with `opentrain-plugin accounts` or on the console’s Trainers page.';
    return { id, title, result: 'warning', why: `Nobody knows: ${names.join('; ')}.`, remedy };
  } catch (error) {
    return failure(id, title, messageOf(error), 'Is the tool running? Check TOOL_BASE_URL and TOOL_DATABASE_URL.');
  }
}

async function mailChecks({ mailer, settings }: PluginContext): Promise<Check[]> {
  const title = 'Mail';
  if (!mailer) {
    const remedy = 'Set SMTP_URL and MAIL_FROM. Until then pass the links on that `status` and the console show.';
    return [{ id: 'smtp', title, result: 'warning', why: 'SMTP_URL is not set: nobody is mailed.', remedy }];
  }
  try {
    await mailer.verify();
    return [ok('smtp', title, `The mail server takes mail from ${settings.mail.from}.`)];
  } catch (error) {
    const remedy = error instanceof AdminError ? error.remedy : 'Check SMTP_URL.';
    return [failure('smtp', title, messageOf(error), remedy)];
  }
}

function templateChecks({ settings }: PluginContext): Check[] {
  if (!settings.mail.templates) return [];
  const [id, title] = ['mail-templates', 'Texts of mails'];
  const problems = templateProblems(settings.mail);
  if (problems.length === 0) return [ok(id, title, `Those in ${settings.mail.templates} can be used.`)];
  const why = `MAIL_TEMPLATES: ${problems.join('; ')}. The built-in texts are used instead.`;
  return [failure(id, title, why, 'Mend the files; the built-in ones in plugin/mail/views are examples.')];
}

function storeCheck({ settings }: PluginContext): Check {
  const sqlite = settings.databaseUrl.startsWith('sqlite:');
  return ok(
    'store',
    'Store',
    sqlite ? 'SQLite, one file: one `start` at a time.' : 'PostgreSQL: replicas may share it.',
  );
}
