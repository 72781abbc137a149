/**
 * OpenTrain's words as its documentation spells them. The sandbox has its own copy: a word that the plugin spells wrongly is then
 * refused here.
 */

export const scopes = [
  'project-links:read',
  'project-links:write',
  'contracts:read',
  'participants:read',
  'participants:email',
  'usage:write',
  'webhooks:manage',
] as const;
export type Scope = (typeof scopes)[number];

export const eventTypes = [
  'contract.started',
  'contract.ended',
  'project_link.created',
  'project_link.removed',
  'install.revoked',
  'milestone.funded',
  'milestone.budget_low',
  'milestone.budget_depleted',
] as const;
export type EventType = (typeof eventTypes)[number];

export const provisioningModes = ['PARTNER_WEBHOOK', 'MANAGED_ADAPTER'] as const;
