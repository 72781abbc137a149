/** Files of a bucket that two projects share: Label Studio resolves any of them for whoever may see one task of one project. */
import { expect } from 'chai';
import { z } from 'zod';
import { localVersion } from '../../../plugin/dev/local-tools/label-studio/server.ts';
import { GatewayWorld, type Scene } from '../../support/gateway-world.ts';
import { startTestLabelStudio, type TestLabelStudio } from '../../support/label-studio.ts';
import type { LabelStudioSession } from '../../support/label-studio-session.ts';
import { BUCKET, connectBucket, encodedFile } from '../../support/shared-bucket.ts';
import { measuredVersions } from '../../versions/supported.ts';

const [oldest] = measuredVersions['Label Studio'];

const taskSchema = z.object({ data: z.object({ text: z.string() }) });

for (const version of [oldest, localVersion]) {
  describe(`files of a bucket through the gateway, in Label Studio ${version}`, function () {
    this.timeout(180_000);
    let tool: TestLabelStudio;
    let world: GatewayWorld;
    let ann: LabelStudioSession;
    let bob: LabelStudioSession;
    /** Each with one file: "own/one.txt". */
    const tasks = {} as Record<'own' | 'foreign', { first: number; second: number }>;

    before(async () => {
      tool = await startTestLabelStudio('sqlite', { version });
      world = await GatewayWorld.open('sqlite', { tool });
      tasks.own = await withFiles(world.own, 'own');
      tasks.foreign = await withFiles(world.foreign, 'foreign');
      ann = await world.signIn(world.ann);
      bob = await world.signIn(world.bob);
    });
    after(async () => {
      await world?.close();
      await tool?.stop();
    });

    async function withFiles({ projectId }: Scene, folder: string): Promise<{ first: number; second: number }> {
      const { http } = world.owner;
      connectBucket(tool, projectId);
      const made: number[] = [];
      for (const name of ['one', 'two']) {
        const task = { project: Number(projectId), data: { text: `s3://${BUCKET}/${folder}/${name}.txt` } };
        made.push(z.object({ id: z.number() }).parse((await http.post('/api/tasks/', task)).data).id);
      }
      const [first = 0, second = 0] = made;
      return { first, second };
    }

    const status = async (session: LabelStudioSession, path: string): Promise<number> =>
      (await session.http.get(path)).status;

    it('are read where a task of theirs names them, at the address that the task has', async () => {
      for (const [session, task, folder] of [
        [ann, tasks.own.first, 'own'],
        [bob, tasks.foreign.first, 'foreign'],
      ] as const) {
        const { text } = taskSchema.parse((await session.http.get(`/api/tasks/${task}/`)).data).data;
        const path = /\/tasks\/\d+\/(?:resolve|presign)\/\?fileuri=[\w=-]+/.exec(text)?.[0] ?? text;
        const answer = await session.http.get(path);
        expect(answer.status, path).to.equal(303);
        expect(new URL(String(answer.headers.location)).pathname).to.match(new RegExp(`${folder}/one\\.txt$`));
      }
    });

    it('are not read otherwise: of a foreign project, of no task, of another task, in part, or of a whole project', async () => {
      const { first, second } = tasks.own;
      const uri = encodedFile('own/one.txt');
      for (const path of [
        `/tasks/${first}/resolve/?fileuri=${encodedFile('foreign/one.txt')}`,
        `/tasks/${first}/presign/?fileuri=${encodedFile('foreign/one.txt')}`,
        `/tasks/${first}/resolve/?fileuri=${encodedFile('unlabelled/secret.txt')}`,
        `/tasks/${second}/resolve/?fileuri=${uri}`,
        `/tasks/${first}/resolve/?fileuri=${uri.slice(0, -4)}`,
        `/tasks/${first}/resolve/?fileuri=${uri}&fileuri=${encodedFile('foreign/one.txt')}`,
        `/tasks/${first}/resolve/?fileuri=${encodeURIComponent(`s3://${BUCKET}/foreign/one.txt`)}`,
        `/tasks/${first}/resolve/`,
        `/tasks/${tasks.foreign.first}/resolve/?fileuri=${encodedFile('foreign/one.txt')}`,
        `/projects/${world.own.projectId}/resolve/?fileuri=${encodedFile('foreign/one.txt')}`,
        `/projects/${world.own.projectId}/presign/?fileuri=${uri}`,
      ])
        expect(await status(ann, path), path).to.equal(403);
    });
  });
}
