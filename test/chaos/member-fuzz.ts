/** Any operation that the tool's own API description lists, with ids and bodies drawn at random: what nobody thought of. */
import { z } from 'zod';
import type { LabelStudioSession } from '../support/label-studio-session.ts';
import type { Raid } from './member-api.ts';

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;
const schemaOf = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });

export interface Operation {
  method: (typeof methods)[number];
  path: string;
}

/**
 * What would end the storm for everybody at once, the plugin's own token included: the sabotage at its end does the first two,
 * `test/e2e/token-switch.test.ts` the third.
 */
const leftOut = new Set(['delete /api/projects/{id}/', 'delete /api/projects/{id}/tasks/', 'post /api/jwt/settings']);
const PATIENCE_MS = 5_000;

/** The operations of the API that this member is shown. */
export async function describedOperations(member: LabelStudioSession): Promise<Operation[]> {
  const answer = await member.http.get('/docs/api/schema/json/');
  return Object.entries(schemaOf.parse(answer.data).paths).flatMap(([path, operations]) =>
    methods
      .filter((method) => method in operations && !leftOut.has(`${method} ${path}`.replace(/(settings)\/$/, '$1')))
      .map((method) => ({ method, path })),
  );
}

/** Calls one of them. */
export function callOperation(operation: Operation, raid: Raid, random: () => number): Promise<unknown> {
  const url = operation.path.replaceAll(/\{\w+\}/g, () => String(idFor(operation.path, raid, random)));
  return raid.member.http.request({
    method: operation.method,
    url,
    data: random() < 0.5 ? {} : bodyOf(raid),
    timeout: PATIENCE_MS,
  });
}

function idFor(path: string, { projectId, task, annotation, ownId, honestId }: Raid, random: () => number): unknown {
  if (random() < 0.2) return Math.floor(random() * 50);
  if (path.startsWith('/api/projects/')) return projectId;
  if (path.startsWith('/api/tasks/')) return task;
  if (path.startsWith('/api/annotations/')) return annotation;
  if (path.startsWith('/api/organizations/')) return random() < 0.5 ? 1 : honestId;
  return random() < 0.5 ? honestId : ownId;
}

function bodyOf({ projectId, task, ownId, honestId, address, password }: Raid): unknown {
  return {
    title: 'Mine now',
    project: projectId,
    task,
    completed_by: ownId,
    user: honestId,
    user_id: honestId,
    email: address,
    username: address,
    password,
    is_active: false,
    deleted_at: null,
    active_organization: null,
    created_by: ownId,
    lead_time: 1e308,
    result: [],
    legacy_api_tokens_enabled: false,
  };
}
