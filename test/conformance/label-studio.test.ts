import adapter from '../../adapters/label-studio/index.ts';
import { labelStudio, labelStudioDatabases } from '../support/label-studio.ts';
import { driveLabelStudio } from './drivers/label-studio.ts';
import { conformance, type Declaration } from './index.ts';

const declared: Declaration = {
  capabilities: {
    ...{ accessLevel: 'tool', restore: true, closeAccount: true, setPassword: true, endKeys: true },
    ...{ tally: true, seconds: true, regions: true, notices: true },
  },
  listsJoined: true,
  hasSharedInvite: true,
  canSkip: true,
  tallyTells: {
    ...{ instants: true, withoutTime: true, editedByOthers: true },
    notCounted: ['imported', 'from-prediction', 'copied', 'bulk', 'author-changed'],
  },
  explainsDays: true,
  readsSigns: true,
};

for (const database of labelStudioDatabases) {
  conformance(`Label Studio on ${database}`, declared, async () => {
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
