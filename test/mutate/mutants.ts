/**
 * The small wrongs that a mutation run puts into a rule, by the syntax tree: strings, comments and types are never touched.
 *
 * | name                  | code            | becomes                          |
 * |-----------------------|-----------------|----------------------------------|
 * | equality              | `a === b`       | `a !== b`, and back              |
 * | boundary              | `a < b`         | `a <= b`, and back; `>` the same |
 * | and / or              | `a && b`        | `a \|\| b`, and back             |
 * | plus / minus          | `a + b`         | `a - b`, and back; `+=` the same |
 * | truth                 | `true`          | `false`, and back                |
 * | negation removed      | `!a`            | `a`                              |
 * | condition negated     | `if (a)`, `a ?` | `if (!a)`, `!a ?`                |
 * | filter removed        | `.filter(f)`    | `.filter(() => true)`            |
 * | some / every          | `.some(f)`      | `.every(f)`, and back            |
 * | returns null          | `return a`      | `return null`                    |
 */
import { parseSync } from 'oxc-parser';
import { z } from 'zod';

export interface Mutant {
  name: string;
  /** Offsets in the source. */
  start: number;
  end: number;
  /** What stands there instead. */
  text: string;
}

const nodeSchema = z.looseObject({ type: z.string(), start: z.number(), end: z.number() });
type Node = z.infer<typeof nodeSchema>;

const swaps: Readonly<Record<string, readonly [name: string, other: string]>> = {
  '===': ['equality', '!=='],
  '!==': ['equality', '==='],
  '<': ['boundary', '<='],
  '<=': ['boundary', '<'],
  '>': ['boundary', '>='],
  '>=': ['boundary', '>'],
  '&&': ['and / or', '||'],
  '||': ['and / or', '&&'],
  '+': ['plus / minus', '-'],
  '-': ['plus / minus', '+'],
  '+=': ['plus / minus', '-='],
  '-=': ['plus / minus', '+='],
};

/** Every mutant of this TypeScript source, in the order of the text. Throws when the source cannot be parsed. */
export function mutantsOf(source: string): Mutant[] {
  const { program, errors } = parseSync('rule.ts', source);
  if (errors.length > 0) throw new Error(`The source cannot be parsed: ${errors[0]?.message}`);
  const mutants: Mutant[] = [];
  visit(program, (node) => mutants.push(...mutantsAt(node, source)));
  return mutants.sort((a, b) => a.start - b.start || a.end - b.end);
}

/** The source with this one wrong in it. */
export function withMutant(source: string, { start, end, text }: Mutant): string {
  return source.slice(0, start) + text + source.slice(end);
}

function visit(value: unknown, each: (node: Node) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, each);
    return;
  }
  const node = nodeSchema.safeParse(value).data;
  // Types are erased before anything runs.
  if (!node || (/^TS/.test(node.type) && !/^TS(As|Satisfies)/.test(node.type))) return;
  each(node);
  for (const child of Object.values(node)) if (typeof child === 'object') visit(child, each);
}

function mutantsAt(node: Node, source: string): Mutant[] {
  switch (node.type) {
    case 'BinaryExpression':
    case 'LogicalExpression':
    case 'AssignmentExpression':
      return swapped(node, source);
    case 'Literal':
      return typeof node.value === 'boolean' ? [replaced('truth', node, String(!node.value))] : [];
    case 'UnaryExpression':
      return node.operator === '!'
        ? [replaced('negation removed', node, `Boolean(${inner(node.argument, source)})`)]
        : [];
    case 'IfStatement':
    case 'ConditionalExpression':
      return negated(node.test, source);
    case 'ReturnStatement':
      return nulled(node);
    case 'CallExpression':
      return called(node);
    default:
      return [];
  }
}

function swapped({ left, right, operator }: Node, source: string): Mutant[] {
  const [name, other] = swaps[z.string().parse(operator)] ?? [];
  if (!name || other === undefined) return [];
  const [before, after] = [nodeSchema.parse(left), nodeSchema.parse(right)];
  // Between the operands are only the operator, white space, brackets and comments.
  const start = source.indexOf(String(operator), before.end);
  return start < after.start ? [{ name, start, end: start + String(operator).length, text: other }] : [];
}

/** A comparison or a negation has its own mutant, which does the same. */
function negated(value: unknown, source: string): Mutant[] {
  const test = nodeSchema.parse(value);
  const hasItsOwn =
    (test.type === 'UnaryExpression' && test.operator === '!') ||
    (test.type === 'BinaryExpression' && /^[!=]==$/.test(String(test.operator)));
  return hasItsOwn ? [] : [replaced('condition negated', test, `!(${inner(test, source)})`)];
}

function nulled({ argument }: Node): Mutant[] {
  const returned = nodeSchema.safeParse(argument).data;
  return returned && returned.value !== null ? [replaced('returns null', returned, 'null')] : [];
}

const opposites: Readonly<Record<string, string>> = { some: 'every', every: 'some' };

function called({ callee, arguments: given }: Node): Mutant[] {
  const property = nodeSchema.safeParse(nodeSchema.parse(callee).property).data;
  const name = String(property?.name);
  const opposite = opposites[name];
  if (property && opposite) return [replaced('some / every', property, opposite)];
  const condition = name === 'filter' ? nodeSchema.safeParse(z.array(z.unknown()).parse(given)[0]).data : undefined;
  return condition ? [replaced('filter removed', condition, '() => true')] : [];
}

function replaced(name: string, { start, end }: Node, text: string): Mutant {
  return { name, start, end, text };
}

function inner(value: unknown, source: string): string {
  const { start, end } = nodeSchema.parse(value);
  return source.slice(start, end);
}
