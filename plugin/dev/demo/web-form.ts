/** Fills in one of our own pages' forms as a browser without scripts does. */

export interface Page {
  status: number;
  url: string;
  /** The page's text without its markup. */
  text: string;
  html: string;
}

/** Fetches a page. */
export async function openPage(url: string, cookie = ''): Promise<Page & { cookie: string }> {
  const answer = await fetch(url, { headers: cookie ? { cookie } : {}, redirect: 'manual' });
  const html = await answer.text();
  const cookies = answer.headers.getSetCookie().map((set) => set.split(';', 1)[0] ?? '');
  return {
    status: answer.status,
    url,
    html,
    text: textOf(html),
    cookie: [cookie, ...cookies].filter(Boolean).join('; '),
  };
}

/** Opens a page, fills in the form that has these fields, and submits it. */
export async function submitForm(url: string, fields: Readonly<Record<string, string>>): Promise<Page> {
  const page = await openPage(url);
  const forms = page.html.match(/<form[\s\S]*?<\/form>/g) ?? [];
  const form = forms.find((candidate) => Object.keys(fields).every((name) => candidate.includes(`name="${name}"`)));
  if (!form)
    throw new Error(`${url} (${page.status}) has no form with ${Object.keys(fields).join(', ')}: ${page.text}`);
  const action = /<form[^>]*\saction="([^"]*)"/.exec(form)?.[1];
  const target = new URL(withoutEntities(action ?? ''), url);
  const answer = await fetch(target, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', cookie: page.cookie, origin: target.origin },
    body: new URLSearchParams({ ...hiddenFields(form), ...fields }),
  });
  const html = await answer.text();
  return { status: answer.status, url: answer.url, html, text: textOf(html) };
}

function hiddenFields(form: string): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [input] of form.matchAll(/<input[^>]*>/g)) {
    if (!/type="hidden"/.test(input)) continue;
    const name = /name="([^"]*)"/.exec(input)?.[1];
    if (name) fields[name] = withoutEntities(/value="([^"]*)"/.exec(input)?.[1] ?? '');
  }
  return fields;
}

function withoutEntities(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

function textOf(html: string): string {
  const body = html.replace(/<head[\s\S]*?<\/head>/, '').replaceAll(/<(script|style)[\s\S]*?<\/\1>/g, '');
  return withoutEntities(body.replaceAll(/<[^>]+>/g, ' '))
    .replaceAll(/\s+/g, ' ')
    .trim();
}
