import { expect } from 'chai';
import { isKind, itemWords, kinds, needsOf } from '../../../plugin/queue/kinds.ts';
import { timetable } from '../../../plugin/queue/timetable.ts';
import { loadSettings } from '../../../plugin/settings/settings.ts';

describe('the kinds of queue items', () => {
  for (const [kind, { needs }] of Object.entries(kinds)) {
    it(`say in words what ${kind} is, and what it needs`, () => {
      expect(itemWords(kind, 'key'), 'words, not the code').not.to.equal(`${kind} key`);
      expect(needsOf(kind)).to.deep.equal(needs);
    });
  }

  it('are told apart from what a newer version marked, and from what every object has', () => {
    expect(isKind('access')).to.equal(true);
    for (const other of ['from the future', 'toString', '__proto__']) {
      expect(isKind(other), other).to.equal(false);
      expect(itemWords(other, 'k 1')).to.equal(`item k 1 of the unknown kind “${other}”`);
      expect(needsOf(other)).to.deep.equal([]);
    }
  });

  it('that the clock marks take what the clock gives them', () => {
    const settings = loadSettings({ environment: { TOOL_BASE_URL: 'http://127.0.0.1:1', TOOL_API_TOKEN: 'none' } });
    for (const { mark } of timetable(settings)) {
      expect(kinds[mark.kind].detail.safeParse({ cause: 'timer' }).success, mark.kind).to.equal(true);
    }
  });
});
