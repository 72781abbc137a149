/** What the tool's database is recognised by. */
import { expect } from 'chai';
import type { DatabaseSign } from '../../../adapters/tool.ts';
import type { Themes } from '../index.ts';
import { newMember, newProject } from '../world.ts';

export function signTests({ describe, itWhere, world, declared }: Themes): void {
  const read = async (): Promise<DatabaseSign[]> =>
    (await world().adapter.readSigns?.()) ?? expect.fail('nothing is told of the database');

  describe('the signs of a database', () => {
    itWhere(declared.readsSigns, 'are the same when they are read again, and outlast what people do', async () => {
      const project = await newProject(world());
      const before = await read();
      expect(before.length).to.be.above(0);
      expect(await read()).to.deep.equal(before);
      const member = await newMember(world(), [project]);
      await world().driver.annotate(member.session, project, { task: 0, seconds: 5 });
      expect(await read()).to.deep.equal(before);
    });

    itWhere(declared.readsSigns, 'tell each project with when it was made, until it is deleted for good', async () => {
      const before = await read();
      const project = await newProject(world());
      const added = (await read()).filter((sign) => !before.some((known) => same(known, sign)));
      expect(added.map(({ kind, id }) => ({ kind, id }))).to.deep.equal([{ kind: 'project', id: project }]);
      expect(Math.abs(Date.now() - (added[0]?.createdAt.getTime() ?? 0))).to.be.below(60_000);
      await world().driver.deleteProject(project);
      const after = await read();
      expect(before.every((sign) => after.some((left) => same(left, sign)))).to.equal(true);
    });

    itWhere(declared.readsSigns, 'are not told without the database', async () => {
      const adapter = await world().open({ databaseUrl: undefined });
      expect(await adapter.readSigns?.()).to.equal(null);
    });
  });
}

function same(one: DatabaseSign, other: DatabaseSign): boolean {
  return one.kind === other.kind && one.id === other.id && one.createdAt.getTime() === other.createdAt.getTime();
}
