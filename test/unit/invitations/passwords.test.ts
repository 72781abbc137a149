import { expect } from 'chai';
import { passwordProblem } from '../../../plugin/invitations/passwords.ts';

const owner = { workEmail: 'ann.smith@opentrain.work', displayName: 'Annabel Featherstone' };
const problem = (password: string) => passwordProblem(password, owner);

describe('a password', () => {
  it('has 8 to 128 characters, whatever their size in bytes', async () => {
    expect(await problem('Xk3!pq9')).to.contain('at least 8');
    expect(await problem('Xk3!pq9z')).to.equal(null);
    expect(await problem('ab cd'.repeat(25).concat('xyz'))).to.equal(null);
    expect(await problem('ab cd'.repeat(25).concat('wxyz'))).to.contain('at most 128');
    expect(await problem('🐘🦒🐳🦉🐢🦊🐝🦋')).to.equal(null);
  });

  it('is not among those that everybody tries first', async () => {
    for (const common of [
      'password',
      'Password1',
      'QWERTY123',
      'iloveyou',
      '12345678',
      '87654321',
      'abcdefgh',
      'changeme',
    ]) {
      expect(await problem(common), common).to.contain('too easy to guess');
    }
  });

  it('is not one character or two again and again', async () => {
    for (const dull of ['aaaaaaaa', '11112222', 'abababab']) expect(await problem(dull), dull).to.contain('too easy');
  });

  it('is not the e-mail address or its beginning', async () => {
    for (const own of ['ann.smith@opentrain.work', 'ANN.SMITH', 'ann.smith1']) {
      expect(await problem(own), own).to.contain('e-mail');
    }
  });

  it('is not the name of the trainer, the tool or the marketplace with a number', async () => {
    for (const near of ['featherstone1', 'labelstudio1', 'opentrain2026', 'doccano2026']) {
      expect(await problem(near), near).to.contain('too easy');
    }
  });

  it('keeps its spaces: those that a tool would drop are refused, not dropped', async () => {
    expect(await problem('seven  purple lanterns')).to.equal(null);
    for (const edge of [' seven purple lanterns', 'seven purple lanterns ', 'seven purple lanterns\u00a0']) {
      expect(await problem(edge), edge).to.contain('begin or end with a space');
    }
  });

  it('may be any phrase', async () => {
    expect(await problem('seven purple lanterns')).to.equal(null);
  });
});
