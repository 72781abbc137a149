/** What the owner of the employer's account sees when a platform asks to be connected. */
import type { Scope } from '../vocabulary.ts';
import { page } from './layout.ts';

/** What each scope means to the owner who grants it. */
export const scopeMeanings: Record<Scope, string> = {
  'project-links:read': 'see which of its projects are linked to your jobs',
  'project-links:write': 'link its projects to your jobs, and unlink them',
  'contracts:read': 'see contracts and budgets on linked jobs',
  'participants:read': 'see the names of the trainers you hired on linked jobs',
  'participants:email': 'see their OpenTrain Work Email',
  'usage:write': 'report how much was worked each day',
  'webhooks:manage': 'be told when somebody is hired or a contract ends',
};

export interface ConsentPage {
  appName: string;
  description: string;
  organizationName: string;
  scopes: { scope: Scope; meaning: string }[];
  connected: boolean;
  nonce: string;
  fields: { name: string; value: string }[];
}

export const renderConsent = page<ConsentPage>(
  'consent',
  `<article>
  <header><strong>OpenTrain sandbox</strong></header>
  <h1>Connect <%= it.appName %></h1>
  <p><%= it.description %></p>
  <p>You are signed in as the owner of <strong><%= it.organizationName %></strong>. If you approve, it may:</p>
  <ul>
  <% for (const { scope, meaning } of it.scopes) { %>
    <li><%= meaning %> <small><code><%= scope %></code></small></li>
  <% } %>
  </ul>
  <% if (it.connected) { %>
  <p role="note"><strong>It is connected already.</strong> Approving again makes a new token, and the old one stops working.</p>
  <% } %>
  <form method="post">
    <input type="hidden" name="nonce" value="<%= it.nonce %>">
    <% for (const { name, value } of it.fields) { %>
    <input type="hidden" name="<%= name %>" value="<%= value %>">
    <% } %>
    <label><input type="checkbox" name="pii_consent" value="on"> Share the Work Email of hired trainers, so that they can be
      given access</label>
    <p><small>Personal e-mail addresses are never shared.</small></p>
    <button type="submit">Approve</button>
  </form>
</article>`,
  { narrow: true },
);

export interface ApprovedPage {
  appName: string;
  token: string;
  returnUrl: string | null;
}

export const renderApproved = page<ApprovedPage>(
  'approved',
  `<article>
  <header><strong>OpenTrain sandbox</strong></header>
  <h1><%= it.appName %> is connected</h1>
  <p>Copy this token now and paste it into the settings of the platform. <strong>It is shown only once.</strong></p>
  <code class="secret" id="partner-token"><%= it.token %></code>
  <% if (it.returnUrl !== null) { %>
  <p><a role="button" href="<%= it.returnUrl %>">Return to the platform</a></p>
  <% } else { %>
  <p>Then close this page.</p>
  <% } %>
</article>`,
  { narrow: true },
);

export const renderMessage = page<{ heading: string; message: string; back: string | null }>(
  'message',
  `<article>
  <header><strong>OpenTrain sandbox</strong></header>
  <h1><%= it.heading %></h1>
  <p><%= it.message %></p>
  <% if (it.back !== null) { %><p><a href="<%= it.back %>">Back</a></p><% } %>
</article>`,
  { narrow: true },
);
