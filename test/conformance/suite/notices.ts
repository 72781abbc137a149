/** Notices on a project, beside what the admin wrote. */
import { expect } from 'chai';
import { ToolRefused, ToolUnable } from '../../../adapters/errors.ts';
import type { Themes } from '../index.ts';
import { errorOf, newProject } from '../world.ts';

const adminTexts = [
  'Label each text once.',
  '# Rules\r\n\r\n* one *two* [three](https://example.org)\r\n\r\n\tindented',
  '<b>Bold</b> &amp; <!-- a remark --> “quotes” 李\n\n\n\nlast line',
  '',
];

export function noticeTests({ describe, itWhere, world, declared }: Themes): void {
  const { notices } = declared.capabilities;

  describe('notices', () => {
    itWhere(notices, 'are shown, replaced and taken away, and the admin’s text stays byte for byte', async () => {
      for (const text of adminTexts) {
        const project = await newProject(world());
        await world().driver.writeInstructions(project, text);
        // As the tool keeps it: some clean up what they are given.
        const kept = await world().driver.readInstructions(project);
        await world().adapter.setNotice(project, 'Funding is LOW: 12 percent left.');
        const shown = await world().driver.readInstructions(project);
        expect(shown).to.include('Funding is LOW').and.include(kept);
        await world().adapter.setNotice(project, 'Funding is DEPLETED.');
        const replaced = await world().driver.readInstructions(project);
        expect(replaced).to.include('Funding is DEPLETED').and.include(kept).and.not.include('Funding is LOW');
        await world().adapter.setNotice(project, null);
        expect(await world().driver.readInstructions(project)).to.equal(kept);
      }
    });

    itWhere(notices, 'are the same when set twice, and gone when taken away twice', async () => {
      const project = await newProject(world());
      await world().driver.writeInstructions(project, 'The rules.');
      await world().adapter.setNotice(project, 'Once.');
      const once = await world().driver.readInstructions(project);
      await world().adapter.setNotice(project, 'Once.');
      expect(await world().driver.readInstructions(project)).to.equal(once);
      await world().adapter.setNotice(project, null);
      await world().adapter.setNotice(project, null);
      expect(await world().driver.readInstructions(project)).to.equal('The rules.');
    });

    itWhere(notices, 'leave what the admin added meanwhile', async () => {
      const project = await newProject(world());
      await world().driver.writeInstructions(project, 'The rules.');
      await world().adapter.setNotice(project, 'A notice.');
      const shown = await world().driver.readInstructions(project);
      await world().driver.writeInstructions(project, `${shown}\nOne more rule.`);
      await world().adapter.setNotice(project, null);
      expect(await world().driver.readInstructions(project)).to.equal('The rules.\nOne more rule.');
    });

    itWhere(notices, 'are text: nothing in them is markup, and nothing in them ends the notice', async () => {
      const project = await newProject(world());
      await world().driver.writeInstructions(project, 'The rules.');
      await world().adapter.setNotice(project, '<script>alert(1)</script> </div> --> <!-- end -->\n\nsecond');
      const shown = await world().driver.readInstructions(project);
      if (world().driver.instructionsAre === 'markup') expect(shown).to.not.match(/(?<!\\)<script>/);
      await world().adapter.setNotice(project, null);
      expect(await world().driver.readInstructions(project)).to.equal('The rules.');
    });

    itWhere(notices, 'need a project to be on; a project that is gone has none', async () => {
      expect(await errorOf(world().adapter.setNotice('99999999', 'A notice.'))).to.be.instanceOf(ToolRefused);
      await world().adapter.setNotice('99999999', null);
    });

    itWhere(!notices, 'are refused by a tool that cannot show them', async () => {
      const project = await newProject(world());
      expect(await errorOf(world().adapter.setNotice(project, 'A notice.'))).to.be.instanceOf(ToolUnable);
    });
  });
}
