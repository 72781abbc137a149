/**
 * The tool's project id ↔ the external id of its link. An external id is unique per install (contract: "Project links"), and one install
 * may serve several tools that count their projects from 1: where another tool's link has the number, ours is `<number>@<tool>`.
 */

/** The id for a link whose plain id is taken: "7@tool.example", with the path of a tool that is served below one. */
export function qualifiedExternalId(projectId: string, toolUrl: string): string {
  return `${projectId}@${toolName(toolUrl)}`;
}

/** The tool's project id that an external id stands for; one that carries no name, or another tool's, is taken as it is. */
export function projectIdOf(externalId: string, toolUrl: string): string {
  const suffix = `@${toolName(toolUrl)}`;
  const isQualified = externalId.endsWith(suffix) && externalId.length > suffix.length;
  return isQualified ? externalId.slice(0, -suffix.length) : externalId;
}

function toolName(toolUrl: string): string {
  const { host, pathname } = new URL(toolUrl);
  return host + pathname.replace(/\/+$/, '');
}
