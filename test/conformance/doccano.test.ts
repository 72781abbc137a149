import adapter from '../../adapters/doccano/index.ts';
import { cacheDirectory, doccano, doccanoDatabases } from '../support/doccano.ts';
import { driveDoccano } from './drivers/doccano.ts';
import { conformance } from './index.ts';

for (const database of doccanoDatabases) {
  conformance(`doccano on ${database}`, async () => {
    const tool = await doccano(database);
    return {
      module: adapter,
      baseUrl: tool.baseUrl,
      apiToken: tool.apiToken,
      databaseUrl: tool.pluginDatabaseUrl,
      admin: { email: tool.adminEmail, password: tool.adminPassword },
      driver: driveDoccano(tool, cacheDirectory),
      stop: async () => undefined,
    };
  });
}
