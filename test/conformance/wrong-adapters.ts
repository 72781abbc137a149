/**
 * Adapters that are wrong on purpose, each in one way, made from the example adapter. The suite has to find every one of
 * them; `found` is (part of) the title of a test that must.
 */

import { AccountExists, PasswordRefused, ToolRefused, ToolUnavailable } from '../../adapters/errors.ts';
import type {
  AdapterModule,
  AdapterOptions,
  NewMember,
  TallyRow,
  ToolAccount,
  ToolAdapter,
} from '../../adapters/tool.ts';
import example from './example-tool/adapter.ts';

export interface WrongAdapter {
  fault: string;
  found: string;
  module: AdapterModule;
}

type Spoil = (right: ToolAdapter, options: AdapterOptions) => Partial<ToolAdapter>;

function wrong(fault: string, found: string, spoil: Spoil): WrongAdapter {
  const createAdapter = async (options: AdapterOptions): Promise<ToolAdapter> => {
    const right = await example.createAdapter(options);
    const spoilt = spoil(right, options);
    return new Proxy(right, {
      get: (target, name) => {
        const member: unknown = Reflect.get(name in spoilt ? spoilt : target, name);
        return typeof member === 'function' ? member.bind(name in spoilt ? spoilt : target) : member;
      },
    });
  };
  return { fault, found, module: { ...example, createAdapter } };
}

const twice = (row: TallyRow): TallyRow => ({ ...row, tasks: row.tasks * 2, annotations: row.annotations * 2 });

async function inviteLink({ baseUrl, apiToken }: AdapterOptions): Promise<string> {
  const answer = await fetch(`${baseUrl}/api/invite`, {
    headers: { Authorization: `Bearer ${apiToken}` },
    signal: AbortSignal.timeout(1_000),
  });
  const invite: unknown = await answer.json();
  const token = typeof invite === 'object' && invite !== null && 'token' in invite ? String(invite.token) : '';
  return `${baseUrl}/join/${token}`;
}

export const wrongAdapters: readonly WrongAdapter[] = [
  wrong('forgets a project in its list', 'lists every project', (right) => ({
    listProjects: async () => (await right.listProjects()).slice(0, -1),
  })),
  wrong('grants only the first of several projects', 'opens what is granted', (right) => ({
    createMember: (member) => right.createMember({ ...member, places: member.places.slice(0, 1) }),
    grant: (access) => right.grant({ ...access, places: access.places.slice(1) }),
  })),
  wrong('forgets a project when it removes', 'with every key they could have kept', (right) => ({
    revoke: (removal) => right.revoke({ ...removal, places: removal.places.slice(0, 1) }),
  })),
  wrong('forgets a project in the tally', 'agrees with the tool’s own export', (right) => ({
    tally: (query) => right.tally({ ...query, projectIds: query.projectIds.slice(0, 1) }),
  })),
  wrong('counts twice', 'agrees with the tool’s own export', (right) => ({
    tally: async (query) => (await right.tally(query)).map(twice),
  })),
  wrong('explains less than it counts', 'lists what the tally counts', (right) => ({
    explainDay: async (query) => {
      const day = (await right.explainDay?.(query)) ?? { annotations: [], hasMore: false };
      return { ...day, annotations: day.annotations.slice(1) };
    },
  })),
  wrong('explains everything, whatever the limit', 'no more than the limit', (right) => ({
    explainDay: async (query) =>
      (await right.explainDay?.({ ...query, limit: 1_000 })) ?? { annotations: [], hasMore: false },
  })),
  wrong('gives every row twice', 'gives the same rows every time', (right) => ({
    tally: async (query) => {
      const rows = await right.tally(query);
      return [...rows, ...rows];
    },
  })),
  wrong('counts the instant at the end', 'up to but without the last one', (right) => ({
    tally: (query) => right.tally({ ...query, until: new Date(query.until.getTime() + 1) }),
  })),
  wrong('ignores the time zone', 'calendar day of the time zone', (right) => ({
    tally: (query) => right.tally({ ...query, offsets: [{ from: query.from, offsetSeconds: 0 }] }),
  })),
  wrong('ignores the cap', 'counts time up to the cap', (right) => ({
    tally: (query) => right.tally({ ...query, maxSecondsPerAnnotation: 86_400 }),
  })),
  wrong('tells the moment of counting for that of work', 'when the first and the last annotation', (right) => ({
    tally: async (query) => (await right.tally(query)).map((row) => ({ ...row, lastAt: new Date() })),
  })),
  wrong('takes annotations without time for timed ones', 'how many annotations have no time', (right) => ({
    tally: async (query) => (await right.tally(query)).map((row) => ({ ...row, withoutTime: 0 })),
  })),
  wrong('tells what its tool does not know', 'leave out what the tool does not know', (right) => ({
    tally: async (query) =>
      (await right.tally(query)).map((row) => ({ ...row, editedByOthers: { annotations: 0, seconds: 0 } })),
  })),
  wrong('reports success on a failed removal', 'never told as a success', (right) => ({
    revoke: (removal) => right.revoke(removal).catch(() => []),
  })),
  wrong(
    'believes the tool and does not look',
    'never told as a success when the tool failed to do it (pretend',
    (right) => ({
      revoke: async (removal) => {
        await right.revoke(removal);
        return [];
      },
    }),
  ),
  wrong('removes membership but leaves the account open', 'with every key they could have kept', (right) => ({
    revoke: (removal) => right.revoke({ ...removal, closeAccount: false }),
  })),
  wrong('closes the account when one project is taken away', 'takes one project away', (right) => ({
    revoke: (removal) => right.revoke({ ...removal, closeAccount: true }),
  })),
  wrong('removes others in the same project', 'leaves everybody else as they were', (right) => {
    const made: (NewMember & { toolUserId: string })[] = [];
    return {
      createMember: async (member) => {
        const account = await right.createMember(member);
        made.push({ ...member, toolUserId: account.toolUserId });
        return account;
      },
      revoke: async (removal) => {
        const other = made.find(
          ({ toolUserId, places }) =>
            toolUserId !== removal.toolUserId && places.some((place) => removal.places.includes(place)),
        );
        if (other) await right.revoke({ ...removal, ...other, closeAccount: false });
        return right.revoke(removal);
      },
    };
  }),
  wrong('closes somebody else’s account', 'left the bystander as they were', (right) => {
    let first: ToolAccount | undefined;
    return {
      createMember: async (member) => {
        const account = await right.createMember(member);
        first ??= account;
        return account;
      },
      revoke: async (removal) => {
        if (first) await right.revoke({ toolUserId: first.toolUserId, email: '', places: [], closeAccount: true });
        return right.revoke(removal);
      },
    };
  }),
  wrong('leaks the invite link in an error', 'told by nobody', (right, options) => ({
    createMember: async (member) => {
      try {
        return await right.createMember(member);
      } catch (error) {
        if (error instanceof AccountExists) throw error;
        const link = await inviteLink(options).catch(() => '');
        if (error instanceof PasswordRefused) throw new PasswordRefused(`${error.message} (${link})`);
        throw error;
      }
    },
  })),
  wrong('leaks the invite link in the log', 'told by nobody', (right, options) => ({
    createMember: async (member) => {
      options.log.debug({ link: await inviteLink(options).catch(() => '') }, 'joining');
      return right.createMember(member);
    },
  })),
  wrong('shows the invite link to people as the way in', 'told by nobody', (right, options) => {
    let link = right.signInUrl();
    return {
      describe: async () => {
        link = await inviteLink(options).catch(() => link);
        const description = await right.describe();
        return { ...description, remedies: {}, product: `Sorter (${link})` };
      },
    };
  }),
  wrong('logs passwords', 'told by nobody', (right, options) => ({
    createMember: (member) => {
      options.log.info(member, 'a new member');
      return right.createMember(member);
    },
  })),
  wrong('takes over an account that exists', 'does not make a second account', (right) => ({
    createMember: async (member) => {
      const [existing] = await right.findAccounts([{ toolUserId: null, email: member.email }]);
      if (!existing) return right.createMember(member);
      await right.setPassword({ toolUserId: existing.toolUserId, password: member.password });
      return existing;
    },
  })),
  wrong('finds addresses only in lower case', 'in any letter case', (right) => ({
    findAccounts: async (people) => {
      const found = await right.findAccounts(people);
      return found.filter(({ toolUserId, email }) =>
        people.some((person) => person.toolUserId === toolUserId || person.email === email),
      );
    },
  })),
  wrong('calls the admin an ordinary account', 'never changes whoever runs the tool', (right) => ({
    findAccounts: async (people) => (await right.findAccounts(people)).map((one) => ({ ...one, privileged: false })),
  })),
  wrong('makes a new account for who comes back', 'with the same account and the old password', () => ({
    grant: async ({ email }) => {
      throw new ToolRefused(`${email} was removed.`, 'Invite them again.');
    },
  })),
  wrong('calls a tool that is down a refusal', 'is unavailable when nothing listens', (right) => ({
    describe: () =>
      right.describe().catch((error: unknown) => {
        throw error instanceof ToolUnavailable ? new ToolRefused(error.message, 'Wait.') : error;
      }),
  })),
  wrong('shows plain errors of its HTTP client', 'is unavailable when nothing listens', (right, { baseUrl }) => ({
    listProjects: async () => {
      await fetch(`${baseUrl}/api/version`, { signal: AbortSignal.timeout(1_000) });
      return right.listProjects();
    },
  })),
  wrong('writes over what the admin wrote', 'stays byte for byte', (right, { baseUrl, apiToken }) => ({
    setNotice: async (projectId, notice) => {
      await right.setNotice(projectId, null);
      await fetch(`${baseUrl}/api/projects/${projectId}`, {
        method: 'PATCH',
        headers: { Authorization: `Bearer ${apiToken}` },
        body: JSON.stringify({ instructions: notice ?? '' }),
      });
    },
  })),
  wrong('does not renew the invite link', 'renews the shared invite link', () => ({
    renewInvite: async () => undefined,
  })),
  wrong('tells signs that change by themselves', 'are the same when they are read again', (right) => ({
    readSigns: async () => ((await right.readSigns?.()) ?? []).map((sign) => ({ ...sign, createdAt: new Date() })),
  })),
  wrong('tells no project among the signs', 'tell each project with when it was made', (right) => ({
    readSigns: async () => ((await right.readSigns?.()) ?? []).filter(({ kind }) => kind !== 'project'),
  })),
  wrong('lists everybody as new', 'were made since an instant', (right) => ({
    listJoined: async () => (await right.listJoined?.(new Date(0))) ?? null,
  })),
  wrong('declares less than its author says', 'is what the adapter and the driver say too', (right) => ({
    describe: async () => {
      const description = await right.describe();
      return { ...description, capabilities: { ...description.capabilities, notices: false } };
    },
  })),
  wrong('declares what it cannot do', 'replaces a forgotten password', () => ({
    setPassword: async () => undefined,
  })),
];
