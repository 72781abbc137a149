/** People at work in a local Sorter: for the demonstration and the tests. */
import type { LocalPeople, LocalTool } from '../../../adapters/local-tool.ts';
import { driveSorter } from '../drivers/example.ts';

/** The admin and the trainers of this instance. */
export function sorterPeople(tool: LocalTool): LocalPeople {
  const driver = driveSorter(tool);
  /** By "project e-mail": the number of the next task, since Sorter offers none by itself. */
  const nextTask = new Map<string, number>();
  return {
    createProject: async (title, taskCount) => ({ id: await driver.createProject(title, taskCount), title }),
    async signIn(account) {
      const session = await driver.signIn(account);
      if (!session) return null;
      return {
        async annotate(projectId, { seconds }) {
          const key = `${projectId} ${account.email}`;
          const task = nextTask.get(key) ?? 0;
          const id = await driver.annotate(session, projectId, { task, seconds });
          nextTask.set(key, task + 1);
          return id;
        },
        withdraw: (annotationId) => driver.deleteAnnotation(session, '', annotationId),
        reaches: (projectId) => driver.reaches(account, session, [projectId], false),
      };
    },
  };
}
