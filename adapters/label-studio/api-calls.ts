/** The calls of Label Studio's API that the plugin uses, by name. Measured on 1.23.2. */
import { z } from 'zod';
import type { Project } from '../tool.ts';
import type { ApiClient, ApiRequest } from './api-client.ts';

/** The organization of the token's user; the open-source edition has exactly one. */
export interface Organization {
  id: number;
  ownerId: number | null;
  /** The user whose token we hold. */
  userId: number;
  /** Lower case. */
  userEmail: string;
  createdAt: Date | null;
}

const userSchema = z.object({
  id: z.number(),
  email: z.string().toLowerCase(),
  active_organization: z.number().nullable(),
});
const organizationSchema = z.object({
  created_by: z.number().nullable(),
  created_at: z.coerce.date().nullable().default(null),
});
const projectSchema = z.object({ id: z.number(), title: z.string() });

/** The release, "1.23.2". Needs no token. */
export async function readVersion(api: ApiClient): Promise<string> {
  const schema = z.object({ release: z.string() });
  return (await api.read(schema, { method: 'GET', path: '/api/version' })).release;
}

export async function readOrganization(api: ApiClient): Promise<Organization> {
  const user = await api.read(userSchema, { method: 'GET', path: '/api/current-user/whoami' });
  const id = user.active_organization ?? 1;
  const organization = await api.read(organizationSchema, {
    method: 'GET',
    path: `/api/organizations/${id}`,
  });
  const { created_by: ownerId, created_at: createdAt } = organization;
  return { id, ownerId, userId: user.id, userEmail: user.email, createdAt };
}

/** All projects, or only the newest pages as far as they go. */
export async function readProjects(api: ApiClient): Promise<Project[]> {
  const schema = z.object({ next: z.string().nullable(), results: z.array(projectSchema) });
  const projects: Project[] = [];
  for (let page = 1; ; page += 1) {
    const query = { page, page_size: 100, include: 'id,title' };
    const { next, results } = await api.read(schema, { method: 'GET', path: '/api/projects/', query });
    projects.push(...results.map(({ id, title }) => ({ id: String(id), title })));
    if (next === null) return projects;
  }
}

/** One project, or null. An id that is no number cannot be one of Label Studio's. */
export async function readProject(api: ApiClient, projectId: string): Promise<Project | null> {
  if (!isProjectId(projectId)) return null;
  const path = `/api/projects/${projectId}/`;
  const request: ApiRequest = { method: 'GET', path, query: { include: 'id,title' }, expect: [404] };
  const { status, body } = await api.send(request);
  return status === 404 ? null : { id: projectId, title: api.parse(projectSchema, request, body).title };
}

/** Label Studio's ids are positive 32-bit integers, written without leading zeros. */
export function isProjectId(projectId: string): boolean {
  return /^[1-9]\d{0,9}$/.test(projectId) && Number(projectId) <= 2_147_483_647;
}

const memberSchema = z.object({ user: z.object({ id: z.number(), email: z.string(), first_name: z.string() }) });

export interface Member {
  userId: number;
  email: string;
  /** The API shows a removed member as "Deleted" in place of the e-mail address. */
  removed: boolean;
}

/** Every member that the organization ever had. One page: the order of pages is not stable when user names are equal. */
export async function readMembers(api: ApiClient, organizationId: number): Promise<Member[]> {
  const { results } = await api.read(z.object({ results: z.array(memberSchema) }), {
    method: 'GET',
    path: `/api/organizations/${organizationId}/memberships`,
    query: { page_size: -1 },
  });
  return results.map(({ user }) => ({ userId: user.id, email: user.email, removed: user.email === 'Deleted' }));
}

/** The users whom the organization has, with when their accounts were made. */
export async function readUsers(api: ApiClient): Promise<{ userId: number; email: string; joinedAt: Date }[]> {
  const schema = z.array(z.object({ id: z.number(), email: z.string(), date_joined: z.coerce.date() }));
  const users = await api.read(schema, { method: 'GET', path: '/api/users/' });
  return users.map(({ id, email, date_joined }) => ({ userId: id, email, joinedAt: date_joined }));
}

/** Ends a membership (a soft delete). False when there was none. Only the owner's token may. */
export async function deleteMembership(api: ApiClient, organizationId: number, toolUserId: string): Promise<boolean> {
  const path = `/api/organizations/${organizationId}/memberships/${encodeURIComponent(toolUserId)}/`;
  const { status } = await api.send({ method: 'DELETE', path, expect: [404] });
  return status !== 404;
}

/** The organization's shared secret for joining. It never leaves the server. */
export async function readInviteToken(api: ApiClient): Promise<string> {
  return (await api.read(z.object({ token: z.string() }), { method: 'GET', path: '/api/invite' })).token;
}

/** Links made with the old token stop working. */
export async function resetInviteToken(api: ApiClient): Promise<void> {
  await api.send({ method: 'POST', path: '/api/invite/reset-token', body: {} });
}

/** What others see as this user's name. */
export async function renameUser(api: ApiClient, toolUserId: string, displayName: string): Promise<void> {
  const [first = '', ...rest] = displayName.trim().split(/\s+/);
  const body = { first_name: first.slice(0, 256), last_name: rest.join(' ').slice(0, 256) };
  await api.send({ method: 'PATCH', path: `/api/users/${encodeURIComponent(toolUserId)}/`, body });
}
