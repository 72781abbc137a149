/** How what the sandbox remembers looks from outside, to one install. */
import { computeBudget } from './budgets.ts';
import type {
  ApiBudget,
  ApiContract,
  ApiInstall,
  ApiParticipant,
  ApiProjectLink,
  ApiWebhookEndpoint,
} from './schemas.ts';
import type { Contract, Endpoint, Install, Link, State, Token, Trainer } from './state.ts';

/** The install as its token holder sees it (`GET /installs/current`). */
export function viewInstall(state: State, install: Install, token: Pick<Token, 'id' | 'name'>): ApiInstall {
  const { id, slug, name } = state.app;
  return {
    id: install.id,
    status: install.status,
    scopes: install.scopes,
    piiConsent: install.piiConsent,
    organizationId: install.organizationId,
    createdAt: install.createdAt,
    partnerApp: { id, slug, name },
    token: { id: token.id, name: token.name, scopes: install.scopes },
  };
}

/** A project link without what only the sandbox needs. */
export function viewLink({ installId: _installId, ...link }: Link): ApiProjectLink {
  return link;
}

/** A webhook endpoint without its secret. */
export function viewEndpoint({ installId: _installId, secret: _secret, ...endpoint }: Endpoint): ApiWebhookEndpoint {
  return endpoint;
}

/** This install's links on a job. */
export function linksOnJob(state: State, install: Pick<Install, 'id'>, jobId: string): Link[] {
  return [...state.links.values()].filter((link) => link.installId === install.id && link.jobId === jobId);
}

/** A contract, with the ids of this install's links on its job. */
export function viewContract(state: State, install: Pick<Install, 'id'>, contract: Contract): ApiContract {
  return {
    id: contract.id,
    status: contract.status,
    jobId: contract.jobId,
    title: contract.title,
    startDate: contract.startDate,
    endDate: contract.endDate,
    createdAt: contract.createdAt,
    projectLinkIds: linksOnJob(state, install, contract.jobId).map((link) => link.id),
  };
}

/** A trainer; `workEmail` only when both gates pass: the scope and the consent (contract: "Privacy"). */
export function viewParticipant(install: Install, trainer: Trainer): ApiParticipant {
  const { workEmail, ...open } = trainer;
  const mayKnow = install.piiConsent && install.scopes.includes('participants:email');
  return mayKnow && workEmail !== null ? { ...open, workEmail } : open;
}

/** The budget of a contract as of now. */
export function viewBudget(state: State, contract: Contract): ApiBudget {
  return computeBudget({
    contractId: contract.id,
    paymentType: state.jobs.get(contract.jobId)?.paymentType ?? null,
    milestones: contract.milestones,
    usage: contract.usage.values(),
    firstParty: contract.firstParty,
    lastUsageAt: contract.lastUsageAt,
  });
}
