/** A list of values as one parameter, in both dialects. */
import type { ToolDatabase } from './tool-database.ts';

/** An SQL condition: `column` is one of the values that {@link listParameter} put behind this placeholder. */
export function isOneOf(
  dialect: ToolDatabase['dialect'],
  column: string,
  placeholder: string,
  type: 'integer' | 'text',
): string {
  return dialect === 'postgres'
    ? `${column} = ANY (CAST(ARRAY(SELECT json_array_elements_text(CAST(${placeholder} AS json))) AS ${type}[]))`
    : `${column} IN (SELECT value FROM json_each(${placeholder}))`;
}

/** The values as one parameter. */
export function listParameter(values: readonly (string | number)[]): string {
  return JSON.stringify(values);
}

/**
 * An SQL condition: `column` is one of the integers that {@link integerList} put behind this placeholder. PostgreSQL's planner sees
 * a bound `integer[]`, whose values it can look up in an index (6 to 30 times cheaper with 300 of them, measured).
 */
export function isOneOfIntegers(dialect: ToolDatabase['dialect'], column: string, placeholder: string): string {
  return dialect === 'postgres'
    ? `${column} = ANY (CAST(${placeholder} AS integer[]))`
    : `${column} IN (SELECT CAST(value AS integer) FROM json_each(${placeholder}))`;
}

/** The integers as one parameter. Throws RangeError for what is none. */
export function integerList(dialect: ToolDatabase['dialect'], values: readonly (string | number)[]): string {
  const integers = values.map(Number);
  const wrong = integers.findIndex((value) => !Number.isSafeInteger(value));
  if (wrong !== -1) throw new RangeError(`${values[wrong]} is not an integer`);
  return dialect === 'postgres' ? `{${integers.join(',')}}` : JSON.stringify(integers);
}
