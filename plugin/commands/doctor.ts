/** `doctor`: is everything right? Exit code 1 when something fails. */
import type { Command } from 'commander';
import type { Check } from '../../adapters/tool.ts';
import { examine } from '../doctor/doctor.ts';
import { pluginAction } from './run-command.ts';

const MARKS: Record<Check['result'], string> = { ok: '✓ ok     ', warning: '! warning', failure: '✗ failure' };

export function registerDoctor(program: Command): void {
  pluginAction(
    program
      .command('doctor')
      .option(
        '--test-removal',
        'also sign up a throw-away account in the tool, remove it, try every door, and erase it',
      )
      .description('Look at everything the plugin relies on, and say what to do about what is wrong.')
      .addHelpText('after', '\nExample:\n  opentrain-plugin doctor --test-removal'),
    async (context, options) => {
      const checks = await examine(context, { testRemoval: options.testRemoval === true });
      const failures = checks.filter(({ result }) => result === 'failure').length;
      const warnings = checks.filter(({ result }) => result === 'warning').length;
      const lines = checks.map(describe);
      lines.push('', failures + warnings === 0 ? 'All is well.' : `${failures} failures, ${warnings} warnings.`);
      return { text: lines.join('\n'), json: { checks, failures, warnings }, exitCode: failures > 0 ? 1 : 0 };
    },
  );
}

function describe({ result, title, why, remedy }: Check): string {
  const lines = [`${MARKS[result]}  ${title}: ${why}`];
  if (remedy) lines.push(...remedy.split('\n').map((line) => `             ${line}`));
  return lines.join('\n');
}
