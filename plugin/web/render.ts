/** Renders the templates in views/: escaped by default, the same data and helpers on every page. */
import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import type { Response } from 'express';
import type { PluginContext } from '../context.ts';
import { createFormat, type Format } from '../text/format.ts';
import { prose } from '../text/prose.ts';
import { withBasePath } from './base-path.ts';
import { sayIn } from './words.ts';

export interface Views {
  /** Answers with the page `views/<template>.eta`. */
  page(response: Response, template: string, data: object, status?: number): void;
  /** The same in the trainers' language: what the page is given under `title`, `message` and the like is translated with its `values`. */
  trainersPage(response: Response, template: string, data: TrainersPage, status?: number): void;
  readonly format: Format;
}

export interface TrainersPage {
  title: string;
  /** What stands in braces in the other texts. */
  values?: Readonly<Record<string, string | number>>;
  [name: string]: unknown;
}

/** Texts of {@link TrainersPage} that are translated. */
const TRANSLATED = ['title', 'message', 'remedy', 'error', 'problem', 'impossible'];

/** What every template finds under `it.show`. */
interface Helpers extends Format {
  /** A time as an HTML element: the moment, and how long ago. */
  time(milliseconds: number): string;
  /** Text as HTML: `commands in backticks` set as code, web addresses as links. */
  prose(text: string): string;
}

/** What pages need of the context: the set-up has no more. */
export interface ViewParts {
  clock: PluginContext['clock'];
  settings: {
    usage: { timezone: string };
    plugin: { basePath: string };
    mail: Pick<PluginContext['settings']['mail'], 'language'>;
  };
}

/** The templates, compiled when first used. */
export function createViews(context: ViewParts): Views {
  const eta = new Eta({ views: fileURLToPath(new URL('./views', import.meta.url)), cache: true });
  const format = createFormat(context.settings.usage.timezone, () => context.clock.now());
  const show: Helpers = { ...format, time: (milliseconds) => timeElement(format, milliseconds), prose };
  const { language } = context.settings.mail;
  const say = sayIn(language);
  const send = (response: Response, template: string, data: object, status: number): void => {
    const html = withBasePath(eta.render(`./${template}`, { ...data, show }), context.settings.plugin.basePath);
    response.status(status).type('html').set('Cache-Control', 'no-store').send(html);
  };
  return {
    format,
    page: (response, template, data, status = 200) =>
      send(response, template, { say: sayIn('en'), language: 'en', ...data }, status),
    trainersPage(response, template, data, status = 200) {
      const translated = TRANSLATED.flatMap((name) => {
        const text = data[name];
        return typeof text === 'string' ? [[name, say(text, data.values)]] : [];
      });
      send(response, template, { say, language, ...data, ...Object.fromEntries(translated) }, status);
    },
  };
}

function timeElement(format: Format, milliseconds: number): string {
  const machine = new Date(milliseconds).toISOString();
  return `<time datetime="${machine}">${format.moment(milliseconds)}</time> <small class="ago">${format.ago(milliseconds)}</small>`;
}
