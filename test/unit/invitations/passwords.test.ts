import { expect } from 'chai';
import { passwordProblem } from '../../../plugin/invitations/passwords.ts';

const problem = (password: string) => passwordProblem(password, 'ann.smith@opentrain.work');

describe('a password', () => {
  it('has 8 to 128 characters, whatever their size in bytes', () => {
    expect(problem('Xk3!pq9')).to.contain('at least 8');
    expect(problem('Xk3!pq9z')).to.equal(null);
    expect(problem('ab cd'.repeat(25).concat('xyz'))).to.equal(null);
    expect(problem('ab cd'.repeat(25).concat('wxyz'))).to.contain('at most 128');
    expect(problem('🐘🦒🐳🦉🐢🦊🐝🦋')).to.equal(null);
  });

  it('is not among those that everybody tries first', () => {
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
      expect(problem(common), common).to.contain('too easy to guess');
    }
  });

  it('is not one character or two again and again', () => {
    for (const dull of ['aaaaaaaa', '11112222', 'abababab']) expect(problem(dull), dull).to.contain('too easy');
  });

  it('is not the e-mail address or its beginning', () => {
    for (const own of ['ann.smith@opentrain.work', 'ANN.SMITH', 'ann.smith1']) {
      expect(problem(own), own).to.contain('e-mail');
    }
  });

  it('may be any phrase', () => {
    expect(problem('seven purple lanterns')).to.equal(null);
  });
});
