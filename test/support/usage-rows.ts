/** Rows of the store, as the rules of usage read them, with what a test does not care about filled in. */
import type { ContractRow } from '../../plugin/mirror/contracts.ts';
import type { ProjectLinkRow } from '../../plugin/mirror/project-links.ts';

export function contractRow(id: string, job_id: string, change: Partial<ContractRow> = {}): ContractRow {
  return {
    id,
    job_id,
    status: 'active',
    title: id,
    start_date: null,
    end_date: null,
    created_at: 0,
    event_id: null,
    state_at: 0,
    read_at: null,
    participants_read_at: null,
    ended_seen_at: null,
    final_submitted_at: null,
    usage_problem: null,
    usage_problem_at: null,
    ...change,
  };
}

export function linkRow(
  id: string,
  project: string,
  job_id: string | null,
  change: Partial<ProjectLinkRow> = {},
): ProjectLinkRow {
  return {
    id,
    job_id,
    external_project_id: project,
    external_project_name: null,
    external_project_url: null,
    provisioning_mode: 'PARTNER_WEBHOOK',
    label_unit: 'annotations',
    created_at: 0,
    removed_at: null,
    seen_under: null,
    not_linked_since: null,
    event_id: null,
    owner: 'this tool',
    project_id: project,
    project_state: 'exists',
    project_asked_at: null,
    from_before: 0,
    ...change,
  };
}
