/** What every page must have, whoever looks at it: names for controls, an order of headings, text that can be read. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { z } from 'zod';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const axeSchema = z.object({
  violations: z.array(
    z.object({ id: z.string(), impact: z.string().nullable(), nodes: z.array(z.object({ html: z.string() })) }),
  ),
});

/**
 * Faults of the page as it is shown: controls without a name, headings out of order, ids twice, contrast below WCAG AA (4.5:1,
 * large text 3:1), targets smaller than 24 px, a page wider than the window, a number that is none. Runs in the browser, on its computed styles.
 */
export async function faultsOf(page: Page): Promise<string[]> {
  const faults: unknown = await page.evaluate(CHECKS);
  return Array.isArray(faults) ? faults.map(String) : ['the checks did not run'];
}

/** What axe calls serious or critical on the page as it is shown, with the first element of each. */
export async function axeFaultsOf(page: Page): Promise<string[]> {
  // Evaluated by the debugger, so that the page's own policy stays as strict as it is.
  await page.evaluate(axeSource);
  const { violations } = axeSchema.parse(
    await page.evaluate("axe.run(document, { resultTypes: ['violations'], iframes: false })"),
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.length} times, first ${nodes[0]?.html.slice(0, 160)}`);
}

const CHECKS = `(() => {
  const faults = [];
  const shown = (node) => node.checkVisibility({ visibilityProperty: true }) && node.getClientRects().length > 0;
  const all = (selector) => [...document.querySelectorAll(selector)].filter(shown);
  const words = (node) => (node.getAttribute('aria-label') || node.textContent || '').trim();
  const title = (node) => node.outerHTML.slice(0, 100);

  for (const wrong of document.body.innerText.match(/\\bNaN\\b|\\bundefined\\b|\\bInfinity\\b|\\[object \\w+\\]/g) ?? []) faults.push('says ' + wrong);
  if (document.documentElement.lang !== 'en') faults.push('no language');
  if (!document.title) faults.push('no title');
  if (all('main').length !== 1) faults.push('not one main part');
  if (all('h1').length !== 1) faults.push('not one h1');
  let level = 0;
  for (const heading of all('h1, h2, h3, h4')) {
    const next = Number(heading.tagName[1]);
    if (next > level + 1) faults.push('heading skips a level: ' + words(heading));
    level = next;
  }
  const ids = [...document.querySelectorAll('[id]')].map((node) => node.id);
  for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1) faults.push('id twice: ' + id);
  for (const field of all('input:not([type=hidden]), select, textarea')) {
    if (field.labels.length === 0 && !field.getAttribute('aria-label')) faults.push('no label: ' + title(field));
  }
  for (const control of all('button, a')) if (!words(control)) faults.push('no name: ' + title(control));
  for (const image of all('img')) if (image.getAttribute('alt') === null) faults.push('no alt: ' + title(image));
  for (const table of all('table')) {
    if (!table.closest('[role=img]') && !table.querySelector('th[scope]')) faults.push('table without headers');
  }
  for (const control of all('button, select, input:not([type=hidden])')) {
    const box = control.getBoundingClientRect();
    if (box.height < 24) faults.push('too small: ' + title(control));
  }
  if (document.documentElement.scrollWidth > innerWidth) faults.push('wider than the window');
  for (const box of innerWidth <= 640 ? all('.scroll') : []) {
    if (box.scrollWidth > box.clientWidth + 1) faults.push('hides columns on a phone: ' + words(box).slice(0, 60));
  }

  const parse = (colour) => {
    const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number);
    return { r, g, b, a };
  };
  const over = (top, below) => ({
    r: top.r * top.a + below.r * (1 - top.a),
    g: top.g * top.a + below.g * (1 - top.a),
    b: top.b * top.a + below.b * (1 - top.a),
    a: 1,
  });
  const light = ({ r, g, b }) => {
    const channel = (value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    };
    return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  };
  const back = (node) => {
    const layers = [];
    for (let at = node; at; at = at.parentElement) layers.push(parse(getComputedStyle(at).backgroundColor));
    const dark = matchMedia('(prefers-color-scheme: dark)').matches;
    const paper = dark ? { r: 0, g: 0, b: 0, a: 1 } : { r: 255, g: 255, b: 255, a: 1 };
    return layers.reverse().reduce((below, layer) => over(layer, below), paper);
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !shown(node) || node.closest('option, .hidden, .skip, noscript')) continue;
    const style = getComputedStyle(node);
    const below = back(node);
    const [a, b] = [light(over(parse(style.color), below)), light(below)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) faults.push('contrast ' + ratio.toFixed(1) + ': ' + texts.currentNode.data.trim());
  }
  return [...new Set(faults)];
})()`;

/** Keeps a page that reloads itself as it is while it is looked at. */
export async function withoutRefresh(page: Page, path: string): Promise<void> {
  await page.route(`**${path}`, async (route) => {
    const response = await route.fetch();
    const { refresh: _reload, ...headers } = response.headers();
    await route.fulfill({ response, headers });
  });
}
