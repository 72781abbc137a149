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
  const { fixed, isOpenEnded } = patternOf(pattern);
  if (isOpenEnded ? segments.length <= fixed.length : segments.length !== fixed.length) return null;
  for (const [index, { name, text }] of fixed.entries()) if (name === null && text !== segments[index]) return null;
  const parameters = new Map<string, string>();
  for (const [index, { name }] of fixed.entries()) if (name !== null) parameters.set(name, segments[index] ?? '');
  return parameters;
}

interface Pattern {
  /** Segments; a placeholder has a name. */
  fixed: readonly { text: string; name: string | null }[];
  /** It ends with "*", which stands for one segment or more. */
  isOpenEnded: boolean;
}

/** Every request is compared with the patterns of all rules. */
const patterns = new Map<string, Pattern>();

function patternOf(pattern: string): Pattern {
  const known = patterns.get(pattern);
  if (known) return known;
  const parts = pattern.split('/').filter((part) => part !== '');
  const isOpenEnded = parts.at(-1) === '*';
  const fixed = (isOpenEnded ? parts.slice(0, -1) : parts).map((text) => {
    return { text, name: text.startsWith(':') ? text.slice(1) : null };
  });
  patterns.set(pattern, { fixed, isOpenEnded });
  return { fixed, isOpenEnded };
}
