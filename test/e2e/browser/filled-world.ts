/** A plugin's pages with data of every kind in them, and the paths of all that an admin can open. */
import { fillEverything } from '../../support/believable-everything.ts';
import { WebWorld } from '../../support/web-world.ts';

/** The mail as it is sent. */
export const MAIL_PATH = '/console/report/mail';

export async function filledWorld(): Promise<WebWorld> {
  const world = await WebWorld.open('sqlite', { OPENTRAIN_APP_SLUG: 'our-tool' });
  world.useSettingsFile({ OPENTRAIN_APP_SLUG: 'our-tool', BRAND_NAME: 'Acme' });
  world.access.tool.listProjects = async () => [{ id: '33', title: 'Receipts' }];
  await fillEverything(world.access);
  return world;
}

/** The pages of the console, and those that an admin opens from it. */
export function consolePaths({ access }: WebWorld): string[] {
  return [
    '/console',
    '/console/trainers',
    '/console/trainers/usr_1',
    '/console/trainers/usr_4?remove=1',
    '/console/projects',
    '/console/projects?unlink=plink_12',
    '/console/budgets',
    '/console/budgets/ctr_1',
    '/console/budgets/ctr_3',
    '/console/usage',
    '/console/usage?by=trainer',
    '/console/usage?by=entry&trainer=usr_1',
    '/console/usage?trainer=nobody',
    `/console/explain?contract=ctr_1&day=${access.date.toISOString().slice(0, 10)}`,
    '/console/explain?contract=ctr_2&day=2031-01-01',
    '/console/held',
    '/console/deliveries',
    '/console/deliveries/dlv_5a31f0',
    '/console/queue',
    '/console/audit',
    '/console/audit?q=invite&from=2026-01-01',
    '/console/doctor',
    '/console/reconcile',
    '/console/sync',
    '/console/report',
    MAIL_PATH,
    '/console/settings',
    '/console/settings/mail',
    '/console/settings/tool',
    '/console/settings/plugin',
    '/console/remove-everybody',
    '/connect',
  ];
}
