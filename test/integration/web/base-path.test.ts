import { expect } from 'chai';
import { withBasePath, withoutBasePath } from '../../../plugin/web/base-path.ts';
import { formToken, WebWorld } from '../../support/web-world.ts';

const BASE = '/opentrain';
const pages = [
  '',
  '/trainers',
  '/projects',
  '/usage',
  '/deliveries',
  '/queue',
  '/audit',
  '/settings',
  '/remove-everybody',
];

for (const [proxy, prefix] of [
  ['keeps the path', BASE],
  ['takes the path off', ''],
] as const) {
  describe(`the plugin below a path, behind a proxy that ${proxy}`, () => {
    let world: WebWorld;
    let cookie: string;
    before(async () => {
      world = await WebWorld.open('sqlite');
      world.access.useSettings({ PLUGIN_PUBLIC_URL: `${world.url}${BASE}` });
      world.serve();
      const path = (await world.signInPath()).replace(BASE, prefix);
      const form = formToken(await world.page(path));
      const response = await world.post(path, { form });
      expect(response.headers.get('location')).to.equal(`${BASE}/console`);
      const header = response.headers.get('set-cookie') ?? '';
      expect(header).to.include(`Path=${BASE};`);
      cookie = header.split(';')[0] ?? '';
    });
    after(() => world.close());

    /** Every address that a page of ours holds. */
    function addresses(html: string): string[] {
      return [...html.matchAll(/\s(?:href|src|action|hx-get)="([^"]*)"/g)].map(([, address = '']) => address);
    }

    it('leads every link, form and file of every page below the path', async () => {
      for (const path of [...pages.map((page) => `/console${page}`), '/connect', '/password', '/nothing-here']) {
        const html = await world.page(`${prefix}${path}`, cookie);
        const own = addresses(html).filter((address) => address.startsWith('/'));
        expect(own, path).not.to.deep.equal([]);
        for (const address of own) expect(address, path).to.match(/^\/opentrain\//);
      }
    });

    it('serves the files of a page', async () => {
      const html = await world.page(`${prefix}/console/usage`, cookie);
      const files = addresses(html).filter((address) => address.includes('/assets/'));
      expect(files).to.have.length.above(3);
      for (const file of files) expect((await world.get(file.replace(BASE, prefix))).status, file).to.equal(200);
    });

    it('takes forms, webhooks, health checks, and redirects below the path', async () => {
      const signedOut = await world.act(cookie, `${prefix}/console`, `${prefix}/console/sign-out`);
      expect(signedOut.status).to.equal(200);
      expect((await world.post(`${prefix}/webhooks/opentrain`, {})).status).to.equal(200);
      expect((await world.get(`${prefix}/readyz`)).status).to.equal(200);
      expect((await world.get(`${prefix}/`)).headers.get('location')).to.equal(`${BASE}/console`);
    });
  });
}

describe('the base path', () => {
  const rows: [url: string, basePath: string, below: string][] = [
    ['/opentrain/console?a=1', BASE, '/console?a=1'],
    ['/opentrain', BASE, '/'],
    ['/opentrain?a=1', BASE, '/?a=1'],
    ['/opentrainer/console', BASE, '/opentrainer/console'],
    ['/console', BASE, '/console'],
    ['/console', '', '/console'],
  ];
  for (const [url, basePath, below] of rows) {
    it(`is taken off ${url} as ${below}`, () => expect(withoutBasePath(url, basePath)).to.equal(below));
  }

  it('is put before our own addresses only', () => {
    const html = '<a href="/x"> <a href="https://y/x"> <a href="//y/x"> <p>href="/x"</p> <form action="/z">';
    expect(withBasePath(html.replace('<p>href="/x"', '<p>href=&quot;/x&quot;'), BASE)).to.equal(
      '<a href="/opentrain/x"> <a href="https://y/x"> <a href="//y/x"> <p>href=&quot;/x&quot;</p> <form action="/opentrain/z">',
    );
  });
});
