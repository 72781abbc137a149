/** The command line of a version that comes after this one: the same, with one more migration. */
import { migrations, type NamedMigration } from '../../migrations/index.ts';

const next: NamedMigration = {
  name: '9999-of-the-next-version',
  up: (database) =>
    database.schema.alterTable('trainers', (table) => {
      table.text('known_to_the_next_version');
    }),
  down: () => Promise.resolve(),
};
Object.assign(migrations, { [migrations.length]: next });
await import('../../plugin/main.ts');
