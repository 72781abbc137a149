/** The consent deep link `/integrations/{slug}/connect` (contract: "Consent deep link"). */
import express, { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { SandboxControl } from './control.ts';
import { renderApproved, renderConsent, renderMessage, scopeMeanings } from './pages/consent.ts';
import type { Platform } from './platform.ts';
import { latestInstall, type PartnerApp } from './state.ts';

const MAX_OPEN_PAGES = 100;

const deepLink = z.object({
  external_project_id: z.string().max(200).optional(),
  redirect_uri: z.string().max(2048).optional(),
  state: z.string().max(2048).optional(),
});
type DeepLink = z.output<typeof deepLink>;
const approval = deepLink.extend({ nonce: z.string(), pii_consent: z.literal('on').optional() });

/** The router for the consent page. Each page that was shown can be approved once. */
export function createConsent(platform: Platform, control: SandboxControl): Router {
  const router = Router();
  const nonces = new Set<string>();
  const { state, ids } = platform;

  router.get('/:slug/connect', (request, response) => {
    const link = readLink(deepLink, request.query, request, response, state.app);
    if (link === undefined) return;
    const nonce = ids.next('cns');
    nonces.add(nonce);
    for (const oldest of nonces) if (nonces.size > MAX_OPEN_PAGES) nonces.delete(oldest);
    response.send(
      renderConsent(`Connect ${state.app.name}`, {
        appName: state.app.name,
        description: state.app.description,
        organizationName: state.organizations.get(state.defaultOrganizationId)?.name ?? '',
        scopes: state.app.scopes.map((scope) => ({ scope, meaning: scopeMeanings[scope] })),
        connected: latestInstall(state)?.status === 'ACTIVE',
        nonce,
        fields: Object.entries(link).map(([name, value]) => ({ name, value: String(value) })),
      }),
    );
  });

  router.post('/:slug/connect', express.urlencoded({ extended: false }), (request, response) => {
    const link = readLink(approval, request.body, request, response, state.app);
    if (link === undefined) return;
    if (!nonces.delete(link.nonce)) {
      const message =
        'This page was approved already, and the token was shown then. Open the link again for a new one.';
      sendMessage(response, 409, 'Already approved', message);
      return;
    }
    const { install, token } = control.approve({ piiConsent: link.pii_consent === 'on' });
    const returnUrl = link.redirect_uri === undefined ? null : returnAddress(link, link.redirect_uri, install.id);
    response.setHeader('Cache-Control', 'no-store');
    response.send(renderApproved('Connected', { appName: state.app.name, token, returnUrl }));
  });
  return router;
}

/** Whether a platform may be returned to this address: same origin, path starting with a registered one's. */
export function isRegisteredRedirect(bases: readonly string[], redirectUri: string): boolean {
  if (!URL.canParse(redirectUri)) return false;
  const target = new URL(redirectUri);
  return bases
    .map((base) => new URL(base))
    .some((base) => base.origin === target.origin && target.pathname.startsWith(base.pathname));
}

/** The checked parameters of the deep link; undefined when an explanation was sent instead. */
function readLink<Link extends DeepLink>(
  schema: z.ZodType<Link>,
  input: unknown,
  request: Request,
  response: Response,
  app: PartnerApp,
): Link | undefined {
  const link = schema.safeParse(input);
  if (request.params.slug !== app.slug) {
    sendMessage(response, 404, 'Unknown platform', `No platform app is registered as ${String(request.params.slug)}.`);
  } else if (!app.active) {
    sendMessage(response, 403, 'Not available', `${app.name} is deactivated at OpenTrain.`);
  } else if (!link.success) {
    sendMessage(response, 400, 'This link is not valid', 'It has a parameter twice, or one that is too long.');
  } else if (link.data.redirect_uri !== undefined && !isRegisteredRedirect(app.redirectBases, link.data.redirect_uri)) {
    const message = `The platform wants you back at ${link.data.redirect_uri}, which is not among its registered redirect addresses.`;
    sendMessage(response, 400, 'This link is not valid', message);
  } else return link.data;
  return undefined;
}

function returnAddress(link: DeepLink, redirectUri: string, installId: string): string {
  const url = new URL(redirectUri);
  url.searchParams.set('opentrain_install_id', installId);
  if (link.state !== undefined) url.searchParams.set('state', link.state);
  if (link.external_project_id !== undefined) url.searchParams.set('external_project_id', link.external_project_id);
  return url.href;
}

function sendMessage(response: Response, status: number, heading: string, message: string): void {
  response.status(status).send(renderMessage(heading, { heading, message, back: null }));
}
