/** The mail that tells a trainer that a contract ended, what was counted under it, and whom to ask. */
import { accessRows } from '../access/access-rows.ts';
import { lastTime, RESTORE, recordAudit, wasDone } from '../audit/audit-log.ts';
import type { PluginContext } from '../context.ts';
import { mailFromTemplate } from '../mail/templates.ts';
import { type ContractRow, contractsOfTrainers, findContract } from '../mirror/contracts.ts';
import { ourProjectLinks } from '../mirror/project-links.ts';
import { contractTrainersOf, findTrainer, type TrainerRow } from '../mirror/trainers.ts';
import type { MailLanguage } from '../settings/settings.ts';
import type { UsageDayRow } from './usage-days.ts';

const ACTION = 'mail-contract-ended';
const NUMBER_LOCALES: Readonly<Record<MailLanguage, string>> = { en: 'en-GB', de: 'de-DE' };

/**
 * Mails every trainer of a contract that ended, once each. Nothing is sent when the contract runs again, when access is not ours to end
 * (ACCESS_POLICY, another tool's job), or to somebody who was never let in or invited here; nor of an end before a restore, which was
 * mailed by the store that is gone. Throws what the mailer throws, for a later try.
 */
export async function sendContractEndedMails(context: PluginContext, contractId: string): Promise<void> {
  const { database, mailer, settings } = context;
  const contract = await findContract(database, contractId);
  if (!mailer || contract?.status !== 'ended' || settings.accessPolicy !== 'sync') return;
  if (await endedBeforeRestore(context, contract)) return;
  if (!(await ourProjectLinks(database)).some(({ job_id }) => job_id === contract.job_id)) return;
  for (const { trainer_id } of await contractTrainersOf(database, [contractId])) {
    const trainer = await findTrainer(database, trainer_id);
    if (trainer?.work_email) await tellOnce(context, contract, trainer, trainer.work_email);
  }
}

async function endedBeforeRestore({ database }: PluginContext, { end_date }: ContractRow): Promise<boolean> {
  const restored = await lastTime(database, RESTORE);
  return restored !== null && end_date !== null && Date.parse(end_date) < restored.getTime();
}

async function tellOnce(context: PluginContext, contract: ContractRow, trainer: TrainerRow, to: string): Promise<void> {
  const { database, clock, mailer } = context;
  const rows = await accessRows(database, [trainer.id]);
  if (!mailer || !rows.some(({ state }) => state !== 'blocked')) return;
  const entry = { action: ACTION, trainerId: trainer.id, detail: contract.id };
  if (await wasDone(database, entry)) return;
  await mailer.send({
    to,
    messageId: `ended-${contract.id}-${trainer.id}`,
    ...(await mailOf(context, contract, trainer)),
  });
  await recordAudit(database, { ...entry, at: clock.now(), cause: `end of contract ${contract.id}`, workEmail: to });
  context.log.info({ trainer: trainer.id, contract: contract.id }, 'end of a contract mailed');
}

async function mailOf({ database, settings, describeTool }: PluginContext, contract: ContractRow, trainer: TrainerRow) {
  const days = await database<UsageDayRow>('usage_days').where({ contract_id: contract.id, trainer_id: trainer.id });
  const number = new Intl.NumberFormat(NUMBER_LOCALES[settings.mail.language], { maximumFractionDigits: 1 });
  const sum = (of: (row: UsageDayRow) => number | null): number =>
    days.reduce((total, row) => total + (of(row) ?? 0), 0);
  const others = (await contractsOfTrainers(database, [trainer.id])).some(({ status }) => status === 'active');
  return mailFromTemplate(settings.mail, 'contract-ended', {
    name: trainer.display_name ?? '',
    contract: contract.title ?? contract.id,
    product: (await describeTool()).product,
    labels: days.length === 0 ? '' : number.format(sum((row) => row.labels_completed)),
    hours: number.format(sum((row) => row.total_seconds) / 3_600),
    days: number.format(days.length),
    others: others ? 'yes' : '',
  });
}
