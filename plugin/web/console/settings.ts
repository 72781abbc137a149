/**
 * Settings: what is in use, without secrets, with the help of the manifest; and the form of each group, for what an admin may change
 * while the plugin runs.
 */
import { type Request, type RequestHandler, type Response, Router } from 'express';
import { AdminError } from '../../errors.ts';
import { forPeople } from '../../errors-for-people.ts';
import { readSignsOfLife } from '../../queue/heartbeats.ts';
import { type Standing, standingOf } from '../../settings/changeable.ts';
import { manifest, type SettingDeclaration } from '../../settings/manifest.ts';
import type { Found } from '../../settings/sources.ts';
import { databaseRole } from '../../setup/suggestions.ts';
import { readConnection } from '../../status/connection.ts';
import { field, pathPart } from '../forms.ts';
import type { Console } from './console.ts';
import { settingValue } from './setting-values.ts';
import { changesIn, fieldOf, groupAt, slugOf } from './settings-form.ts';
import { type Refusal, saveSettings } from './settings-save.ts';

const PATH = '/console/settings';

/** The routes /console/settings and /console/settings/GROUP. */
export function settings(console: Console): Router {
  const router = Router();
  router.get('/', (request, response) => showAll(console, request, response));
  router.get('/:group', console.onlyAdmins, (request, response, next) => {
    if (groupOf(request).length === 0) return next();
    return showGroup(console, request, response);
  });
  router.post('/:group', save(console));
  return router;
}

function groupOf(request: Request): SettingDeclaration[] {
  return groupAt(pathPart(request, 'group'));
}

interface Sources {
  /** What each setting has at the next start; null where the file cannot be read. */
  found: ReadonlyMap<string, Found> | null;
  /** Why nothing can be changed here, and how it is; null when something can. */
  problem: { what: string; remedy: string } | null;
}

const NOT_BY_START = {
  what: 'This process cannot go on with other settings by itself.',
  remedy: 'Change them where the plugin is started, and start it again.',
};

function sourcesOf({ runningSettings }: Console): Sources {
  if (!runningSettings) return { found: null, problem: NOT_BY_START };
  try {
    return { found: runningSettings.found(), problem: runningSettings.problem };
  } catch (error) {
    if (!(error instanceof AdminError)) throw error;
    return { found: null, problem: { what: error.message, remedy: error.remedy } };
  }
}

async function showAll(console: Console, request: Request, response: Response): Promise<void> {
  const { context, runningSettings } = console;
  const { token } = await readConnection(context);
  const { found, problem } = sourcesOf(console);
  const rows = manifest.settings.map((declaration) => {
    const { name, group, help, secret } = declaration;
    const value = settingValue(context.settings, name);
    return {
      ...{ name, group, help },
      isSet: value !== null,
      isSecret: secret,
      from: found?.get(name)?.from ?? context.settings.sources.get(name) ?? null,
      isInStore: name === 'OPENTRAIN_PARTNER_TOKEN' && token === 'store',
      value: secret ? null : value,
      mayChange: !problem && standingOf(name, found?.get(name)).mayChange,
    };
  });
  const groups = [...Map.groupBy(rows, ({ group }) => group)].map(([name, members]) => ({
    ...{ name, rows: members, path: `${PATH}/${slugOf(name)}` },
    mayChange: members.some(({ mayChange }) => mayChange),
  }));
  console.page(request, response, 'settings', {
    ...{ title: 'Settings', section: PATH, groups, problem },
    file: problem ? null : (runningSettings?.file ?? null),
    last: runningSettings?.last ?? null,
    others: await otherProcesses(console),
  });
}

/** How many more `start` processes share the store: each has settings of its own. */
async function otherProcesses({ context: { database, clock } }: Console): Promise<number> {
  return Math.max(0, (await readSignsOfLife(database, clock.now())).running - 1);
}

async function showGroup(
  console: Console,
  request: Request,
  response: Response,
  refused: Refusal | null = null,
): Promise<void> {
  const { adapter } = console.context.settings.tool;
  const group = groupOf(request);
  const { found, problem } = sourcesOf(console);
  const standings = group.map((declaration) => ({
    declaration,
    standing: standingOf(declaration.name, found?.get(declaration.name)),
  }));
  const open = problem ? [] : standings.filter(({ standing }) => standing.mayChange);
  const names = open.map(({ declaration }) => declaration.name);
  const told = (name: string): string | null =>
    refused?.problems.flatMap((wrong) => (wrong.name === name ? [wrong.text] : [])).join('; ') || null;
  const asksForDatabase = group.some(({ name }) => name === 'TOOL_DATABASE_URL');
  const page = {
    ...{ title: `Settings: ${group[0]?.group}`, section: PATH, problem },
    path: `${PATH}/${slugOf(group[0]?.group ?? '')}`,
    fields: open.map(({ declaration }) =>
      fieldOf(declaration, found?.get(declaration.name), refused && request, told(declaration.name)),
    ),
    closed: standings.flatMap(({ declaration, standing }) => closedRow(declaration, standing, found)),
    elsewhere: refused?.problems.filter(({ name }) => !names.includes(name)).map(({ text }) => text) ?? [],
    failed: refused?.failed ?? [],
    mayKeep: refused?.mayKeep ?? false,
    isRefused: refused !== null,
    losesSecret: open.some(({ declaration: { name, secret } }) => secret && field(request, name) !== ''),
    others: await otherProcesses(console),
    role: asksForDatabase ? await databaseRole(new Map([['TOOL_ADAPTER', adapter]])) : null,
    scripts: ['copy.js'],
  };
  console.page(request, response, 'settings-group', page, refused ? 409 : 200);
}

function closedRow({ name }: SettingDeclaration, standing: Standing, found: Sources['found']) {
  return standing.mayChange ? [] : [{ name, isSet: found?.has(name) ?? false, why: standing.why, how: standing.how }];
}

function save(console: Console): RequestHandler {
  return async (request, response, next) => {
    const { context, runningSettings } = console;
    const { found, problem } = sourcesOf(console);
    if (groupOf(request).length === 0) return next();
    if (!runningSettings || !found || problem) {
      const { what, remedy } = problem ?? NOT_BY_START;
      return console.problem(request, response, 409, what, remedy);
    }
    const open = groupOf(request).filter(({ name }) => standingOf(name, found.get(name)).mayChange);
    const changes = changesIn(request, open, found);
    try {
      const change = { changes, actor: console.actor(request), keepsFailing: field(request, 'anyway') === 'yes' };
      if (changes.size === 0) return response.redirect(303, `${PATH}?done=unchanged`);
      const refusal = await saveSettings(context, runningSettings, change);
      if (refusal) return await showGroup(console, request, response, refusal);
      response.redirect(303, PATH);
    } catch (error) {
      const told = forPeople(context.settings, error);
      if (!(told instanceof AdminError)) throw error;
      console.problem(request, response, 409, told.message, told.remedy);
    }
  };
}
