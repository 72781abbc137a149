/**
 * The floors of the code, from the top down: a room may use the rooms of lower floors only, and no two rooms of one floor use each
 * other. `test/unit/floors.test.ts` holds the imports against it, and `docs/architecture.md` shows it.
 */
export interface Room {
  /** A folder or file below plugin/, or a folder at the top level. */
  name: string;
  what: string;
}

export interface Floor {
  name: string;
  rooms: readonly Room[];
}

const room = (name: string, what: string): Room => ({ name, what });

export const floors: readonly Floor[] = [
  {
    name: 'entry',
    rooms: [
      room('main.ts', 'the command line'),
      room('dev/', 'sandbox, demo and local tools: the development kit, a second program'),
    ],
  },
  { name: 'commands', rooms: [room('commands/', 'one file a command')] },
  {
    name: 'service',
    rooms: [room('service/', 'open, start, stop, schedule; which handler does which kind of queue item')],
  },
  { name: 'pages', rooms: [room('web/', 'HTTP: webhooks, pages for trainers, the console, health and metrics')] },
  {
    name: 'what people ask',
    rooms: [
      room('status/', 'what needs an admin, and the state of everything'),
      room('setup/', 'the steps of setting up, each with the check of its answer'),
      room('doctor/', 'checks of everything that the plugin relies on'),
    ],
  },
  { name: 'reports', rooms: [room('report/', 'the nightly report')] },
  {
    name: 'features',
    rooms: [
      room('invitations/', 'the trainer’s side: invitations, passwords, mails'),
      room('usage/', 'work counted, attributed to contracts, submitted'),
      room('gateway/', 'the tool served through the plugin: a trainer reaches their own projects only'),
    ],
  },
  {
    name: 'features below',
    rooms: [
      room('access/', 'who should have access, who has it, the plan, and carrying it out'),
      room('budget/', 'budgets, notices and mails about them'),
    ],
  },
  { name: 'mirror', rooms: [room('mirror/', 'what we know of OpenTrain, and how events and reads change it')] },
  {
    name: 'webhooks',
    rooms: [room('webhooks/', 'receiving deliveries: verify, store, answer, apply; our endpoint’s life')],
  },
  {
    name: 'work in order',
    rooms: [
      room('queue/', 'queue items, the worker, retries, outages of dependencies'),
      room('audit/', 'the audit log and counters'),
    ],
  },
  {
    name: 'context',
    rooms: [
      room('context.ts', 'what the rooms above are handed'),
      room('errors-for-people.ts', 'any known failure as an error for people'),
    ],
  },
  {
    name: 'connections',
    rooms: [
      room('store/', 'our database: connection, dialect, migrations, locks, secrets'),
      room('mail/', 'SMTP and the shape of a mail'),
      room('oidc/', 'signing in with an OpenID Connect provider, and whose role is what'),
      room('tool/', 'loading an adapter, and the boundary to it'),
    ],
  },
  { name: 'settings', rooms: [room('settings/', 'manifest, settings, PLUGIN_SECRET')] },
  { name: 'platform', rooms: [room('platform/', 'OpenTrain’s API: types, client, signature')] },
  {
    name: 'ground',
    rooms: [
      room('abort.ts', 'the signal that aborts the work under way'),
      room('clock.ts', 'time, injected'),
      room('log.ts', 'the log'),
      room('keys.ts', 'keys from a secret, encryption'),
      room('private-files.ts', 'files that only their owner may read'),
      room('heap.ts', 'how V8 grows'),
      room('text/', 'numbers, times and tables as people read them'),
    ],
  },
  {
    name: 'errors, causes',
    rooms: [room('errors.ts', 'errors for people'), room('cause.ts', 'what caused the work under way')],
  },
  {
    name: 'foundation',
    rooms: [
      room('adapters/', 'the tools: one interface, one folder a tool'),
      room('migrations/', 'the schema of the store, in order'),
    ],
  },
];
