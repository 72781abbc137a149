/** What people call things: names for the ids in a report. */
import type { Facts } from '../usage/attribution.ts';

export interface Names {
  project(id: string): string;
  trainer(id: string): string;
  contract(id: string): string;
}

/** Names from links, contracts and trainers; the id where there is none. Display names are not unique, so ids stay beside them. */
export function namesOf({ links, contracts, trainers }: Facts): Names {
  const projects = new Map(links.map((link) => [link.project_id, link.external_project_name]));
  const titles = new Map(contracts.map(({ id, title }) => [id, title]));
  const people = new Map(trainers.map(({ id, display_name }) => [id, display_name]));
  return {
    project: (id) => projects.get(id) ?? `Project ${id}`,
    trainer: (id) => people.get(id) ?? id,
    contract: (id) => titles.get(id) ?? id,
  };
}
