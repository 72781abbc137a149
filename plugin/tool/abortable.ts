/** Lets the work under way be aborted while it waits for the tool. */
import type { ToolAdapter } from '../../adapters/tool.ts';
import { abortSignal, throwIfAborted, untilAborted } from '../abort.ts';

/**
 * The same adapter, whose calls reject with the reason of {@link abortSignal} once that aborts. What the tool was asked to do may
 * still happen: an adapter has no way to take a call back.
 */
export function abortable(tool: ToolAdapter): ToolAdapter {
  return new Proxy(tool, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...parameters: unknown[]): unknown => {
        throwIfAborted();
        const answer: unknown = Reflect.apply(member, target, parameters);
        return answer instanceof Promise ? untilAborted(answer, abortSignal()) : answer;
      };
    },
  });
}
