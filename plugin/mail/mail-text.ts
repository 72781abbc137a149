/** What our mails to trainers say, as text and as HTML with everything from outside escaped. */
import { Eta } from 'eta';

export interface MailText {
  subject: string;
  /** Paragraphs before the button. */
  before: readonly string[];
  button: { label: string; url: string };
  /** Paragraphs after it. */
  after: readonly string[];
}

const eta = new Eta({ autoEscape: true });

const page = `<!doctype html>
<html lang="en">
<body style="margin:0;padding:24px;background:#f4f5f7;font-family:system-ui,sans-serif;color:#1d2430">
<div style="max-width:34rem;margin:0 auto;padding:24px;background:#fff;border-radius:8px;line-height:1.5">
<% for (const paragraph of it.before) { %><p><%= paragraph %></p>
<% } %><p style="margin:24px 0"><a href="<%= it.button.url %>" style="display:inline-block;padding:12px 20px;background:#1f5eff;color:#fff;text-decoration:none;border-radius:6px"><%= it.button.label %></a></p>
<p style="font-size:.85em;color:#5a6372">If the button does not work, open this address: <br><%= it.button.url %></p>
<% for (const paragraph of it.after) { %><p><%= paragraph %></p>
<% } %></div>
</body>
</html>
`;

/** Both forms of a mail; they say the same. */
export function renderMail(text: MailText): { subject: string; text: string; html: string } {
  const { before, button, after } = text;
  const plain = [...before, `${button.label}:\n${button.url}`, ...after].join('\n\n');
  return { subject: text.subject, text: `${plain}\n`, html: eta.renderString(page, text) };
}
