/** Whether the projects behind a contract still exist in the tool. */
import type { ToolAdapter } from '../../adapters/tool.ts';
import type { ProjectLinkRow } from '../mirror/project-links.ts';

/** Asks the tool about a project at most once. */
export class ProjectLookup {
  readonly #tool: ToolAdapter;
  readonly #links: readonly ProjectLinkRow[];
  readonly #exists = new Map<string, Promise<boolean>>();

  constructor(tool: ToolAdapter, links: readonly ProjectLinkRow[]) {
    this.#tool = tool;
    this.#links = links;
  }

  /** The projects ever linked to a job that are gone from the tool. Throws what the adapter throws. */
  async missingProjects(jobId: string): Promise<string[]> {
    const linked = this.#links.filter((link) => link.job_id === jobId).map((link) => link.project_id);
    const missing: string[] = [];
    for (const projectId of new Set(linked)) if (!(await this.#ask(projectId))) missing.push(projectId);
    return missing;
  }

  #ask(projectId: string): Promise<boolean> {
    const known = this.#exists.get(projectId);
    if (known) return known;
    const asked = this.#tool.findProject(projectId).then((project) => project !== null);
    this.#exists.set(projectId, asked);
    return asked;
  }
}
