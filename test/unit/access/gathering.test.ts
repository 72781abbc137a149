import { expect } from 'chai';
import { APART, Gathering } from '../../../plugin/access/gathering.ts';

describe('what is asked for at the same moment', () => {
  it('is one run, and each gets its own answer', async () => {
    const runs: number[][] = [];
    const doubled = new Gathering<number, number>(async (inputs) => {
      runs.push([...inputs]);
      return inputs.map((input) => input * 2);
    });
    expect(await Promise.all([1, 2, 3].map((input) => doubled.do(input)))).to.deep.equal([2, 4, 6]);
    expect(await doubled.do(4)).to.equal(8);
    expect(runs).to.deep.equal([[1, 2, 3], [4]]);
  });

  it('during a run is the next run', async () => {
    const runs: number[][] = [];
    let second: Promise<number> | undefined;
    const same = new Gathering<number, number>(async (inputs) => {
      runs.push([...inputs]);
      second ??= same.do(2);
      return [...inputs];
    });
    expect([await same.do(1), await second]).to.deep.equal([1, 2]);
    expect(runs).to.deep.equal([[1], [2]]);
  });

  it('is done one by one when a run of several throws: only the one at fault fails', async () => {
    const runs: number[][] = [];
    const same = new Gathering<number, number>(async (inputs) => {
      runs.push([...inputs]);
      if (inputs.includes(2)) throw new Error('no twos');
      return [...inputs];
    });
    const outcomes = await Promise.allSettled([1, 2, 3].map((input) => same.do(input)));
    expect(outcomes.map((one) => (one.status === 'fulfilled' ? one.value : String(one.reason)))).to.deep.equal([
      1,
      'Error: no twos',
      3,
    ]);
    expect(runs).to.deep.equal([[1, 2, 3], [1], [2], [3]]);
  });

  it('that must be apart is done by itself', async () => {
    const runs: string[][] = [];
    const named = new Gathering<string, string | null>(async (inputs) => {
      runs.push([...inputs]);
      return inputs.map((input) => (inputs.length > 1 && input === 'busy' ? APART : input === 'gone' ? null : input));
    });
    expect(await Promise.all(['free', 'busy', 'gone'].map((input) => named.do(input)))).to.deep.equal([
      'free',
      'busy',
      null,
    ]);
    expect(runs).to.deep.equal([['free', 'busy', 'gone'], ['busy']]);
  });
});
