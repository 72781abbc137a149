/**
 * Takes pictures of every page with believable data, narrow and wide, light and dark:
 *   node test/support/screenshots.ts FOLDER [page…]
 */
import { join } from 'node:path';
import { fillBelievably } from './believable.ts';
import { fillBudgets } from './believable-budgets.ts';
import { fillFlags } from './believable-flags.ts';
import { fillHeld } from './believable-held.ts';
import { newPage, startBrowser } from './browser.ts';
import { WebWorld } from './web-world.ts';

const [folder = 'screenshots', ...wanted] = process.argv.slice(2);
const world = await WebWorld.open('sqlite', { OPENTRAIN_APP_SLUG: 'our-tool' });
const browser = await startBrowser();
try {
  world.access.tool.listProjects = async () => [
    { id: '12', title: 'Street scenes, boxes' },
    { id: '33', title: 'Receipts, fields' },
  ];
  await fillBelievably(world.access);
  await fillBudgets(world.access);
  await fillFlags(world.access);
  await fillHeld(world.access);
  await world.access.work();
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
    connect: '/connect',
    'remove-everybody': '/console/remove-everybody',
  };
  const [name = '', value = ''] = (await world.signIn()).split('=');
  for (const width of [390, 1280]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page, errors } = await newPage(browser, { colorScheme, viewport: { width, height: 844 } });
      await page.context().addCookies([{ name, value, url: world.url }]);
      for (const [title, path] of Object.entries(pages)) {
        if (wanted.length > 0 && !wanted.includes(title)) continue;
        await page.goto(world.url + path);
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
  await world.close();
}
