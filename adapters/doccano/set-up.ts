/** Finds doccano on this machine, and what its database needs. */
import { z } from 'zod';
import { askJson, type SetUpHelp } from '../set-up.ts';
import { databaseRoleSql } from './database.ts';

/** Which external sign-ins the server offers; anybody may ask. */
const socialSchema = z.object({ okta: z.looseObject({}) });

export const doccanoSetUp: SetUpHelp = {
  usualAddresses: ['http://127.0.0.1:8000', 'http://127.0.0.1:8080'],
  answersAt: async (baseUrl) => socialSchema.safeParse(await askJson(`${baseUrl}/v1/social/links/`)).success,
  findDatabase: () => null,
  databaseRoleSql: (role) => [`CREATE ROLE ${role} LOGIN PASSWORD '…';`, ...databaseRoleSql(role)],
  tokenHelp: 'POST the superuser’s name and password to /v1/auth/login/ of doccano: its answer is {"key": the token}.',
};
