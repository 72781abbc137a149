/** Settings: what is in use, without secrets, with the help of the manifest. They are changed where the plugin is started. */
import { Router } from 'express';
import { manifest } from '../../settings/manifest.ts';
import { readConnection } from '../../status/connection.ts';
import type { Console } from './console.ts';
import { settingValue } from './setting-values.ts';

const PATH = '/console/settings';

/** The route /console/settings. */
export function settings(console: Console): Router {
  const router = Router();
  router.get('/', async (request, response) => {
    const { token } = await readConnection(console.context);
    const rows = manifest.settings.map((declaration) => {
      const value = settingValue(console.context.settings, declaration.name);
      return {
        name: declaration.name,
        group: declaration.group,
        help: declaration.help,
        isSet: value !== null,
        isSecret: declaration.secret,
        from: console.context.settings.sources.get(declaration.name) ?? null,
        isInStore: declaration.name === 'OPENTRAIN_PARTNER_TOKEN' && token === 'store',
        value: declaration.secret ? null : value,
      };
    });
    console.page(request, response, 'settings', {
      title: 'Settings',
      section: PATH,
      groups: [...Map.groupBy(rows, ({ group }) => group)].map(([name, members]) => ({ name, rows: members })),
      scopes: manifest.scopes,
      events: manifest.events,
    });
  });
  return router;
}
