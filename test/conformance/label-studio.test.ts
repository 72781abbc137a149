import adapter from '../../adapters/label-studio/index.ts';
import { labelStudio, labelStudioDatabases } from '../support/label-studio.ts';
import { driveLabelStudio } from './drivers/label-studio.ts';
import { conformance } from './index.ts';

for (const database of labelStudioDatabases) {
  conformance(`Label Studio on ${database}`, async () => {
    const tool = await labelStudio(database);
    return {
      module: adapter,
      baseUrl: tool.baseUrl,
      apiToken: tool.apiToken,
      databaseUrl: tool.pluginDatabaseUrl,
      admin: { email: tool.adminEmail, password: tool.adminPassword },
      driver: driveLabelStudio(tool),
      stop: async () => undefined,
    };
  });
}
