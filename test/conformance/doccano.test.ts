import adapter from '../../adapters/doccano/index.ts';
import { cacheDirectory, doccano, doccanoDatabases } from '../support/doccano.ts';
import { driveDoccano } from './drivers/doccano.ts';
import { conformance, type Declaration } from './index.ts';

const declared: Declaration = {
  capabilities: {
    ...{ accessLevel: 'project', restore: true, closeAccount: true, setPassword: true, endKeys: true },
    ...{ tally: true, seconds: false, regions: false, notices: true },
  },
  listsJoined: true,
  hasSharedInvite: false,
  canSkip: false,
  tallyTells: { instants: true, withoutTime: false, notCounted: [], editedByOthers: false },
  explainsDays: true,
  readsSigns: true,
};

for (const database of doccanoDatabases) {
  conformance(`doccano on ${database}`, declared, async () => {
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
