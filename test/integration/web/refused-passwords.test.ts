/** A password that a real doccano refuses and our own rule takes: its words stand beside the field, on both pages where one is chosen. */
import { randomBytes } from 'node:crypto';
import axios from 'axios';
import { expect } from 'chai';
import { pino } from 'pino';
import doccanoModule from '../../../adapters/doccano/index.ts';
import type { ToolAdapter } from '../../../adapters/tool.ts';
import { driveDoccano } from '../../conformance/drivers/doccano.ts';
import { GOOD_PASSWORD, mailOf } from '../../support/access-world.ts';
import { cacheDirectory, doccano, type TestDoccano } from '../../support/doccano.ts';
import { formToken, WebWorld } from '../../support/web-world.ts';

const DIGITS = '73920518467312';
const WORDS = /id="password-error"[^>]*>\s*This password is entirely numeric\./;
const OTHER_PASSWORD = 'nine silver thimbles';

describe('a password that a real doccano refuses', function () {
  this.timeout(120_000);
  let tool: TestDoccano;
  let world: WebWorld;
  let adapter: ToolAdapter;
  let ann: string;

  before(async () => {
    tool = await doccano('sqlite');
    const { baseUrl, apiToken, pluginDatabaseUrl: databaseUrl } = tool;
    const log = pino({ level: 'silent' });
    adapter = await doccanoModule.createAdapter({ baseUrl, publicUrl: baseUrl, apiToken, databaseUrl, log });
    const driver = driveDoccano(tool, cacheDirectory);
    const project = await driver.createProject('Passwords', 1);
    await driver.close();
    world = await WebWorld.open('sqlite');
    world.access.useTool(adapter);
    world.serve();
    ann = `ann.${randomBytes(4).toString('hex')}`;
    await world.access.connect();
    await world.access.link('link', 'job', project);
    await world.access.hire('contract', 'job', ann);
    await world.access.settle();
  });
  after(async () => {
    await world.close();
    await adapter.close();
  });

  const choose = async (path: string, password: string) =>
    world.post(path, { form: formToken(await world.page(path)), password });
  async function signsIn(password: string): Promise<boolean> {
    const form = { username: mailOf(ann), password };
    const { status } = await axios.post(`${tool.baseUrl}/v1/auth/login/`, form, { validateStatus: () => true });
    return status === 200;
  }

  it('is told in its words on the page of the invitation, and another one is taken', async () => {
    const path = `/invitations/${world.access.token(ann)}`;
    const refused = await choose(path, DIGITS);
    expect(refused.status).to.equal(422);
    expect(await refused.text()).to.match(WORDS);
    expect((await choose(path, GOOD_PASSWORD)).status).to.equal(200);
    expect(await signsIn(GOOD_PASSWORD)).to.equal(true);
  });

  it('is told in the same words on the page of a new password, whose link stays good', async () => {
    await world.post('/password', { form: formToken(await world.page('/password')), email: mailOf(ann) });
    await world.access.work();
    const path = `/password/${world.access.token(ann, 'password')}`;
    const refused = await choose(path, DIGITS);
    expect(refused.status).to.equal(422);
    expect(await refused.text()).to.match(WORDS);
    expect(await signsIn(GOOD_PASSWORD)).to.equal(true);
    expect((await choose(path, OTHER_PASSWORD)).status).to.equal(200);
    expect([await signsIn(GOOD_PASSWORD), await signsIn(OTHER_PASSWORD)]).to.deep.equal([false, true]);
  });
});
