/** Renders the templates in views/: escaped by default, the same data and helpers on every page. */
import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import type { Response } from 'express';
import type { PluginContext } from '../context.ts';
import { createFormat, type Format } from '../text/format.ts';
import { withBasePath } from './base-path.ts';

export interface Views {
  /** Answers with the page `views/<template>.eta`. */
  page(response: Response, template: string, data: object, status?: number): void;
  readonly format: Format;
}

/** What every template finds under `it.show`. */
interface Helpers extends Format {
  /** A time as an HTML element: the moment, and how long ago. */
  time(milliseconds: number): string;
  /** Text as HTML: `commands in backticks` set as code, web addresses as links. */
  prose(text: string): string;
}

/** The templates, compiled when first used. */
export function createViews(context: PluginContext): Views {
  const eta = new Eta({ views: fileURLToPath(new URL('./views', import.meta.url)), cache: true });
  const format = createFormat(context.settings.usage.timezone, () => context.clock.now());
  const show: Helpers = { ...format, time: (milliseconds) => timeElement(format, milliseconds), prose };
  return {
    format,
    page(response, template, data, status = 200) {
      const html = withBasePath(eta.render(`./${template}`, { ...data, show }), context.settings.plugin.basePath);
      response.status(status).type('html').set('Cache-Control', 'no-store').send(html);
    },
  };
}

function timeElement(format: Format, milliseconds: number): string {
  const machine = new Date(milliseconds).toISOString();
  return `<time datetime="${machine}">${format.moment(milliseconds)}</time> <small class="ago">${format.ago(milliseconds)}</small>`;
}

function prose(text: string): string {
  return escaped(text)
    .replaceAll(/`([^`]+)`/g, '<code>$1</code>')
    .replaceAll(/https?:\/\/[^\s<>"]*[^\s<>"&.,;:!?)]/g, '<a href="$&" rel="noreferrer">$&</a>');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}
