import { expect } from 'chai';
import { closingRemedy, grantStatements } from '../../../adapters/label-studio/database-rights.ts';
import { grantLine } from '../../../adapters/sql/grants.ts';
import { grantsIn } from '../../../plugin/web/console/grants.ts';

describe('the GRANT statements among remedies', () => {
  it('are those of the adapter, each once', () => {
    const statements = grantStatements('opentrain_plugin');
    expect(statements.length).to.be.greaterThan(5);
    expect(grantsIn(['Set the clock.', `Run: ${statements.join(' ')}`, statements.join(' ')])).to.deep.equal(
      statements,
    );
  });

  it('are found behind other sentences, and for a role whose name needs quotes', () => {
    const line = grantLine('UPDATE', 'htx_user', ['is_active'], 'plug "in"; role');
    expect(grantsIn([`It lacks a right; the GRANT lines say which. ${line} Then run doctor.`])).to.deep.equal([line]);
    expect(grantsIn([closingRemedy('postgres://plugin:x@db/labels')]).length).to.be.greaterThan(1);
  });

  it('are none where nothing is to be granted', () => {
    expect(grantsIn(['Run doctor: it prints the GRANT lines that are missing.', ''])).to.deep.equal([]);
  });
});
