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
