/** Routes of Label Studio with the numbers of real things in them. */

/** Things of Label Studio that a route may name. */
export interface Ids {
  project: string;
  task: string;
  annotation: string;
  draft: string;
  tab: string;
  user: string;
}

/** Puts numbers into a route, by what its path is about. */
export function pathWithIds(path: string, ids: Ids): string {
  let number = '1';
  return path
    .split('/')
    .slice(1)
    .map((part, index, parts) => {
      if (!part.startsWith(':')) return part;
      const name = part.slice(1);
      const before = parts[index - 1] ?? '';
      if (name === 'filename') return `${ids.project}/picture.png`;
      if (before === 'upload' || before === 'projects') number = ids.project;
      else if (before === 'tasks') number = ids.task;
      else if (before === 'annotations') number = ids.annotation;
      else if (before === 'drafts') number = ids.draft;
      else if (before === 'views') number = ids.tab;
      else if (before === 'users') number = ids.user;
      else number = '1';
      return part.replace(/^:\w+/, number);
    })
    .join('/');
}
