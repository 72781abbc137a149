/** The mails that say that a contract's funded work is used up: one to each trainer of the contract, one to REPORT_TO. */
import { lastTime, RESTORE } from '../audit/audit-log.ts';
import type { PluginContext } from '../context.ts';
import { trainerPageUrl } from '../mail/link-tokens.ts';
import { mailFromTemplate } from '../mail/templates.ts';
import { type ContractRow, findContract } from '../mirror/contracts.ts';
import { findTrainer } from '../mirror/trainers.ts';
import type { Budget } from '../platform/types.ts';
import { ADMIN, type BudgetMailKey, parseBudgetMailKey } from './budget-mail-key.ts';
import { type BudgetHistoryRow, findBudget, findBudgetHistory } from './budget-rows.ts';
import { readBudget } from './budgets.ts';

/**
 * Sends the mail that a key of `budget-mail` work stands for, unless the budget was funded meanwhile, the recipient has no
 * address, mail is not set up, or a backup was restored so shortly before that this may be old news. Throws what the SMTP server answers.
 */
export async function sendBudgetMail(context: PluginContext, key: string): Promise<void> {
  const parsed = parseBudgetMailKey(key);
  const to = await addressOf(context, parsed);
  const contract = await findContract(context.database, parsed.contractId);
  const budget = await depletedBudget(context, parsed);
  if (!contract || !budget || !to) return;
  if (!context.mailer) {
    context.log.info({ contractId: contract.id }, 'a budget is depleted; no mail is sent without SMTP_URL');
    return;
  }
  const isAdmin = parsed.recipient === ADMIN;
  await context.mailer.send({
    to,
    ...(isAdmin
      ? { subject: `Funded work used up: ${nameOf(contract)}`, text: adminText(contract, budget) }
      : trainerMail(context, contract, parsed.recipient)),
    messageId: `budget-${key.replaceAll(/[^\w.-]/g, '-')}`,
  });
}

async function addressOf(context: PluginContext, { contractId, recipient }: BudgetMailKey): Promise<string | null> {
  if (recipient === ADMIN) return context.settings.report.to ?? null;
  const trainer = await findTrainer(context.database, recipient);
  const contract = await findContract(context.database, contractId);
  return contract?.status === 'active' ? (trainer?.work_email ?? null) : null;
}

async function depletedBudget(
  context: PluginContext,
  { contractId, historyId }: BudgetMailKey,
): Promise<Budget | null> {
  const row = await findBudget(context.database, contractId);
  const crossing = await findBudgetHistory(context.database, historyId);
  if (row?.state !== 'DEPLETED' || crossing?.contract_id !== contractId) return null;
  return (await mayBeOldNews(context, crossing)) ? null : readBudget(row);
}

/** Within an hour of a restore every budget is read again: what is found then was mailed by the store that is gone. */
const READ_AGAIN_WITHIN_MS = 3_600_000;

async function mayBeOldNews({ database }: PluginContext, { at }: BudgetHistoryRow): Promise<boolean> {
  const restored = await lastTime(database, RESTORE);
  return restored !== null && Number(at) < restored.getTime() + READ_AGAIN_WITHIN_MS;
}

function nameOf(contract: ContractRow): string {
  return contract.title ?? contract.id;
}

function trainerMail(
  context: PluginContext,
  contract: ContractRow,
  trainerId: string,
): ReturnType<typeof mailFromTemplate> {
  const pageUrl = trainerPageUrl(context, trainerId);
  const values = { contract: nameOf(contract), contractId: contract.id, pageUrl };
  return mailFromTemplate(context.settings.mail, 'budget-used', values);
}

function adminText(contract: ContractRow, budget: Budget): string {
  const unit = budget.paymentType === 'PAY_PER_LABEL' ? 'labels' : 'hours';
  const number = (value: number | null | undefined): string =>
    value === null || value === undefined ? 'unknown' : value.toLocaleString('en', { maximumFractionDigits: 2 });
  return [
    `The funded work of contract “${nameOf(contract)}” (${contract.id}, job ${contract.job_id}) is used up.`,
    `Funded: ${number(budget.fundedVolume)} ${unit}. Consumed: ${number(budget.consumedVolume)} ${unit}.`,
    'The trainers of the contract were told by mail, and the linked projects show a notice. Fund the next milestone on OpenTrain to go on, or end the contract; notices vanish by themselves. Nobody’s access changes because of a budget.',
  ].join('\n\n');
}
