/** `GET /installs/current` (contract: "Endpoints"). */
import { z } from 'zod';
import { operation } from '../operations.ts';
import { installSchema } from '../schemas.ts';
import { viewInstall } from '../views.ts';

export const installOperations = [
  operation({
    operationId: 'getCurrentInstall',
    method: 'get',
    path: '/installs/current',
    scope: null,
    summary: 'The install that the token belongs to, with its scopes and consent.',
    response: z.strictObject({ install: installSchema }),
    handle: ({ state }, { install, token }) => ({ install: viewInstall(state, install, token) }),
  }),
];
