import { expect } from 'chai';
import { PasswordRefused, ToolRefused, ToolUnavailable } from '../../../adapters/errors.ts';
import { acceptInvitation } from '../../../plugin/invitations/invitations.ts';
import { GOOD_PASSWORD } from '../../support/access-world.ts';
import { formToken, WebWorld } from '../../support/web-world.ts';

const DAY_MS = 86_400_000;

describe('the invitation page', () => {
  let world: WebWorld;
  let path: string;

  beforeEach(async () => {
    world = await WebWorld.open('sqlite');
    await world.access.connect();
    await world.access.link('link', 'job', '7');
    await world.access.hire('contract', 'job', 'ann');
    await world.access.converge();
    await world.access.work();
    path = `/invitations/${world.access.token('ann')}`;
  });
  afterEach(() => world.close());

  /** Opens the page and sends its form. */
  async function accept(fields: Record<string, string>): Promise<Response> {
    const form = formToken(await world.page(path));
    return world.post(path, { form, ...fields });
  }

  it('says who is invited, to what, and how they will sign in', async () => {
    const html = await world.page(path);
    expect(html).to.include('Hello Name of ann').and.to.include('Project 7').and.to.include('ann@opentrain.work');
  });

  it('uses nothing up by being looked at', async () => {
    for (let look = 0; look < 3; look++) await world.get(path);
    expect((await accept({ password: GOOD_PASSWORD })).status).to.equal(200);
  });

  it('makes the trainer a member with the password they chose, and leads to the project', async () => {
    const html = await (await accept({ password: GOOD_PASSWORD })).text();
    expect(html).to.include('Your account is ready').and.to.include('https://tool.example.com/projects/7');
    expect(html).not.to.include(GOOD_PASSWORD);
    expect(world.access.tool.canWork('ann@opentrain.work', GOOD_PASSWORD, '*')).to.equal(true);
  });

  it('says what is wrong with a password, and lets them choose another', async () => {
    const weak = await accept({ password: 'password' });
    expect(weak.status).to.equal(422);
    expect(await weak.text())
      .to.include('too easy to guess')
      .and.to.include('name="password"');
    const empty = await accept({ password: '' });
    expect(await empty.text()).to.include('Choose a password.');
    expect(world.access.tool.byEmail('ann@opentrain.work')).to.equal(undefined);
    expect((await accept({ password: GOOD_PASSWORD })).status).to.equal(200);
  });

  it('tells who sends it while it is being accepted to try again in a minute', async () => {
    let second: Response | undefined;
    const form = formToken(await world.page(path));
    world.access.tool.before = async (call) => {
      if (call !== 'createMember') return;
      world.access.tool.before = () => undefined;
      second = await world.post(path, { form, password: 'another good passphrase' });
    };
    expect((await accept({ password: GOOD_PASSWORD })).status).to.equal(200);
    expect(second?.status).to.equal(409);
    expect(second?.headers.get('retry-after')).to.equal('60');
    expect(await second?.text())
      .to.include('is being used at this moment')
      .and.not.to.include('You have used');
  });

  it('compares the two passwords where the page asked for both', async () => {
    const differing = await accept({ password: GOOD_PASSWORD, repeat: 'another one entirely' });
    expect(differing.status).to.equal(422);
    expect(await differing.text()).to.include('The two passwords differ');
    expect((await accept({ password: GOOD_PASSWORD, repeat: GOOD_PASSWORD })).status).to.equal(200);
  });

  it('takes no form but its own, and none that is too old', async () => {
    const form = formToken(await world.page(path));
    expect((await world.post(path, { password: GOOD_PASSWORD })).status).to.equal(403);
    const other = formToken(await world.page('/password'));
    expect((await world.post(path, { password: GOOD_PASSWORD, form: other })).status).to.equal(403);
    world.access.later(DAY_MS);
    const old = await world.post(path, { password: GOOD_PASSWORD, form });
    expect(old.status).to.equal(403);
    expect(await old.text()).to.include('open for too long');
    expect(world.access.tool.byEmail('ann@opentrain.work')).to.equal(undefined);
  });

  it('says that the tool is away, and works when it is back', async () => {
    world.access.tool.before = () => {
      throw new ToolUnavailable('connection refused');
    };
    const away = await accept({ password: GOOD_PASSWORD });
    expect(away.status).to.equal(503);
    expect(away.headers.get('retry-after')).to.equal('60');
    expect(await away.text()).to.include('try again in a few minutes');
    world.access.tool.before = () => undefined;
    world.access.later(10 * 60_000);
    expect((await accept({ password: GOOD_PASSWORD })).status).to.equal(200);
  });

  it('says that the team knows when the tool refuses, and shows the tool’s words about a password beside the field', async () => {
    const said = (error: Error) => {
      world.access.tool.before = (call) => {
        if (call === 'createMember') throw error;
      };
    };
    said(new ToolRefused('The tool is full.', 'Raise its limit.'));
    const refused = await accept({ password: GOOD_PASSWORD });
    expect(refused.status).to.equal(409);
    const words = await refused.text();
    expect(words).to.include('The team that looks after it can see why').and.not.to.include('The tool is full');
    said(new PasswordRefused('This password is too common.'));
    const again = await accept({ password: GOOD_PASSWORD });
    expect(again.status).to.equal(422);
    expect(await again.text()).to.match(/id="password-error"[^>]*>\s*This password is too common\./);
  });

  it('explains a used invitation and shows the way to sign in', async () => {
    await accept({ password: GOOD_PASSWORD });
    const used = await world.get(path);
    expect(used.status).to.equal(410);
    const html = await used.text();
    expect(html).to.include('You have used this invitation').and.to.include('https://tool.example.com/sign-in');
    expect(html).to.include('href="/password"');
  });

  it('sends a new invitation in place of an expired one, to the same address only', async () => {
    world.access.later(15 * DAY_MS);
    const html = await world.page(path);
    expect(html).to.include('This invitation has expired').and.to.include('Send me a new one');
    const mails = world.access.mails.length;
    const sent = await world.post(`${path}/resend`, { form: formToken(html), email: 'thief@opentrain.work' });
    expect(await sent.text()).to.include('on its way');
    await world.access.work();
    expect(world.access.mails.slice(mails).map(({ to }) => to)).to.deep.equal(['ann@opentrain.work']);
    expect((await world.get(`/invitations/${world.access.token('ann')}`)).status).to.equal(200);
  });

  it('sends nothing for a form that is not ours', async () => {
    world.access.later(15 * DAY_MS);
    const mails = world.access.mails.length;
    await world.post(`${path}/resend`, {});
    await world.access.work();
    expect(world.access.mails.length).to.equal(mails);
  });

  it('names another way where no mail can be sent', async () => {
    world.access.use({ mailer: null });
    world.serve();
    world.access.later(15 * DAY_MS);
    const html = await world.page(path);
    expect(html).to.include('Write to your client on OpenTrain').and.not.to.include('Send me a new one');
  });

  it('is closed as soon as the contract has ended', async () => {
    const form = formToken(await world.page(path));
    await world.access.end('contract', 'job');
    const closed = await world.get(path);
    expect(closed.status).to.equal(410);
    expect(await closed.text()).to.include('no longer applies');
    expect((await world.post(path, { form, password: GOOD_PASSWORD })).status).to.equal(410);
    expect(world.access.tool.byEmail('ann@opentrain.work')).to.equal(undefined);
  });

  it('knows no invitation that we did not sign', async () => {
    for (const token of ['nothing', `${path.split('/')[2]}x`, '%00', 'a.b.c']) {
      const unknown = await world.get(`/invitations/${token}`);
      expect(unknown.status, token).to.equal(404);
      expect(await unknown.text(), token).to.include('We do not know this link');
    }
  });

  it('shows names as text, whatever is in them', async () => {
    await world.access.store.database('trainers').update({ display_name: '<script>alert(1)</script>' });
    await world.access.store.database('project_links').update({ external_project_name: '"><img src=x>' });
    const html = await world.page(path);
    expect(html).not.to.include('<script>alert').and.not.to.include('<img src=x');
    expect(html).to.include('&lt;script&gt;alert(1)');
  });
});

describe('the password pages', () => {
  let world: WebWorld;
  beforeEach(async () => {
    world = await WebWorld.open('sqlite');
    await world.access.connect();
    await world.access.link('link', 'job', '7');
    await world.access.hire('contract', 'job', 'ann');
    await world.access.converge();
    await world.access.work();
    await acceptInvitation(world.access.context, world.access.token('ann'), 'another quiet harbour');
    await world.access.work();
    world.access.mails.length = 0;
  });
  afterEach(() => world.close());

  async function request(email: string): Promise<Response> {
    const form = formToken(await world.page('/password'));
    const response = await world.post('/password', { form, email });
    await world.access.work();
    return response;
  }

  it('mails a link to a trainer with access, who then signs in with the new password', async () => {
    expect((await request(' Ann@OpenTrain.work ')).status).to.equal(200);
    const path = `/password/${world.access.token('ann', 'password')}`;
    const form = formToken(await world.page(path));
    const weak = await world.post(path, { form, password: 'password' });
    expect(weak.status).to.equal(422);
    const html = await (await world.post(path, { form, password: GOOD_PASSWORD })).text();
    expect(html).to.include('Your new password is set').and.to.include('https://tool.example.com/sign-in');
    expect(html).to.include('<dt>Work Email</dt><dd><code>ann@opentrain.work</code></dd>');
    expect(world.access.tool.canWork('ann@opentrain.work', GOOD_PASSWORD, '*')).to.equal(true);
    const used = await world.get(path);
    expect(used.status).to.equal(410);
    expect(await used.text()).to.include('This link has been used');
  });

  it('answers the same for an address that nobody has, and mails nothing', async () => {
    const known = await (await request('ann@opentrain.work')).text();
    const unknown = await (await request('bob@opentrain.work')).text();
    expect(unknown.replaceAll('bob@', 'ann@')).to.equal(known);
    expect(world.access.mails.map(({ to }) => to)).to.deep.equal(['ann@opentrain.work']);
  });

  it('asks for a Work Email, since no other is ever used', async () => {
    const response = await request('ann@example.com');
    expect(response.status).to.equal(422);
    expect(await response.text()).to.include('ends in @opentrain.work');
  });

  it('explains an old link and an unknown one', async () => {
    await request('ann@opentrain.work');
    world.access.later(7 * DAY_MS);
    const old = await world.get(`/password/${world.access.token('ann', 'password')}`);
    expect(old.status).to.equal(410);
    expect(await old.text()).to.include('This link has expired');
    const unknown = await world.get('/password/nothing');
    expect(unknown.status).to.equal(404);
    expect(await unknown.text()).to.include('We do not know this link');
  });

  it('shows the tool’s words about a password beside the field, and says that the team can see a refusal', async () => {
    await request('ann@opentrain.work');
    const path = `/password/${world.access.token('ann', 'password')}`;
    const refusedWith = async (error: Error): Promise<Response> => {
      world.access.tool.before = (call) => {
        if (call === 'setPassword') throw error;
      };
      return world.post(path, { form: formToken(await world.page(path)), password: GOOD_PASSWORD });
    };
    const weak = await refusedWith(new PasswordRefused('This password is too common.'));
    expect(weak.status).to.equal(422);
    expect(await weak.text()).to.match(/id="password-error"[^>]*>\s*This password is too common\./);
    const refused = await refusedWith(new ToolRefused('not allowed', 'GRANT it.'));
    expect(refused.status).to.equal(409);
    expect(await refused.text())
      .to.include('did not accept this')
      .and.not.to.include('GRANT');
  });

  it('says while the tool’s database is away when to try again, to whoever asks, and mails the link', async () => {
    world.access.tool.databaseProblem = 'The tool’s database plugin_db at 10.0.0.1 does not answer.';
    world.access.tool.capabilities = { ...world.access.tool.capabilities, setPassword: false };
    const page = await world.page('/password');
    expect(page)
      .to.match(/does not answer at the moment.*try again in a few minutes/)
      .and.to.include('<form');
    expect(page).not.to.include('plugin_db');
    const known = await (await request('ann@opentrain.work')).text();
    const unknown = await (await request('bob@opentrain.work')).text();
    expect(unknown.replaceAll('bob@', 'ann@')).to.equal(known);
    const path = `/password/${world.access.token('ann', 'password')}`;
    expect((await world.get(path)).status).to.equal(200);
  });

  it('says so where passwords cannot be set', async () => {
    world.access.tool.capabilities = { ...world.access.tool.capabilities, setPassword: false };
    expect(await world.page('/password'))
      .to.include('Passwords cannot be reset here')
      .and.not.to.include('<form');
  });

  it('says so where no mail is sent', async () => {
    world.access.use({ mailer: null });
    world.serve();
    expect(await world.page('/password')).to.include('this server sends no mail');
  });
});
