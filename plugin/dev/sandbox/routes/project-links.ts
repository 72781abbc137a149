/** Project links: create, list, get, delete (contract: "Project links"). */
import { z } from 'zod';
import { found, operation } from '../operations.ts';
import type { Platform } from '../platform.ts';
import { Problem } from '../problem.ts';
import { createLinkBody } from '../requests.ts';
import { projectLinkSchema } from '../schemas.ts';
import type { Install, Link } from '../state.ts';
import { viewLink } from '../views.ts';

const oneLink = z.strictObject({ projectLink: projectLinkSchema });

function linksOf({ state }: Platform, install: Install): Link[] {
  return [...state.links.values()].filter((link) => link.installId === install.id);
}

function ownLink(platform: Platform, install: Install, id: string): Link {
  return found(
    linksOf(platform, install).find((link) => link.id === id),
    'Project link',
  );
}

function createLink(platform: Platform, install: Install, body: z.output<typeof createLinkBody>): Link {
  const { state, ids, clock, events } = platform;
  const { jobId = null, externalProjectName = null, externalProjectUrl = null } = body;
  const job = jobId === null ? undefined : state.jobs.get(jobId);
  if (jobId !== null && job?.organizationId !== install.organizationId)
    throw new Problem('NOT_FOUND', 'Job not found.');
  const existing = linksOf(platform, install);
  if (existing.some((link) => link.externalProjectId === body.externalProjectId)) {
    throw new Problem('CONFLICT', `The external project ${body.externalProjectId} is linked already.`);
  }
  if (existing.length >= state.linkLimit) {
    throw new Problem('CONFLICT', `This install has reached its limit of ${state.linkLimit} project links.`);
  }
  const link: Link = {
    id: ids.next('plink'),
    installId: install.id,
    jobId,
    externalProjectId: body.externalProjectId,
    externalProjectName,
    externalProjectUrl,
    provisioningMode: body.provisioningMode,
    createdAt: clock.now().toISOString(),
  };
  state.links.set(link.id, link);
  events.linkChanged('project_link.created', link);
  return link;
}

export const projectLinkOperations = [
  operation({
    operationId: 'createProjectLink',
    method: 'post',
    path: '/project-links',
    scope: 'project-links:write',
    summary: 'Link a project of the annotation tool, to a job or to none yet.',
    status: 201,
    problems: {
      BAD_REQUEST: 'Body not valid.',
      NOT_FOUND: '`jobId` is not a job of the installing employer.',
      CONFLICT: '`externalProjectId` is linked already, or the link limit is reached.',
    },
    body: createLinkBody,
    response: oneLink,
    handle: (platform, { install }, { body }) => ({ projectLink: viewLink(createLink(platform, install, body)) }),
  }),
  operation({
    operationId: 'listProjectLinks',
    method: 'get',
    path: '/project-links',
    scope: 'project-links:read',
    summary: 'All links of the install, newest first.',
    response: z.strictObject({ projectLinks: z.array(projectLinkSchema) }),
    handle: (platform, { install }) => ({ projectLinks: linksOf(platform, install).reverse().map(viewLink) }),
  }),
  operation({
    operationId: 'getProjectLink',
    method: 'get',
    path: '/project-links/{linkId}',
    scope: 'project-links:read',
    summary: 'One link.',
    problems: { NOT_FOUND: 'No such link in this install.' },
    response: oneLink,
    handle: (platform, { install }, { id }) => ({ projectLink: viewLink(ownLink(platform, install, id)) }),
  }),
  operation({
    operationId: 'deleteProjectLink',
    method: 'delete',
    path: '/project-links/{linkId}',
    scope: 'project-links:write',
    summary: 'Delete a link for good; the answer is its final snapshot.',
    problems: { NOT_FOUND: 'No such link in this install.' },
    response: oneLink.extend({ deleted: z.literal(true) }),
    handle: (platform, { install }, { id }) => {
      const link = ownLink(platform, install, id);
      platform.state.links.delete(id);
      platform.events.linkChanged('project_link.removed', link);
      return { projectLink: viewLink(link), deleted: true as const };
    },
  }),
];
