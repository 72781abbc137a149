/** Control: the platform app, installs and their tokens, scopes and consent. */
import type { Scope } from '../../platform/types.ts';
import type { Platform } from './platform.ts';
import { Problem } from './problem.ts';
import { hashToken, type Install, latestInstall, type PartnerApp } from './state.ts';
import { viewInstall } from './views.ts';

export interface ApproveOptions {
  /** The employer who approves; the default one when left out. */
  organizationId?: string | undefined;
  /** Default: what the app asks for. */
  scopes?: readonly Scope[] | undefined;
  /** Default true. */
  piiConsent?: boolean | undefined;
  /** Links and endpoints of the old grant move to the new one (default). What OpenTrain does here is not documented. */
  carryOver?: boolean | undefined;
  /** A token of one's own, for scripts; default: a new one. */
  token?: string | undefined;
}

export interface Grant {
  install: Install;
  /** Shown here only. */
  token: string;
}

export interface AppChanges {
  /** A deactivated app answers 403 to every install. */
  active?: boolean | undefined;
  name?: string | undefined;
  /** What the next approval grants; existing installs keep what they have. */
  scopes?: Scope[] | undefined;
  redirectBases?: string[] | undefined;
}

export interface GrantControl {
  /**
   * The owner approves, for the first time or again: a new install with a new token. An active older one of the same employer is
   * revoked, with `install.revoked`, and its token answers 403 from then on (contract: "Consent deep link").
   */
  approve(options?: ApproveOptions): Grant;
  /** The same, by its usual name: the customer connects again. */
  reconnect(options?: ApproveOptions): Grant;
  /** The customer disconnects: `install.revoked`, then 403. Default: the newest install of the default employer. */
  revokeInstall(installId?: string): Install;
  /** Changes an install's scopes or consent in place, so that a missing one can be played. */
  setScopes(scopes: readonly Scope[], installId?: string): Install;
  setConsent(piiConsent: boolean, installId?: string): Install;
  /** Makes the token unknown (401) without revoking the install. */
  forgetTokens(installId?: string): void;
  /** What is left out stays. */
  updateApp(changes: AppChanges): PartnerApp;
  /** The annotation-platform feature on an employer's account. */
  setFeature(enabled: boolean, organizationId?: string): void;
  setLinkLimit(limit: number): void;
}

/** The control calls on grants of a running sandbox. */
export function createGrantControl(platform: Platform): GrantControl {
  const { state } = platform;
  const install = (installId: string | undefined): Install => {
    const wanted = installId === undefined ? latestInstall(state) : state.installs.get(installId);
    if (wanted === undefined) throw new Problem('NOT_FOUND', `The sandbox has no install ${installId ?? 'yet'}.`);
    return wanted;
  };
  const change = (installId: string | undefined, changes: Partial<Install>): Install =>
    Object.assign(install(installId), changes);
  return {
    approve: (options = {}) => approve(platform, options),
    reconnect: (options = {}) => approve(platform, options),
    revokeInstall: (installId) => revoke(platform, install(installId)),
    setScopes: (scopes, installId) => change(installId, { scopes: [...scopes] }),
    setConsent: (piiConsent, installId) => change(installId, { piiConsent }),
    forgetTokens: (installId) => {
      const { id } = install(installId);
      for (const [hash, token] of state.tokens) if (token.installId === id) state.tokens.delete(hash);
    },
    updateApp: ({
      active = state.app.active,
      name = state.app.name,
      scopes = state.app.scopes,
      redirectBases = state.app.redirectBases,
    }) => Object.assign(state.app, { active, name, scopes, redirectBases }),
    setFeature: (enabled, organizationId = state.defaultOrganizationId) => {
      const organization = state.organizations.get(organizationId);
      if (organization === undefined) throw new Problem('NOT_FOUND', `The sandbox has no employer ${organizationId}.`);
      organization.featureEnabled = enabled;
    },
    setLinkLimit: (limit) => {
      state.linkLimit = limit;
    },
  };
}

function approve(platform: Platform, options: ApproveOptions): Grant {
  const { state, ids, clock } = platform;
  const organizationId = options.organizationId ?? state.defaultOrganizationId;
  if (!state.organizations.has(organizationId)) {
    throw new Problem('NOT_FOUND', `The sandbox has no employer ${organizationId}.`);
  }
  const previous = latestInstall(state, organizationId);
  if (previous?.status === 'ACTIVE') revoke(platform, previous);
  const install: Install = {
    id: ids.next('inst'),
    organizationId,
    status: 'ACTIVE',
    scopes: [...(options.scopes ?? state.app.scopes)],
    piiConsent: options.piiConsent ?? true,
    createdAt: clock.now().toISOString(),
  };
  state.installs.set(install.id, install);
  const token = options.token ?? ids.secret('ot_ptk_');
  state.tokens.set(hashToken(token), { id: ids.next('tok'), name: 'Partner token', installId: install.id });
  if (previous !== undefined && options.carryOver !== false) {
    for (const owned of [...state.links.values(), ...state.endpoints.values()]) {
      if (owned.installId === previous.id) owned.installId = install.id;
    }
  }
  return { install, token };
}

function revoke({ state, events }: Platform, install: Install): Install {
  if (install.status === 'REVOKED') throw new Problem('CONFLICT', `Install ${install.id} was revoked already.`);
  const token = [...state.tokens.values()].find((candidate) => candidate.installId === install.id);
  const view = viewInstall(state, install, token ?? { id: '', name: '' });
  events.installRevoked(install, { ...view, status: 'REVOKED' });
  install.status = 'REVOKED';
  return install;
}
