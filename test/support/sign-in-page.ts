/** Label Studio's own page for signing in, in a browser. */
import type { Page } from 'playwright-core';

/** Fills the page in and sends it. Resolves when that was clicked; whoever calls it opens what they want to see. */
export async function signInOnPage(
  page: Page,
  baseUrl: string,
  { email, password }: { email: string; password: string },
): Promise<void> {
  await page.goto(`${baseUrl}/user/login/`);
  await page.locator('input[name=email]').fill(email);
  await page.locator('input[name=password]').fill(password);
  await page.locator('button[type=submit]').first().click();
}
