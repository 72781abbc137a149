/** Control: the platform app, installs and their tokens, scopes and consent. */
import type { Platform } from './platform.ts';
import { Problem } from './problem.ts';
import { type ApproveOptions, approve, type Grant, revoke, revokeOldGrant } from './reconnect.ts';
import { type Install, latestInstall, type PartnerApp } from './state.ts';
import type { Scope } from './vocabulary.ts';

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
   * The owner approves, for the first time or again: by default a new install with a new token, to which links and endpoints move.
   * An active older one of the same employer is revoked, with `install.revoked`, and its token answers 401 from then on.
   */
  approve(options?: ApproveOptions): Grant;
  /** The same, by its usual name: the customer connects again. */
  reconnect(options?: ApproveOptions): Grant;
  /** Revokes what a reconnect with `oldToken: 'live'` left working. Default: of the default employer. */
  revokeOldGrant(organizationId?: string): void;
  /** The customer disconnects: `install.revoked`, then 401. Default: the newest install of the default employer. */
  revokeInstall(installId?: string): Install;
  /** OpenTrain deactivates the install (403), or activates it again. Nothing is emitted. */
  setInstallActive(active: boolean, installId?: string): Install;
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
    revokeOldGrant: (organizationId = state.defaultOrganizationId) => revokeOldGrant(platform, organizationId),
    revokeInstall: (installId) => revoke(platform, install(installId)),
    setInstallActive: (active, installId) => change(installId, { status: active ? 'ACTIVE' : 'INACTIVE' }),
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
