import { expect } from 'chai';
import { abortSignal, runAbortable, throwIfAborted, untilAborted } from '../../plugin/abort.ts';
import { abortable } from '../../plugin/tool/abortable.ts';
import { ModelTool } from '../support/model-tool.ts';
import { thrownBy } from '../support/thrown.ts';

const never = new Promise<never>(() => undefined);
const reason = new Error('the plugin is stopping');

describe('aborting the work under way', () => {
  it('ends every wait of that work with the reason, and of no other', async () => {
    const [first, second] = [new AbortController(), new AbortController()];
    const waiting = runAbortable(first.signal, () => untilAborted(never));
    const other = runAbortable(second.signal, async () => {
      await untilAborted(new Promise((resolve) => setTimeout(resolve, 5)));
      throwIfAborted();
      return 'done';
    });
    first.abort(reason);
    expect(await thrownBy(waiting)).to.equal(reason);
    expect(await other).to.equal('done');
  });

  it('does nothing to work that nobody can abort', async () => {
    expect(abortSignal()).to.equal(undefined);
    throwIfAborted();
    expect(await untilAborted(Promise.resolve(1))).to.equal(1);
  });

  it('ends a call to a tool that hangs, and makes no further one', async () => {
    let calls = 0;
    const tool = abortable(
      Object.assign(new ModelTool(), {
        listProjects: () => {
          calls += 1;
          return never;
        },
      }),
    );
    const controller = new AbortController();
    const work = runAbortable(controller.signal, () => tool.listProjects());
    controller.abort(reason);
    expect(await thrownBy(work)).to.equal(reason);
    expect(await thrownBy(runAbortable(controller.signal, async () => tool.listProjects()))).to.equal(reason);
    expect(calls).to.equal(1);
  });
});
