import { expect } from 'chai';
import { manifest } from '../../../plugin/settings/manifest.ts';
import { loadSettings } from '../../../plugin/settings/settings.ts';
import { settingValue } from '../../../plugin/web/console/setting-values.ts';

describe('the console’s page of settings', () => {
  const settings = loadSettings({ environment: { TOOL_BASE_URL: 'http://127.0.0.1:1', TOOL_API_TOKEN: 'none' } });

  for (const { name } of manifest.settings) {
    it(`knows the value of ${name}`, () => {
      expect(() => settingValue(settings, name)).not.to.throw();
    });
  }
});
