import { expect } from 'chai';
import { pino } from 'pino';
import { createKeys } from '../../../plugin/keys.ts';
import { OpenTrainClient } from '../../../plugin/platform/client.ts';
import { createHandlers } from '../../../plugin/service/handlers.ts';
import { loadSettings } from '../../../plugin/settings/settings.ts';
import { itemWords, needsOf } from '../../../plugin/status/waiting.ts';
import { openDatabase } from '../../../plugin/store/database.ts';
import { ModelTool } from '../../support/model-tool.ts';

describe('work, in words', () => {
  const tool = new ModelTool();
  const log = pino({ level: 'silent' });
  const handlers = createHandlers({
    settings: loadSettings({ environment: { TOOL_BASE_URL: 'http://127.0.0.1:1', TOOL_API_TOKEN: 'none' } }),
    database: openDatabase('postgres://nobody@127.0.0.1:1/nothing'),
    clock: { now: () => new Date(0) },
    log,
    keys: createKeys('a secret for tests only, and nothing else'),
    openTrain: new OpenTrainClient({ baseUrl: 'http://127.0.0.1:1', token: async () => 'none', log }),
    tool,
    describeTool: () => tool.describe(),
    mailer: null,
  });

  for (const [kind, { needs }] of Object.entries(handlers)) {
    it(`says what ${kind} is, and what it waits for`, () => {
      expect(itemWords(kind, 'key'), 'words, not the code').not.to.equal(`${kind} key`);
      expect(needsOf(kind)).to.deep.equal([...needs]);
    });
  }
});
