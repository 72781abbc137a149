/**
 * Approving, reconnecting and revoking (contract: "Consent deep link", "Unknown: right whichever way it is"). What OpenTrain
 * carries over from one grant to the next is not documented, so each way can be played.
 */
import type { Platform } from './platform.ts';
import { Problem } from './problem.ts';
import { hashToken, type Install, latestInstall, type Token } from './state.ts';
import { viewInstall } from './views.ts';
import type { Scope } from './vocabulary.ts';

export interface ApproveOptions {
  /** The employer who approves; the default one when left out. */
  organizationId?: string | undefined;
  /** Default: what the app asks for. */
  scopes?: readonly Scope[] | undefined;
  /** Default true. */
  piiConsent?: boolean | undefined;
  /** A token of one's own, for scripts; default: a new one. */
  token?: string | undefined;
  /** Whether the grant gets a new install id (default) or keeps that of the grant before. */
  installId?: 'new' | 'same' | undefined;
  /** false: the default of `links` and `endpoints` is `gone`. Default true: it is `kept`. */
  carryOver?: boolean | undefined;
  /** `new-ids`: the same links under other ids. */
  links?: 'kept' | 'new-ids' | 'gone' | undefined;
  endpoints?: 'kept' | 'gone' | undefined;
  /** `gone`: contracts that the old grant saw are unknown to the new one, whatever it links. Default `kept`. */
  contracts?: 'kept' | 'gone' | undefined;
  /** `live`: the old token works on until {@link revokeOldGrant}. Default `revoked`. */
  oldToken?: 'revoked' | 'live' | undefined;
}

export interface Grant {
  install: Install;
  /** Shown here only. */
  token: string;
}

/** The owner approves, for the first time or again. Throws a {@link Problem} for an unknown employer. */
export function approve(platform: Platform, options: ApproveOptions): Grant {
  const { state, ids } = platform;
  const organizationId = options.organizationId ?? state.defaultOrganizationId;
  if (!state.organizations.has(organizationId)) {
    throw new Problem('NOT_FOUND', `The sandbox has no employer ${organizationId}.`);
  }
  const previous = latestInstall(state, organizationId);
  const seen = previous === undefined ? [] : contractsSeenBy(platform, previous);
  if (previous !== undefined && options.oldToken !== 'live') endGrant(platform, previous);
  const install = grantedInstall(platform, organizationId, previous, options);
  const token = options.token ?? ids.secret('ot_ptk_');
  state.tokens.set(hashToken(token), {
    id: ids.next('tok'),
    name: 'Partner token',
    installId: install.id,
    revoked: false,
  });
  if (previous !== undefined) carryOver(platform, previous, install, options);
  if (options.contracts === 'gone') install.hiddenContractIds.push(...seen);
  return { install, token };
}

/** Ends whatever an employer's earlier approvals left working, with `install.revoked`; the newest grant stays. */
export function revokeOldGrant(platform: Platform, organizationId: string): void {
  const { state } = platform;
  const newest = latestInstall(state, organizationId);
  if (newest === undefined) throw new Problem('NOT_FOUND', 'The sandbox has no install yet.');
  for (const install of state.installs.values()) {
    if (install !== newest && install.organizationId === organizationId) endGrant(platform, install);
  }
  const [current, ...older] = liveTokens(platform, newest).reverse();
  if (current === undefined || older.length === 0) return;
  tellRevoked(platform, newest);
  for (const token of older) token.revoked = true;
}

/** The customer disconnects. Throws a CONFLICT {@link Problem} when that was done already. */
export function revoke(platform: Platform, install: Install): Install {
  if (install.status === 'REVOKED') throw new Problem('CONFLICT', `Install ${install.id} was revoked already.`);
  endGrant(platform, install);
  return install;
}

function grantedInstall(
  { state, ids, clock }: Platform,
  organizationId: string,
  previous: Install | undefined,
  options: ApproveOptions,
): Install {
  const granted = {
    status: 'ACTIVE' as const,
    scopes: [...(options.scopes ?? state.app.scopes)],
    piiConsent: options.piiConsent ?? true,
  };
  if (previous !== undefined && options.installId === 'same') return Object.assign(previous, granted);
  const install: Install = {
    id: ids.next('inst'),
    organizationId,
    createdAt: clock.now().toISOString(),
    successorId: null,
    hiddenContractIds: [],
    ...granted,
  };
  state.installs.set(install.id, install);
  if (previous !== undefined) previous.successorId = install.id;
  return install;
}

/** Moves what is kept. What is gone stays with a grant of another id, and is deleted where the id stays the same. */
function carryOver({ state, ids }: Platform, previous: Install, install: Install, options: ApproveOptions): void {
  const usual = options.carryOver === false ? 'gone' : 'kept';
  const { links = usual, endpoints = usual } = options;
  for (const link of [...state.links.values()].filter(({ installId }) => installId === previous.id)) {
    if (links !== 'gone') link.installId = install.id;
    if (links === 'new-ids' || previous === install) state.links.delete(link.id);
    if (links === 'new-ids') link.id = ids.next('plink');
    if (links !== 'gone') state.links.set(link.id, link);
  }
  for (const endpoint of [...state.endpoints.values()].filter(({ installId }) => installId === previous.id)) {
    if (endpoints === 'kept') endpoint.installId = install.id;
    else if (previous === install) state.endpoints.delete(endpoint.id);
  }
}

function endGrant(platform: Platform, install: Install): void {
  if (install.status !== 'REVOKED') tellRevoked(platform, install);
  install.status = 'REVOKED';
  for (const token of liveTokens(platform, install)) token.revoked = true;
}

function tellRevoked(platform: Platform, install: Install): void {
  const token = liveTokens(platform, install)[0] ?? { id: '', name: '' };
  platform.events.installRevoked(install, { ...viewInstall(platform.state, install, token), status: 'REVOKED' });
}

function liveTokens({ state }: Platform, install: Install): Token[] {
  return [...state.tokens.values()].filter(({ installId, revoked }) => installId === install.id && !revoked);
}

function contractsSeenBy({ state }: Platform, install: Install): string[] {
  const jobIds = new Set([...state.links.values()].filter((l) => l.installId === install.id).map(({ jobId }) => jobId));
  return [...state.contracts.values()].filter(({ jobId }) => jobIds.has(jobId)).map(({ id }) => id);
}
