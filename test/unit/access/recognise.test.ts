import { expect } from 'chai';
import fc from 'fast-check';
import type { DatabaseSign } from '../../../adapters/tool.ts';
import { newSigns, recognise } from '../../../plugin/access/recognise.ts';

const sign = (kind: DatabaseSign['kind'], id: number, at: number): DatabaseSign => ({
  kind,
  id: String(id),
  createdAt: new Date(at),
});
const organization = sign('organization', 1, 1_000);
const account = sign('account', 1, 2_000);
const [first, second] = [sign('project', 1, 3_000), sign('project', 2, 4_000)];
const kept = [organization, account, first, second];

const rows: [string, DatabaseSign[], DatabaseSign[] | null, ReturnType<typeof recognise>][] = [
  ['nothing is told', kept, null, 'not-told'],
  ['nothing is told, and nothing is kept', [], null, 'not-told'],
  ['nothing is kept yet', [], kept, 'first'],
  ['nothing is kept yet, and there is nothing', [], [], 'first'],
  ['all is as before', kept, kept, 'same'],
  ['a project is new', kept, [...kept, sign('project', 3, 9_000)], 'same'],
  ['a project was deleted', kept, [organization, account, second], 'same'],
  ['every project was deleted', kept, [organization, account], 'same'],
  ['the first account was deleted', kept, [organization, sign('account', 2, 2_500), first], 'same'],
  ['only a project is left of what is known', kept, [sign('account', 7, 9_000), second], 'same'],
  ['a backup was restored, and an id given again', kept, [organization, account, sign('project', 1, 9_000)], 'same'],
  [
    'the same ids, made at other times',
    kept,
    [sign('organization', 1, 1_001), sign('account', 1, 2_001), sign('project', 1, 3_001)],
    'another',
  ],
  ['the same times, under other ids', kept, [sign('organization', 2, 1_000), sign('project', 9, 3_000)], 'another'],
  ['the same id and time, of another kind', [account], [sign('project', 1, 2_000)], 'another'],
  ['everything is gone', kept, [], 'another'],
];

/** A database over time: every state that it was in, from one row to many, with some of them deleted again. */
const history = fc
  .array(
    fc.record({
      adds: fc.nat({ max: 3 }),
      anchor: fc.nat(),
      keeps: fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
    }),
    {
      minLength: 1,
      maxLength: 8,
    },
  )
  .map((steps) => {
    const states: DatabaseSign[][] = [[organization]];
    let id = 0;
    for (const { adds, anchor, keeps } of steps) {
      const before = states.at(-1) ?? [];
      const added = Array.from({ length: adds }, () => sign('project', ++id, 10_000 + 2 * id));
      // Something of what was there when it was looked at last is there at the next look.
      const left = before.filter((_sign, index) => index === anchor % before.length || keeps[index % keeps.length]);
      states.push([...left, ...added]);
    }
    return states;
  });

/** What is kept after each of these states was looked at. */
function keptAfter(states: readonly DatabaseSign[][]): DatabaseSign[] {
  const kept: DatabaseSign[] = [];
  for (const state of states) kept.push(...newSigns(kept, state));
  return kept;
}

describe('recognising the tool’s database', () => {
  for (const [what, before, found, expected] of rows) {
    it(`${what}: ${expected}`, () => expect(recognise(before, found)).to.equal(expected));
  }

  it('keeps each sign once', () => {
    expect(newSigns([organization], [organization, account])).to.deep.equal([account]);
  });

  it('knows the database in every state that it was in or goes on to, and a backup of any of them', () => {
    fc.assert(
      fc.property(history, fc.nat(), (states, pick) => {
        for (let seen = 1; seen < states.length; seen += 1) {
          const known = keptAfter(states.slice(0, seen));
          expect(recognise(known, states[seen] ?? [])).to.equal('same');
          expect(recognise(known, states[pick % seen] ?? [])).to.equal('same');
        }
      }),
    );
  });

  it('knows no other database, whatever ids they share', () => {
    fc.assert(
      fc.property(history, history, (ours, theirs) => {
        const moved = (theirs.at(-1) ?? []).map((one) => ({
          ...one,
          createdAt: new Date(one.createdAt.getTime() + 1),
        }));
        const others = moved.filter((one) => newSigns(keptAfter(ours), [one]).length === 1);
        fc.pre(others.length === moved.length);
        expect(recognise(keptAfter(ours), moved)).to.equal('another');
      }),
    );
  });
});
