#!/usr/bin/env node
/** The development kit: `npm run dev -- sandbox` and `npm run dev -- demo`. The product loads nothing of it. */
import { Command, CommanderError } from 'commander';
import { printError } from '../commands/run-command.ts';
import { manifest } from '../settings/manifest.ts';
import { registerDemo } from './commands/demo.ts';
import { registerSandbox } from './commands/sandbox.ts';

/** The command line names no command or has an unknown flag. */
const USAGE_ERROR = 2;

const program = new Command(`${manifest.name}-dev`)
  .description('An OpenTrain to develop against, and the whole story on this machine.')
  .version(manifest.version)
  .exitOverride();
registerSandbox(program);
registerDemo(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : USAGE_ERROR;
  else process.exitCode = printError(error, process.argv.includes('--json'));
}
