/** Which rule a request falls under. Pure. */
import type { GatewayRule } from '../../adapters/gateway.ts';

export interface Match {
  rule: GatewayRule;
  /** By the placeholder's name. */
  parameters: ReadonlyMap<string, string>;
}

/** The first rule for this method and path; null when there is none. HEAD is asked as GET is. */
export function matchRule(rules: readonly GatewayRule[], method: string, segments: readonly string[]): Match | null {
  const asked = method === 'HEAD' ? 'GET' : method;
  for (const rule of rules) {
    if (!rule.methods.some((allowed) => allowed === asked)) continue;
    const parameters = matchPath(rule.path, segments);
    if (parameters) return { rule, parameters };
  }
  return null;
}

/** Whether this path is the pattern's, and what its placeholders stand for. */
export function matchPath(pattern: string, segments: readonly string[]): Map<string, string> | null {
  const expected = pattern
    .split('/')
    .slice(1)
    .filter((part) => part !== '');
  const isOpenEnded = expected.at(-1) === '*';
  const fixed = isOpenEnded ? expected.slice(0, -1) : expected;
  if (isOpenEnded ? segments.length <= fixed.length : segments.length !== fixed.length) return null;
  const parameters = new Map<string, string>();
  for (const [index, part] of fixed.entries()) {
    const segment = segments[index] ?? '';
    if (part.startsWith(':')) parameters.set(part.slice(1), segment);
    else if (part !== segment) return null;
  }
  return parameters;
}
