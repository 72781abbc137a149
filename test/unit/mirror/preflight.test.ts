import { expect } from 'chai';
import { missingScopes } from '../../../plugin/mirror/preflight.ts';
import { manifest } from '../../../plugin/settings/manifest.ts';

const required = manifest.scopes.filter((scope) => scope.required).map(({ scope }) => scope);

describe('the scopes that the plugin needs', () => {
  it('are all there when all were granted', () => {
    expect(missingScopes({ scopes: [...required] })).to.deep.equal([]);
  });

  it('are named with why when one is missing', () => {
    const [missing, ...others] = missingScopes({ scopes: required.filter((scope) => scope !== 'usage:write') });
    expect(missing).to.match(/^usage:write \(.+\)$/);
    expect(others).to.deep.equal([]);
  });

  it('for reading links is implied by the one for writing them', () => {
    const granted = [...new Set([...required, 'project-links:write'])].filter(
      (scope) => scope !== 'project-links:read',
    );
    expect(missingScopes({ scopes: granted })).to.deep.equal([]);
  });
});
