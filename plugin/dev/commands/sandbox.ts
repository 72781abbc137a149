/** `sandbox`: an OpenTrain on this machine, to develop and try things against. */
import { type Command, InvalidArgumentError } from 'commander';
import { createLog } from '../../log.ts';
import { startSandbox } from '../sandbox/sandbox.ts';

function parsePort(value: string): number {
  const port = Number(value);
  if (!/^\d+$/.test(value) || port > 65_535) throw new InvalidArgumentError('It is a number from 0 to 65535.');
  return port;
}

export function registerSandbox(program: Command): void {
  program
    .command('sandbox')
    .description('Run an OpenTrain to develop against, in memory, on this machine only.')
    .option('--port <port>', 'where it listens', parsePort, 8791)
    .option('--partner-token <token>', 'the token of its install (ot_ptk_…); a new one if absent')
    .addHelpText('after', '\nExample:\n  npm run dev -- sandbox --port 8791')
    .action(async (options: { port: number; partnerToken?: string }) => {
      const log = createLog('warn');
      const token = options.partnerToken ? { partnerToken: options.partnerToken } : {};
      const sandbox = await startSandbox({ port: options.port, log, ...token });
      process.stdout.write(
        `OpenTrain sandbox: ${sandbox.origin}/sandbox\nOPENTRAIN_BASE_URL=${sandbox.baseUrl}\nOPENTRAIN_PARTNER_TOKEN=${sandbox.partnerToken}\nStop with Ctrl+C.\n`,
      );
      await new Promise<void>((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
      });
      await sandbox.close();
    });
}
