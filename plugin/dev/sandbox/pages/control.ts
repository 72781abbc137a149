/** The sandbox's own page: see what there is, make things happen. */

import type { ControlPage } from './control-view.ts';
import { page } from './layout.ts';

const peopleSection = `
<section id="people">
  <h2>Hire</h2>
  <form class="row" method="post" action="/sandbox/hire">
    <label>Job <select name="jobId" required>
      <% for (const job of it.jobs) { %><option value="<%= job.id %>"><%= job.title %></option><% } %></select></label>
    <label>Trainer <select name="trainerId" required>
      <% for (const trainer of it.trainers) { %><option value="<%= trainer.opentrainUserId %>"><%= trainer.displayName %></option><% } %></select></label>
    <label>From (default today) <input type="date" name="startDate"></label>
    <button<% if (it.jobs.length === 0 || it.trainers.length === 0) { %> disabled<% } %>>Hire</button>
  </form>
  <details<% if (it.jobs.length === 0) { %> open<% } %>><summary>Jobs (<%= it.jobs.length %>)</summary>
    <ul><% for (const job of it.jobs) { %><li><%= job.title %> · <%= job.paymentType ?? 'no payment type' %>, funded <%= job.fundedVolume %> · <code><%= job.id %></code></li><% } %></ul>
    <form class="row" method="post" action="/sandbox/create-job">
      <label>Title <input name="title" required></label>
      <label>Paid <select name="paymentType"><option>PAY_PER_HOUR</option><option>PAY_PER_LABEL</option><option>FIXED_PRICE</option><option>NONE</option></select></label>
      <label>Funded hours or labels <input name="fundedVolume" inputmode="decimal"></label>
      <button>Add job</button>
    </form>
  </details>
  <details<% if (it.trainers.length === 0) { %> open<% } %>><summary>Trainers (<%= it.trainers.length %>)</summary>
    <ul><% for (const trainer of it.trainers) { %><li><%= trainer.displayName %> · <%= trainer.workEmail ?? 'no Work Email' %> · <code><%= trainer.opentrainUserId %></code></li><% } %></ul>
    <form class="row" method="post" action="/sandbox/create-trainer">
      <label>Name <input name="displayName" required></label>
      <label>Work Email (default from the name) <input name="workEmail"></label>
      <button>Add trainer</button>
    </form>
  </details>
</section>
<section id="contracts">
  <h2>Contracts</h2>
  <% if (it.contracts.length === 0) { %><p>Nobody is hired yet.</p><% } %>
  <% for (const contract of it.contracts) { %>
  <article>
    <header><strong><%= contract.trainer %></strong> · <%= contract.title %> ·
      <span class="state <%= contract.status === 'active' ? 'good' : '' %>"><%= contract.status %></span>
      <%= contract.startDate %><%= contract.endDate === null ? '' : ' to ' + contract.endDate %><br><small><code><%= contract.id %></code></small></header>
    <p>Budget <span class="state <%= contract.budget.state === 'OK' ? 'good' : 'bad' %>"><%= contract.budget.state %></span>:
      <%= contract.consumed %> of <%= contract.budget.fundedVolume %> <%= contract.unit %> used</p>
    <% if (contract.usage.length > 0) { %>
    <details><summary>Reported usage (<%= contract.usage.length %> days)</summary><div class="overflow-auto"><table>
      <thead><tr><th>Day</th><th>Tasks</th><th>Labels</th><th>Seconds</th><th>Reported</th></tr></thead><tbody>
      <% for (const day of contract.usage) { %><tr><td><%= day.workDate %></td><td><%= day.tasksCompleted ?? '–' %></td><td><%= day.labelsCompleted ?? '–' %></td><td><%= day.totalSeconds ?? '–' %></td><td><%= day.reportedAt %></td></tr><% } %>
      </tbody></table></div></details>
    <% } %>
    <% if (contract.status === 'active') { %>
    <form class="row" method="post" action="/sandbox/work-first-party">
      <input type="hidden" name="contractId" value="<%= contract.id %>">
      <label>Work on OpenTrain itself: seconds <input name="seconds" inputmode="numeric"></label>
      <label>labels <input name="labels" inputmode="numeric"></label><button class="secondary">Consume</button>
    </form>
    <form class="row" method="post" action="/sandbox/end-contract">
      <input type="hidden" name="contractId" value="<%= contract.id %>">
      <label>Last day (default today) <input type="date" name="endDate"></label><button class="secondary">End contract</button>
    </form>
    <% } %>
    <form class="row" method="post" action="/sandbox/fund-milestone">
      <input type="hidden" name="contractId" value="<%= contract.id %>">
      <label>More <%= contract.unit %> <input name="volume" inputmode="decimal" required></label>
      <label>US dollars <input name="amountUsd" inputmode="decimal"></label><button class="secondary">Fund milestone</button>
    </form>
  </article>
  <% } %>
</section>`;

const grantSection = `
<section id="install">
  <h2>Install</h2>
  <% if (it.install === null) { %><p>No install.</p><% } else { %>
  <p><code><%= it.install.id %></code> is <span class="state <%= it.install.status === 'ACTIVE' ? 'good' : 'bad' %>"><%= it.install.status %></span></p>
  <form method="post" action="/sandbox/set-scopes">
    <fieldset><legend>Scopes</legend>
    <% for (const { scope, granted } of it.scopes) { %><label><input type="checkbox" name="scopes" value="<%= scope %>"<% if (granted) { %> checked<% } %>> <%= scope %></label><% } %>
    </fieldset><div class="row"><button class="secondary">Change scopes</button></div>
  </form>
  <form method="post" action="/sandbox/set-consent">
    <label><input type="checkbox" name="piiConsent" value="on"<% if (it.install.piiConsent) { %> checked<% } %>> consent to share Work Emails</label>
    <div class="row"><button class="secondary">Change consent</button></div>
  </form>
  <div class="row">
    <a role="button" class="secondary" href="<%= it.consentPath %>">Reconnect (new token)</a>
    <% if (it.install.status === 'ACTIVE') { %><form method="post" action="/sandbox/revoke-install"><button class="secondary">Revoke</button></form><% } %>
  </div>
  <% } %>
  <h3>Project links</h3>
  <% if (it.links.length === 0) { %><p>None.</p><% } else { %>
  <div class="overflow-auto"><table><thead><tr><th>Project</th><th>Job</th><th>Mode</th><th>Link</th></tr></thead><tbody>
  <% for (const link of it.links) { %><tr><td><%= link.externalProjectName ?? link.externalProjectId %></td><td><%= link.job %></td><td><%= link.provisioningMode %></td><td><code><%= link.id %></code></td></tr><% } %>
  </tbody></table></div><% } %>
</section>`;

const webhookSection = `
<section id="webhooks">
  <h2>Webhooks</h2>
  <% for (const endpoint of it.endpoints) { %>
  <p><code><%= endpoint.url %></code> is <span class="state <%= endpoint.status === 'ACTIVE' ? 'good' : 'bad' %>"><%= endpoint.status %></span><%= endpoint.disabledReason === null ? '' : ': ' + endpoint.disabledReason %>,
    <%= endpoint.consecutiveFailures %> consecutive failures<br><small><%= endpoint.eventTypes.join(', ') %></small></p>
  <% } %>
  <% if (it.endpoints.length === 0) { %><p>No endpoint is registered.</p><% } %>
  <form class="row" method="post" action="/sandbox/hold-events"><button class="secondary">Hold events back</button></form>
  <form class="row" method="post" action="/sandbox/release-events">
    <label>Held back: <%= it.heldEvents %> <select name="order"><option>as-happened</option><option>reverse</option><option>shuffled</option></select></label><button class="secondary">Release</button>
  </form>
  <form class="row" method="post" action="/sandbox/drop-next-events">
    <label>Next events to drop <input name="count" inputmode="numeric" value="<%= it.dropNext %>"></label><button class="secondary">Drop</button>
  </form>
  <form class="row" method="post" action="/sandbox/advance-retries">
    <label>Retries come sooner by <select name="seconds"><option value="60">1 minute</option><option value="300">5 minutes</option><option value="1800">30 minutes</option><option value="7200">2 hours</option></select></label><button class="secondary">Go on</button>
  </form>
  <h3>Events and deliveries</h3>
  <div class="overflow-auto"><table><thead><tr><th>Event</th><th>Type</th><th>About</th><th>Sent</th><th>Attempts</th><th></th></tr></thead><tbody>
  <% for (const row of it.happenings) { %><tr><td><%= row.eventId %></td><td><%= row.type %></td><td><%= row.about %></td>
    <td><span class="state <%= row.tone %>"><%= row.state %></span></td><td><%= row.attempts %></td>
    <td><% if (row.deliveryId !== null) { %><form method="post" action="/sandbox/redeliver"><input type="hidden" name="deliveryId" value="<%= row.deliveryId %>"><button class="secondary" aria-label="Send <%= row.deliveryId %> again">Again</button></form><% } %></td></tr><% } %>
  </tbody></table></div>
</section>`;

const requestSection = `
<section id="requests">
  <h2>Requests</h2>
  <form class="row" method="post" action="/sandbox/fail-requests">
    <label>Path <input name="path" placeholder="/contracts"></label>
    <label>Answer <select name="status"><option>500</option><option>503</option><option>429</option><option>reset</option><option>cut</option></select></label>
    <label><input type="checkbox" name="html" value="on"> as a web page</label>
    <label>Times <input name="times" inputmode="numeric" value="1"></label>
    <label>Retry-After <input name="retryAfter"></label><button class="secondary">Fail</button>
  </form>
  <form class="row" method="post" action="/sandbox/clear-faults"><button class="secondary">Let everything work again</button></form>
  <div class="overflow-auto"><table><thead><tr><th>Time</th><th>Request</th><th>Status</th></tr></thead><tbody>
  <% for (const request of it.requests) { %><tr><td><%= request.at %></td><td><%= request.method %> <%= request.path %></td><td><span class="state <%= request.status < 400 ? 'good' : 'bad' %>"><%= request.status %></span></td></tr><% } %>
  </tbody></table></div>
</section>`;

export const renderControl = page<ControlPage>(
  'control',
  `<header class="top">
  <h1>OpenTrain sandbox</h1>
  <p>A stand-in for OpenTrain on this computer. Base URL: <code><%= it.baseUrl %></code></p>
</header>
${peopleSection}${grantSection}${webhookSection}${requestSection}`,
);
