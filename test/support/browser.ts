/** A browser, for tests of pages. */
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { chromiumProgram } from './provide-chromium.ts';

/** Starts Chromium without a window. Throws when there is none. */
export async function startBrowser(): Promise<Browser> {
  const program = await chromiumProgram();
  if (!program) throw new Error('The browser tests need Chromium: install it, or set CHROMIUM_PATH to its program.');
  return chromium.launch(program);
}

/** A page of its own, with nothing from others; scripts that break are told by `errors`. */
export async function newPage(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; errors: string[] }> {
  // Whatever the machine's locale is: without one, Chromium names a language that there is none of.
  const context = await browser.newContext({ locale: 'en-US', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  return { page, errors };
}
