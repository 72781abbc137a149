/** The calendar day of an instant, in SQL, for both dialects. */
import type { OffsetPeriod } from '../tool.ts';
import { djangoInstant } from './sqlite-tool-database.ts';
import type { SqlValue, ToolDatabase } from './tool-database.ts';

export interface LocalDay {
  /** An SQL expression to group by: a date (PostgreSQL), text (SQLite). */
  sql: string;
  /** What its placeholders stand for, in order. */
  parameters: SqlValue[];
}

/**
 * The day on which the UTC timestamp in `column` falls, by these offsets (`TallyQuery.offsets`: ascending, the first one holds
 * for everything before the second). Placeholders are numbered from `firstParameter`.
 */
export function localDay(
  dialect: ToolDatabase['dialect'],
  column: string,
  offsets: readonly OffsetPeriod[],
  firstParameter: number,
): LocalDay {
  const parameters: SqlValue[] = [];
  const placeholder = (value: SqlValue): string => {
    parameters.push(value);
    return `$${firstParameter + parameters.length - 1}`;
  };
  const [first, ...later] = offsets;
  // The latest period is asked first, so that one comparison decides.
  const cases = later.toReversed().map((period) => {
    const from = instant(dialect, placeholder(dialect === 'sqlite' ? djangoInstant(period.from) : period.from));
    return `WHEN ${column} >= ${from} THEN ${dayAt(dialect, column, period.offsetSeconds, placeholder)}`;
  });
  const earliest = dayAt(dialect, column, first?.offsetSeconds ?? 0, placeholder);
  return { sql: cases.length === 0 ? earliest : `CASE ${cases.join(' ')} ELSE ${earliest} END`, parameters };
}

function instant(dialect: ToolDatabase['dialect'], placeholder: string): string {
  return dialect === 'postgres' ? `CAST(${placeholder} AS timestamptz)` : placeholder;
}

/** The day at a fixed offset; at none, without date arithmetic, which is most of the cost of a tally. */
function dayAt(
  dialect: ToolDatabase['dialect'],
  column: string,
  offsetSeconds: number,
  placeholder: (value: SqlValue) => string,
): string {
  if (dialect === 'sqlite') {
    return offsetSeconds === 0
      ? `substr(${column}, 1, 10)`
      : `date(${column}, ${placeholder(`${offsetSeconds} seconds`)})`;
  }
  const utc = `${column} AT TIME ZONE 'UTC'`;
  if (offsetSeconds === 0) return `CAST(${utc} AS date)`;
  return `CAST((${utc}) + CAST(${placeholder(offsetSeconds)} AS integer) * interval '1 second' AS date)`;
}

/** YYYY-MM-DD of a day that {@link localDay} gave: for the select list, after grouping (making text for each row is expensive). */
export function dayText(dialect: ToolDatabase['dialect'], day: string): string {
  return dialect === 'postgres' ? `to_char(${day}, 'YYYY-MM-DD')` : day;
}
