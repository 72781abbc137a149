/** The versions that `npm run versions` measures, oldest supported first, newest last. `npm test` runs the story in the oldest. */
import type { Product } from './story.ts';

export const measuredVersions: Readonly<Record<Product, readonly [oldest: string, ...later: string[]]>> = {
  'Label Studio': ['1.10.1', '1.13.1', '1.16.0', '1.19.0', '1.21.0', '1.22.0', '1.23.0', '1.23.2'],
  doccano: ['1.8.1', '1.8.2', '1.8.4'],
};
