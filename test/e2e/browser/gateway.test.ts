/** A trainer's day in Label Studio's own web interface, through the gateway. */
import { expect } from 'chai';
import type { Browser, Page, Response } from 'playwright-core';
import { z } from 'zod';
import { GOOD_PASSWORD, mailOf } from '../../support/access-world.ts';
import { newPage, startBrowser } from '../../support/browser.ts';
import { GatewayWorld } from '../../support/gateway-world.ts';
import { signInOnPage } from '../../support/sign-in-page.ts';

const config =
  '<View><Image name="img" value="$image"/><Choices name="label" toName="img"><Choice value="Cat"/><Choice value="Dog"/></Choices></View>';

/** One grey pixel. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==',
  'base64',
);

/** The path that was asked for, without its query. */
function pathOf(response: Response): string {
  return new URL(response.url()).pathname;
}

describe('a trainer in Label Studio’s web interface, through the gateway', function () {
  this.timeout(240_000);
  let world: GatewayWorld;
  let browser: Browser;
  let page: Page;
  /** "403 GET /api/…": what was refused or failed since the page was opened. */
  const refused: string[] = [];
  const pictures: number[] = [];

  before(async () => {
    world = await GatewayWorld.open('sqlite');
    const { projectId } = world.own;
    const emptied = await world.owner.http.delete(`/api/projects/${projectId}/tasks/`);
    const configured = await world.owner.http.patch(`/api/projects/${projectId}/`, { label_config: config });
    expect([emptied.status, configured.status]).to.deep.equal([204, 200]);
    for (const name of ['one.png', 'two.png', 'three.png']) {
      const form = new FormData();
      form.set(name, new File([PICTURE], name, { type: 'image/png' }));
      const { status } = await world.owner.http.post(`/api/projects/${projectId}/import`, form);
      expect(status).to.equal(201);
    }
    browser = await startBrowser();
    ({ page } = await newPage(browser, { viewport: { width: 1300, height: 850 } }));
    page.setDefaultTimeout(30_000);
    page.on('response', (response) => {
      const pathname = pathOf(response);
      if (pathname.startsWith('/data/upload/')) pictures.push(response.status());
      // The tips on the sign-in page come from the maker's server, which a test does not call.
      if (response.status() >= 400 && pathname !== '/heidi-tips') {
        refused.push(`${response.status()} ${response.request().method()} ${pathname}`);
      }
    });
  });
  after(async () => {
    await browser?.close();
    await world?.close();
  });
  beforeEach(() => void refused.splice(0));

  /** Waits for the answer to a request of the page that this action makes. */
  async function answered(method: string, path: RegExp, action: () => Promise<unknown>): Promise<number> {
    const [response] = await Promise.all([
      page.waitForResponse((answer) => answer.request().method() === method && path.test(pathOf(answer))),
      action(),
    ]);
    return response.status();
  }

  it('signs in, and finds their own project and no other', async () => {
    await signInOnPage(page, world.url, { email: mailOf(world.ann), password: GOOD_PASSWORD });
    await page.goto(`${world.url}/projects/`);
    await page.getByText(/^Own /).first().waitFor();
    expect(await page.getByText(/^Foreign /).count()).to.equal(0);
    expect(refused).to.deep.equal([]);
  });

  it('opens the data manager, labels pictures, and skips one', async () => {
    await page.goto(`${world.url}/projects/${world.own.projectId}/data`);
    await page.getByText('Label All Tasks').click();
    await page.getByText(/^Cat/).first().click();
    const submit = () => page.getByTestId('bottombar-submit-button').click();
    expect(await answered('POST', /^\/api\/tasks\/\d+\/annotations/, submit)).to.equal(201);
    await page.getByText(/^Dog/).first().click();
    const skip = () => page.getByTestId('bottombar-skip-button').click();
    expect(await answered('POST', /^\/api\/tasks\/\d+\/annotations/, skip)).to.equal(201);
    expect(pictures.length).to.be.at.least(2);
    expect(pictures.every((status) => status < 400)).to.equal(true);
    expect(refused).to.deep.equal([]);
  });

  it('labels with a hotkey', async () => {
    await page.getByText(/^Cat/).first().waitFor();
    await page.keyboard.press('2');
    await page.getByRole('checkbox', { name: /^Dog/, checked: true }).waitFor();
    const submitted = page.waitForResponse((answer) => /^\/api\/tasks\/\d+\/annotations/.test(pathOf(answer)));
    const submit = () => page.getByTestId('bottombar-submit-button').click();
    // Label Studio answers 404 when it is asked for the task after the last one.
    expect(await answered('POST', /^\/api\/dm\/actions$/, submit), 'no next task').to.equal(404);
    expect((await submitted).status()).to.equal(201);
    expect(refused).to.deep.equal(['404 POST /api/dm/actions']);
  });

  it('changes their own work, whose draft is kept meanwhile', async () => {
    const { projectId } = world.own;
    const mine = await world.owner.http.get(`/api/tasks?project=${projectId}&fields=all`);
    const { tasks } = z
      .object({
        tasks: z.array(z.object({ id: z.number(), annotations: z.array(z.object({ was_cancelled: z.boolean() })) })),
      })
      .parse(mine.data);
    const labelled = tasks.find(({ annotations }) => annotations.some(({ was_cancelled }) => !was_cancelled));
    await page.goto(`${world.url}/projects/${projectId}/data?task=${labelled?.id}`);
    await page.getByTestId('bottombar-update-button').waitFor();
    const change = () => page.getByText(/^Dog/).first().click();
    expect(await answered('POST', /^\/api\/tasks\/\d+\/annotations\/\d+\/drafts/, change), 'a draft').to.equal(201);
    const save = () => page.keyboard.press('Control+Enter');
    expect(await answered('PATCH', /^\/api\/annotations\/\d+/, save)).to.equal(200);
    expect(refused).to.deep.equal([]);
  });

  it('is shown a page with the way back when they try a foreign project in the address bar', async () => {
    await page.goto(`${world.url}/projects/${world.foreign.projectId}/data`);
    await page.getByRole('heading', { name: 'This is not open to you' }).waitFor();
    await page.getByRole('link', { name: `Project ${world.own.projectId}` }).click();
    await page.getByText('Label All Tasks').waitFor();
  });

  it('reaches nothing foreign from the console of the browser', async () => {
    const { foreign, own } = world;
    const paths = [
      `/api/projects/${foreign.projectId}/`,
      `/api/tasks/${foreign.taskIds[0]}/`,
      `/api/projects/${own.projectId}/export?exportType=JSON`,
      '/api/invite',
      '/api/current-user/token',
    ];
    const statuses = await page.evaluate(
      (tried) => Promise.all(tried.map(async (path) => (await fetch(path)).status)),
      paths,
    );
    expect(statuses).to.deep.equal(paths.map(() => 403));
  });

  it('gets parts of large files as the tool gives them', async () => {
    const { projectId } = world.own;
    const form = new FormData();
    form.set('sound.wav', new File([Buffer.alloc(3_000_000, 7)], 'sound.wav', { type: 'audio/wav' }));
    await world.owner.http.post(`/api/projects/${projectId}/import?commit_to_project=false`, form);
    const uploads = await world.owner.http.get(`/api/projects/${projectId}/file-uploads?all=true`);
    const files = z.array(z.object({ file: z.string() })).parse(uploads.data);
    const sound = files.find(({ file }) => file.endsWith('sound.wav'))?.file.replace(/^upload/, '/data/upload') ?? '';
    const ann = await world.signIn(world.ann);
    const part = await ann.http.get(sound, {
      headers: { Range: 'bytes=1000000-1000099' },
      responseType: 'arraybuffer',
    });
    expect(part.status).to.equal(206);
    expect(part.headers['content-range']).to.equal('bytes 1000000-1000099/3000000');
    expect(Buffer.from(part.data)).to.deep.equal(Buffer.alloc(100, 7));
  });

  it('is shut out of the open page when the contract ends', async () => {
    await page.goto(`${world.url}/projects/${world.own.projectId}/data`);
    await page.getByText('Label All Tasks').waitFor();
    await world.access.end('ann', 'own');
    await page.reload();
    await page.getByRole('heading', { name: 'You have no project here now' }).waitFor();
  });
});
