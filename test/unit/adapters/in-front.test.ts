import { expect } from 'chai';
import { refusedInFront } from '../../../adapters/in-front.ts';

const asked = { tool: 'Label Studio', baseUrl: 'http://label.example.com', request: 'GET /api/projects/' };

describe('who answers in place of the tool', () => {
  const inFront: [string, Parameters<typeof refusedInFront>[0], string, string][] = [
    [
      'a redirect to https',
      { status: 301, headers: { server: 'nginx', location: 'https://label.example.com/api/projects/' }, body: '' },
      'Something in front of Label Studio (nginx at label.example.com) redirects GET /api/projects/ to https://label.example.com/api/projects/.',
      'https://label.example.com',
    ],
    [
      'a sign-in elsewhere, whose query is not told',
      { status: 302, headers: { location: 'https://sso.example.com/authorize?state=secret' }, body: '' },
      'Something in front of Label Studio (at label.example.com) redirects GET /api/projects/ to https://sso.example.com/authorize.',
      'behind it',
    ],
    [
      'a redirect to nowhere',
      { status: 302, headers: {}, body: '' },
      'Something in front of Label Studio (at label.example.com) redirects GET /api/projects/ to another address.',
      'behind it',
    ],
    [
      'basic authentication',
      { status: 401, headers: { 'www-authenticate': 'Basic realm="Staff"' }, body: '<html>' },
      'Something in front of Label Studio (at label.example.com) answered 401 to GET /api/projects/ and asks for a Basic sign-in.',
      'behind it',
    ],
    [
      'a firewall’s page',
      { status: 403, headers: { server: 'cloudflare' }, body: '<html>Attention required</html>' },
      'Something in front of Label Studio (cloudflare at label.example.com) answered 403 to GET /api/projects/.',
      'behind it',
    ],
  ];
  for (const [what, answer, message, remedy] of inFront) {
    it(`names it: ${what}`, () => {
      const refused = refusedInFront(answer, asked);
      expect(refused?.message).to.equal(message);
      expect(refused?.remedy).to.include(remedy);
    });
  }

  const own: [string, Parameters<typeof refusedInFront>[0]][] = [
    ['a refused token', { status: 401, headers: { 'www-authenticate': 'Token' }, body: { detail: 'Invalid token.' } }],
    ['missing rights', { status: 403, headers: {}, body: { detail: 'No permission.' } }],
    ['a 404 page', { status: 404, headers: {}, body: '<html>' }],
    ['success', { status: 200, headers: {}, body: {} }],
  ];
  for (const [what, answer] of own) {
    it(`leaves to the tool: ${what}`, () => {
      expect(refusedInFront(answer, asked)).to.equal(null);
    });
  }
});
