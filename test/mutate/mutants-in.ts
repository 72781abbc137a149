/** The mutants of a rule: of its whole file, or of the functions that the list names. */
import { type Mutant, mutantsOf } from './mutants.ts';
import type { Rule } from './rules.ts';

export function mutantsIn({ only }: Rule, source: string): Mutant[] {
  const mutants = mutantsOf(source);
  if (!only) return mutants;
  const spans = only.map((name) => {
    const start = source.indexOf(`function ${name}(`);
    if (start < 0) throw new Error(`There is no function ${name}.`);
    return { start, end: source.indexOf('\n}', start) };
  });
  return mutants.filter((mutant) => spans.some(({ start, end }) => start <= mutant.start && mutant.end <= end));
}
