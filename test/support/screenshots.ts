/**
 * Takes pictures of every page with believable data, narrow and wide, light and dark:
 *   node test/support/screenshots.ts FOLDER [page…]
 */
import { join } from 'node:path';
import { steps } from '../../plugin/setup/steps.ts';
import { fillEverything } from './believable-everything.ts';
import { newPage, startBrowser } from './browser.ts';
import { SetupWorld } from './setup-world.ts';
import { WebWorld } from './web-world.ts';

const [folder = 'screenshots', ...wanted] = process.argv.slice(2);
const world = await WebWorld.open('sqlite', { OPENTRAIN_APP_SLUG: 'our-tool' });
const browser = await startBrowser();
const setup = await SetupWorld.open();
try {
  world.useSettingsFile(
    {
      OPENTRAIN_APP_SLUG: 'our-tool',
      BRAND_NAME: 'Acme',
      SMTP_URL: 'smtp://u:p@127.0.0.1:1',
      MAIL_FROM: 'labels@example.com',
    },
    { CONTACT: 'ops@example.com' },
  );
  world.access.tool.listProjects = async () => [
    { id: '12', title: 'Street scenes, boxes' },
    { id: '33', title: 'Receipts, fields' },
  ];
  await fillEverything(world.access);
  await setup.begin();
  await setup.answer('mail', { SMTP_URL: 'smtp://127.0.0.1:1', MAIL_FROM: 'labels@example.com', REPORT_TO: '' });
  const [setupName = '', setupValue = ''] = setup.cookie.split('=');
  const ago = (days: number): string => new Date(world.access.now - days * 86_400_000).toISOString().slice(0, 10);
  const pages: Record<string, string> = {
    invitation: `/invitations/${world.access.token('hana')}`,
    unknown: '/invitations/nothing',
    password: '/password',
    'sign-in': await world.signInPath(),
    overview: '/console',
    trainers: '/console/trainers',
    projects: '/console/projects',
    usage: '/console/usage',
    'usage-entries': '/console/usage?by=entry',
    'usage-compared': `/console/usage?from=${ago(13)}&until=${ago(0)}&other_from=${ago(34)}&other_until=${ago(21)}`,
    'usage-trainers': '/console/usage?by=trainer',
    budgets: '/console/budgets',
    budget: '/console/budgets/ctr_1',
    trainer: '/console/trainers/usr_1',
    unlink: '/console/projects?unlink=plink_12',
    explain: `/console/explain?contract=ctr_1&day=${world.access.date.toISOString().slice(0, 10)}`,
    held: '/console/held',
    report: '/console/report',
    mail: `/console/report/mail?day=${world.access.date.toISOString().slice(0, 10)}`,
    deliveries: '/console/deliveries',
    work: '/console/queue',
    audit: '/console/audit',
    settings: '/console/settings',
    'settings-mail': '/console/settings/mail',
    doctor: '/console/doctor',
    'settings-tool': '/console/settings/tool',
    'settings-plugin': '/console/settings/plugin',
    connect: '/connect',
    'remove-everybody': '/console/remove-everybody',
    ...Object.fromEntries(steps.map(({ name }) => [`setup-${name}`, `${setup.url}/setup/steps/${name}`])),
    'setup-finish': `${setup.url}/setup/finish`,
  };
  const [name = '', value = ''] = (await world.signIn()).split('=');
  for (const width of [390, 1280]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page, errors } = await newPage(browser, { colorScheme, viewport: { width, height: 844 } });
      await page.context().addCookies([
        { name, value, url: world.url },
        { name: setupName, value: setupValue, url: setup.url },
      ]);
      for (const [title, path] of Object.entries(pages)) {
        if (wanted.length > 0 && !wanted.includes(title)) continue;
        await page.goto(new URL(path, world.url).href);
        const overflow = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'));
        if (overflow > 0) console.log(`${title} at ${width}: ${overflow} px too wide`);
        await page.screenshot({ path: join(folder, `${title}-${width}-${colorScheme}.png`), fullPage: true });
      }
      if (errors.length > 0) console.log(errors);
      await page.context().close();
    }
  }
} finally {
  await browser.close();
  await setup.close();
  await world.close();
}
