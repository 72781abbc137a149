/**
 * Whose a link is, and what it is good for: one install may serve several tools, each with a plugin of its own, and every plugin is
 * told all links. Pure.
 *
 * | externalProjectUrl               | the tool says of the project | the link is    | it                                     |
 * |----------------------------------|------------------------------|----------------|----------------------------------------|
 * | absent, or below the tool's      | exists                       | ours           | grants                                 |
 * | absent, or below the tool's      | missing                      | missing        | holds members, lets nobody in; is told |
 * | absent, or below the tool's      | nothing yet                  | unconfirmed    | holds members, lets nobody in          |
 * | elsewhere, or no address at all  | –                            | another tool's | gives nothing, counts for nothing      |
 * | elsewhere, but stored before     | –                            | unconfirmed    | holds members, lets nobody in; is told |
 * | addresses were compared          |                              |                |                                        |
 *
 * Once the tool knew the project, the link stays ours: TOOL_PUBLIC_URL may change, and nobody loses access by that.
 */
export type Owner = 'this tool' | 'another tool';

export type ProjectState = 'exists' | 'missing';

export const linkStandings = ['ours', 'missing', 'unconfirmed', 'another tool'] as const;
export type LinkStanding = (typeof linkStandings)[number];

export interface LinkFacts {
  /** null: its address was not compared yet. */
  owner: Owner | null;
  /** What the tool said of the project last; null: it was never asked. */
  project_state: ProjectState | null;
}

export function standingOf({ owner, project_state }: LinkFacts): LinkStanding {
  if (owner === 'another tool') return 'another tool';
  if (owner === null || project_state === null) return 'unconfirmed';
  return project_state === 'exists' ? 'ours' : 'missing';
}

/** Whether a link is not another tool's: its work is counted and submitted. */
export function isOurs({ owner }: Pick<LinkFacts, 'owner'>): boolean {
  return owner !== 'another tool';
}

/** To which tool a link belongs, by its address and what is known of it; null when an admin must say so. */
export function ownerOf(
  link: LinkFacts & { external_project_url: string | null; from_before: number },
  toolUrl: string,
): Owner | null {
  if (link.owner === 'this tool' && link.project_state === 'exists') return 'this tool';
  const owner = ownerByAddress(link.external_project_url, toolUrl);
  // By such a link people have access: TOOL_PUBLIC_URL may have been another one when it was made.
  return owner === 'another tool' && link.from_before === 1 && link.owner === null ? null : owner;
}

/** To which tool an address belongs: scheme, host and port must be the same, and its path lie below the tool's. */
export function ownerByAddress(address: string | null, toolUrl: string): Owner {
  if (address === null || address.trim() === '') return 'this tool';
  const [url, tool] = [URL.parse(address), new URL(toolUrl)];
  if (url?.origin !== tool.origin) return 'another tool';
  const path = tool.pathname.replace(/\/+$/, '');
  return url.pathname === path || url.pathname.startsWith(`${path}/`) ? 'this tool' : 'another tool';
}
