/** Routes of a tool with the numbers of real things in them. */

/** By the part of the path before a placeholder: what stands there. */
export type Numbers = Readonly<Record<string, string>>;

/** Puts numbers into a route, by what its path is about; 1 where nothing is known of it. */
export function fillPath(path: string, numbers: Numbers): string {
  const parts = path.split('/').slice(1);
  return parts
    .map((part, index) => {
      if (!part.startsWith(':')) return part;
      return part.replace(/^:\w+/, numbers[part] ?? numbers[parts[index - 1] ?? ''] ?? '1');
    })
    .join('/');
}

/** Things of Label Studio that a route may name. */
export interface Ids {
  project: string;
  task: string;
  annotation: string;
  draft: string;
  tab: string;
  user: string;
}

/** Label Studio's names for them in its routes. */
export function numbersOf(ids: Ids): Numbers {
  return {
    ...{ upload: ids.project, projects: ids.project, tasks: ids.task, annotations: ids.annotation },
    ...{ drafts: ids.draft, views: ids.tab, users: ids.user, ':filename': `${ids.project}/picture.png` },
  };
}
