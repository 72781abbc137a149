/** `demo`: the whole story on this machine, then everything stays up to play with. */
import type { Command } from 'commander';
import { manifest } from '../../settings/manifest.ts';
import { playFortyDays } from '../demo/forty-days.ts';
import { createNarrator } from '../demo/narrator.ts';
import { playStory } from '../demo/story.ts';
import { createWorld, type World } from '../demo/world.ts';

export function registerDemo(program: Command): void {
  const [first] = manifest.adapters;
  program
    .command('demo')
    .description('Play the whole story on real software on this machine, narrated; then leave it up.')
    .option('--no-wait', 'end when the story is told')
    .option('--tool <adapter>', `which tool: ${manifest.adapters.map(({ name }) => name).join(' or ')}`, first?.name)
    .option('--cache <folder>', 'where the tool is installed, and kept for next time', '.cache')
    .addHelpText('after', '\nExample:\n  npm run dev -- demo --no-wait')
    .action((options: { wait: boolean; tool: string; cache: string }) => demo(options));
}

async function demo(options: { wait: boolean; tool: string; cache: string }): Promise<void> {
  const startedAt = performance.now();
  const tell = createNarrator((line) => process.stdout.write(`${line}\n`));
  const title = manifest.adapters.find(({ name }) => name === options.tool)?.title ?? options.tool;
  process.stdout.write(`A real ${title}, an OpenTrain sandbox, a mailbox and the plugin, all on this machine.\n`);
  const world = await createWorld({
    adapter: options.tool,
    cacheDirectory: options.cache,
    toolDatabase: 'sqlite',
    progress: tell.progress,
  });
  try {
    const plugin = await playStory(world, tell);
    await playFortyDays(world, tell);
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    process.stdout.write(`\nThe story is told: ${tell.checked()} checks held, in ${seconds} s.\n`);
    if (options.wait) await stayUp(world);
    await plugin.stop();
  } finally {
    await world.close();
  }
}

async function stayUp(world: World): Promise<void> {
  const { output } = await world.command('console');
  process.stdout.write(
    [
      '',
      'Everything stays up. Try it yourself:',
      `  hire and end trainers   ${world.sandbox.origin}/sandbox`,
      `  the annotation tool     ${world.tool.baseUrl}  (${world.tool.adminEmail} / ${world.tool.adminPassword})`,
      `  the plugin's console    ${output.trim()}`,
      '  mail                    printed here as it arrives',
      'Stop with Ctrl+C.',
      '',
    ].join('\n'),
  );
  let shown = world.mailbox.mails.length;
  const printing = setInterval(() => {
    for (const mail of world.mailbox.mails.slice(shown))
      process.stdout.write(`\nMail: ${mail.subject}\n${mail.text ?? ''}\n`);
    shown = world.mailbox.mails.length;
  }, 500);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  clearInterval(printing);
}
