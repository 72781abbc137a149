import { expect } from 'chai';
import { ToolRefused } from '../../../adapters/errors.ts';
import { WHOLE_TOOL } from '../../../adapters/tool.ts';
import {
  adapterFor,
  everything,
  freshWorkEmail,
  labelStudio,
  labelStudioDatabases,
} from '../../support/label-studio.ts';
import { LabelStudioSession } from '../../support/label-studio-session.ts';
import { thrownBy } from '../../support/thrown.ts';

const password = 'correct horse battery';

for (const kind of labelStudioDatabases) {
  describe(`the database of another Label Studio, beside one on ${kind}`, function () {
    this.timeout(240_000);

    it('is recognised before anything is counted or anybody is removed', async () => {
      const tool = await labelStudio(kind);
      const other = await labelStudio(kind === 'sqlite' ? 'postgres' : 'sqlite');
      const right = adapterFor(tool);
      const mixed = adapterFor(tool, { databaseUrl: other.pluginDatabaseUrl });
      try {
        const email = freshWorkEmail('mixed');
        const { toolUserId } = await right.createMember({
          email,
          displayName: 'mixed',
          password,
          places: [WHOLE_TOOL],
        });
        const removal = { toolUserId, email, places: [WHOLE_TOOL], closeAccount: true };
        for (const attempt of [
          () => mixed.describe(),
          () => mixed.tally(everything(['1'])),
          () => mixed.revoke(removal),
          () => mixed.setPassword({ toolUserId, password: 'another password' }),
          () => mixed.findAccounts([{ toolUserId, email }]),
        ]) {
          const error = await thrownBy(attempt());
          expect(error).to.be.instanceOf(ToolRefused);
          expect(error).to.have.property('message').that.includes('another Label Studio');
          expect(error).to.have.property('remedy').that.includes('Set both');
        }
        const [kept] = await right.findAccounts([{ toolUserId, email }]);
        expect(kept).to.deep.include({ places: [WHOLE_TOOL], closed: false });
        await LabelStudioSession.mustSignIn(tool.baseUrl, email, password);
        const named = (await mixed.check({ testRemoval: false, linkedProjectIds: [] })).find(
          ({ id }) => id === 'tool-database',
        );
        expect(named).to.include({ result: 'failure' });
        expect(await right.tally(everything(['1']))).to.be.an('array');
      } finally {
        await mixed.close();
        await right.close();
      }
    });
  });
}
