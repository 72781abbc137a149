/** The guided set-up in this process, over an OpenTrain sandbox and the example tool, and a visitor without a browser. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guidedSetup, type StartedPlugin } from '../../plugin/commands/guided-setup.ts';
import { freePort } from '../../plugin/dev/demo/world.ts';
import { formToken } from './web-world.ts';

export class SetupWorld {
  readonly folder: string;
  readonly file: string;
  readonly beginUrl: string;
  readonly url: string;
  /** The running plugin, once the set-up is finished; null when it was stopped before. */
  readonly finished: Promise<StartedPlugin | null>;
  readonly #stop: () => void;
  cookie = '';

  private constructor(parts: {
    folder: string;
    beginUrl: string;
    finished: Promise<StartedPlugin | null>;
    stop: () => void;
  }) {
    this.folder = parts.folder;
    this.file = join(parts.folder, 'settings.env');
    this.beginUrl = parts.beginUrl;
    this.url = new URL(parts.beginUrl).origin;
    this.finished = parts.finished;
    this.#stop = parts.stop;
  }

  /** Serves it; `environment` is set where the plugin is started. */
  static async open(environment: Record<string, string> = {}): Promise<SetupWorld> {
    const folder = mkdtempSync(join(tmpdir(), 'plugin-browser-setup-'));
    const stopped = Promise.withResolvers<null>();
    const announced = Promise.withResolvers<string>();
    const sources = {
      environment: {
        PLUGIN_PORT: String(await freePort()),
        DATABASE_URL: `sqlite:${join(folder, 'data', 'plugin.sqlite3')}`,
        LOG_LEVEL: 'silent',
        ...environment,
      },
      file: join(folder, 'settings.env'),
    };
    const finished = guidedSetup(sources, stopped.promise, announced.resolve);
    finished.catch(announced.reject);
    return new SetupWorld({ folder, beginUrl: await announced.promise, finished, stop: () => stopped.resolve(null) });
  }

  async get(path: string): Promise<Response> {
    return fetch(this.url + path, { redirect: 'manual', headers: { cookie: this.cookie } });
  }

  async page(path: string): Promise<string> {
    return (await this.get(path)).text();
  }

  async post(path: string, fields: Record<string, string>): Promise<Response> {
    const response = await fetch(this.url + path, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: this.cookie },
      body: new URLSearchParams(fields),
    });
    this.cookie = response.headers.get('set-cookie')?.split(';')[0] ?? this.cookie;
    return response;
  }

  /** Uses the link of the terminal. */
  async begin(): Promise<Response> {
    const { pathname } = new URL(this.beginUrl);
    return this.post(pathname, { form: formToken(await this.page(pathname)) });
  }

  /** Answers a step, and returns where that leads. */
  async answer(step: string, fields: Record<string, string>): Promise<string> {
    const path = `/setup/steps/${step}`;
    const response = await this.post(path, { form: formToken(await this.page(path)), ...fields });
    return response.headers.get('location') ?? `status ${response.status}`;
  }

  async close(): Promise<void> {
    this.#stop();
    const plugin = await this.finished;
    await plugin?.service.stop();
    await plugin?.opened.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
