/** The frame of the sandbox's pages: plain HTML without scripts; every value is escaped. */
import { Eta } from 'eta';

const eta = new Eta({ autoEscape: true });

eta.loadTemplate(
  '@frame',
  `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title><%= it.title %></title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="/sandbox/assets/pico.min.css">
  <link rel="stylesheet" href="/sandbox/assets/sandbox.css">
</head>
<body><main class="container<%= it.narrow ? ' narrow' : '' %>"><%~ it.body %></main></body>
</html>
`,
);

/** What is not in Pico: small print, tight forms, and tables that scroll on a phone. */
export const styleSheet = `
:root { --pico-font-size: 100%; }
main { padding-block: 1.5rem; }
main.narrow { max-width: 40rem; }
header.top { margin-bottom: 1.5rem; }
section { margin-bottom: 2.5rem; }
section > h2 { margin-bottom: .75rem; }
code { overflow-wrap: anywhere; }
.secret { display: block; padding: 1rem; margin-bottom: 1rem; font-size: 1.05rem; user-select: all; }
.row { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; margin-bottom: .75rem; }
.row > * { margin: 0; }
.row label { flex: 1 1 9rem; }
.row input, .row select, .row button { margin-bottom: 0; width: 100%; }
.row button { width: auto; white-space: nowrap; }
form.row button { flex: 0 0 auto; }
.row > select { flex: 1 1 9rem; width: auto; }
td, th { white-space: nowrap; font-size: .85rem; }
td.wrap { white-space: normal; min-width: 14rem; }
td form, td button { margin: 0; }
td button { padding: .2rem .6rem; font-size: .8rem; }
.state { font-weight: 600; }
.bad { color: var(--pico-del-color); }
.good { color: var(--pico-ins-color); }
`;

/** Compiles a template once; the result renders it with escaped data into the frame. `title` is the page's. */
export function page<Data extends object>(
  name: string,
  template: string,
  options: { narrow?: boolean } = {},
): (title: string, data: Data) => string {
  eta.loadTemplate(`@${name}`, template);
  return (title, data) => eta.render('@frame', { title, body: eta.render(`@${name}`, data), ...options });
}
