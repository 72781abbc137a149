/** Whether the tool's database is the one that was counted before. */
import type { Check } from '../../adapters/tool.ts';
import {
  keptSigns,
  lookAtDatabase,
  OTHER_DATABASE,
  OTHER_DATABASE_REMEDY,
  otherDatabase,
} from '../access/tool-database.ts';
import type { PluginContext } from '../context.ts';
import { AdminError, messageOf } from '../errors.ts';
import { failure, ok } from './check.ts';

const [id, title] = ['tool-database-known', 'The tool’s database is the known one'];

/** Looks at it, as before every count. Never throws. */
export async function databaseCheck(context: PluginContext): Promise<Check> {
  try {
    const recognition = await lookAtDatabase(context.tool, context);
    if (recognition === 'another') {
      const found = (await otherDatabase(context.database))?.found ?? 'nothing known';
      return failure(id, title, `${OTHER_DATABASE} It shows: ${found}.`, OTHER_DATABASE_REMEDY);
    }
    if (recognition === 'not-told') {
      const remedy = 'Set TOOL_DATABASE_URL: another database behind the tool is noticed only with it.';
      return { id, title, result: 'warning', why: 'The tool does not tell what it could be known by.', remedy };
    }
    const signs = (await keptSigns(context.database)).length;
    return ok(
      id,
      title,
      `It is recognised by ${signs} ${signs === 1 ? 'row' : 'rows'} (organization, first account, projects).`,
    );
  } catch (error) {
    const remedy = error instanceof AdminError ? error.remedy : 'Is the tool running? Check TOOL_DATABASE_URL.';
    return failure(id, title, messageOf(error), remedy);
  }
}
