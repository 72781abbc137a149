/**
 * Plays the demo and takes the pictures of the console, and one of the guided set-up, that the documents show:
 *   node test/support/demo-pictures.ts [FOLDER]
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { playFortyDays } from '../../plugin/dev/demo/forty-days.ts';
import { createNarrator } from '../../plugin/dev/demo/narrator.ts';
import { playStory } from '../../plugin/dev/demo/story.ts';
import { createWorld } from '../../plugin/dev/demo/world.ts';
import { newPage, startBrowser } from './browser.ts';
import { SetupWorld } from './setup-world.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = process.argv[2] ?? join(root, 'docs/pictures');
const pages: Readonly<Record<string, string>> = {
  overview: '/console',
  trainers: '/console/trainers?sort=name',
  usage: '/console/usage?days=30',
  budgets: '/console/budgets',
};
/** Of the guided set-up. */
const SETUP_STEP = 'tool-database';

mkdirSync(folder, { recursive: true });
const tell = createNarrator((line) => console.log(line));
const world = await createWorld({
  adapter: 'label-studio',
  cacheDirectory: join(root, '.cache'),
  toolDatabase: 'sqlite',
  progress: tell.progress,
});
const setup = await SetupWorld.open();
const browser = await startBrowser();
try {
  const plugin = await playStory(world, tell);
  await playFortyDays(world, tell);
  const { page } = await newPage(browser, { viewport: { width: 1180, height: 860 }, colorScheme: 'light' });
  const { output } = await world.command('console');
  await page.goto(/http\S+/.exec(output)?.[0] ?? '');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  for (const [name, path] of Object.entries(pages)) {
    await page.goto(world.pluginUrl + path);
    await page.screenshot({ path: join(folder, `${name}.png`) });
  }
  await page.goto(`${world.pluginUrl}/console/trainers?sort=name`);
  await page.locator('tbody th a').first().click();
  await page.screenshot({ path: join(folder, 'trainer.png') });
  await plugin.stop();
  await setup.begin();
  const [cookie = '', value = ''] = setup.cookie.split('=');
  await page.context().addCookies([{ name: cookie, value, url: setup.url }]);
  await page.goto(`${setup.url}/setup/steps/${SETUP_STEP}`);
  await page.screenshot({ path: join(folder, 'setup.png') });
} finally {
  await browser.close();
  await setup.close();
  await world.close();
}
