/** How long functions are, by the syntax tree. */
import { parseSync, Visitor } from 'oxc-parser';

export interface FunctionLength {
  /** Where it starts, from 1. */
  line: number;
  lines: number;
}

/**
 * Every function of a TypeScript source with its length in lines, methods and arrow functions too. One within another counts to
 * both. Throws when the source cannot be parsed.
 */
export function functionLengths(source: string): FunctionLength[] {
  const { program, errors } = parseSync('source.ts', source);
  if (errors.length > 0) throw new Error(`The source cannot be parsed: ${errors[0]?.message}`);
  const ends = [...source.matchAll(/\n/g)].map(({ index }) => index);
  const lineAt = (offset: number): number => ends.filter((end) => end < offset).length + 1;
  const found: FunctionLength[] = [];
  const note = ({ start, end }: { start: number; end: number }): void => {
    const line = lineAt(start);
    found.push({ line, lines: lineAt(end) - line + 1 });
  };
  new Visitor({ FunctionDeclaration: note, FunctionExpression: note, ArrowFunctionExpression: note }).visit(program);
  return found;
}
