/** Contracts, their participants and budgets: reading (contract: "Contracts"). */
import { z } from 'zod';
import { found, operation } from '../operations.ts';
import type { Platform } from '../platform.ts';
import { listContractsQuery } from '../requests.ts';
import { budgetSchema, contractSchema, participantSchema } from '../schemas.ts';
import type { Contract, Install } from '../state.ts';
import { linksOnJob, viewBudget, viewContract, viewParticipant } from '../views.ts';

const notFound = { NOT_FOUND: 'No such contract, or its job is not linked by this install.' };

/** A contract whose job this install has linked; NOT_FOUND for any other. */
export function linkedContract({ state }: Platform, install: Install, id: string): Contract {
  const contract = state.contracts.get(id);
  const linked =
    contract !== undefined &&
    !install.hiddenContractIds.includes(id) &&
    linksOnJob(state, install, contract.jobId).length > 0;
  return found(linked ? contract : undefined, 'Contract');
}

function listContracts(
  { state }: Platform,
  install: Install,
  query: z.output<typeof listContractsQuery>,
): z.output<typeof contractSchema>[] {
  const links = [...state.links.values()].filter((link) => link.installId === install.id);
  const { projectLinkId, status, limit } = query;
  const wanted = projectLinkId === undefined ? links : links.filter((link) => link.id === projectLinkId);
  if (projectLinkId !== undefined) found(wanted[0], 'Project link');
  const jobIds = new Set(wanted.map((link) => link.jobId));
  return [...state.contracts.values()]
    .reverse()
    .filter((contract) => jobIds.has(contract.jobId) && !install.hiddenContractIds.includes(contract.id))
    .filter((contract) => status === undefined || contract.status === status)
    .slice(0, limit)
    .map((contract) => viewContract(state, install, contract));
}

export const contractOperations = [
  operation({
    operationId: 'listContracts',
    method: 'get',
    path: '/contracts',
    scope: 'contracts:read',
    summary: 'Contracts on jobs that this install has linked, newest first, at most 200; there are no further pages.',
    problems: { BAD_REQUEST: '`status` or `limit` not valid.', NOT_FOUND: 'Unknown `projectLinkId`.' },
    query: listContractsQuery,
    response: z.strictObject({ contracts: z.array(contractSchema) }),
    handle: (platform, { install }, { query }) => ({ contracts: listContracts(platform, install, query) }),
  }),
  operation({
    operationId: 'listParticipants',
    method: 'get',
    path: '/contracts/{contractId}/participants',
    scope: 'participants:read',
    summary: 'Who works on a contract.',
    problems: notFound,
    response: z.strictObject({ contractId: z.string(), participants: z.array(participantSchema) }),
    handle: (platform, { install }, { id }) => {
      const contract = linkedContract(platform, install, id);
      const trainer = platform.state.trainers.get(contract.trainerId ?? '');
      return { contractId: id, participants: trainer === undefined ? [] : [viewParticipant(install, trainer)] };
    },
  }),
  operation({
    operationId: 'getBudget',
    method: 'get',
    path: '/contracts/{contractId}/budget',
    scope: 'contracts:read',
    summary: 'How much of the funded work is used up.',
    problems: notFound,
    response: budgetSchema,
    handle: (platform, { install }, { id }) => viewBudget(platform.state, linkedContract(platform, install, id)),
  }),
];
