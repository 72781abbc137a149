import { databaseRoleSql } from '../../adapters/doccano/database.ts';
import doccano from '../../adapters/doccano/index.ts';
import { cacheDirectory, sharedTool } from '../support/shared-tool.ts';
import { createToolRole } from '../support/tool-role.ts';
import type { Target } from './driver.ts';
import { driveDoccano } from './drivers/doccano.ts';
import { conformance } from './index.ts';

for (const database of ['sqlite', 'postgres'] as const) {
  conformance(`doccano on ${database}`, async (): Promise<Target> => {
    const tool = await sharedTool('doccano', database);
    const role = database === 'postgres' ? await createToolRole(tool.databaseUrl, databaseRoleSql) : undefined;
    return {
      module: doccano,
      baseUrl: tool.baseUrl,
      apiToken: tool.apiToken,
      databaseUrl: role?.url ?? tool.databaseUrl,
      admin: { email: tool.adminEmail, password: tool.adminPassword },
      driver: driveDoccano(tool, cacheDirectory),
      stop: async () => role?.drop(),
    };
  });
}
