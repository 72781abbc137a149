/** The versions that `npm run versions` measures, oldest supported first, newest last. */
import type { Product } from './story.ts';

export const measuredVersions: Readonly<Record<Product, readonly [oldest: string, ...later: string[]]>> = {
  'Label Studio': ['1.10.1', '1.23.2'],
  doccano: ['1.8.2', '1.8.4'],
};
