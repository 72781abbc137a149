/** The control calls by name, as they are reached over HTTP: `POST /sandbox/<name>` with JSON or a form. */
import { z } from 'zod';
import type { SandboxControl } from './control.ts';
import * as inputs from './control-inputs.ts';
import { problemOfInput } from './problem.ts';

/** Checks the input and makes the call; throws a {@link Problem} when either is refused. */
export type ControlAction = (control: SandboxControl, input: unknown) => unknown;

const { id, flag, wholeNumber, amount, scopeList } = inputs.fields;
const nothing = z.object({});
const onInstall = z.object({ installId: id.optional() });

function action<Input>(
  schema: z.ZodType<Input>,
  run: (control: SandboxControl, input: Input) => unknown,
): ControlAction {
  return (control, input) => {
    const parsed = schema.safeParse(input);
    if (!parsed.success) throw problemOfInput(parsed.error);
    return run(control, parsed.data);
  };
}

export const controlActions: ReadonlyMap<string, ControlAction> = new Map(
  Object.entries({
    'create-organization': action(inputs.createOrganizationInput, (control, input) =>
      control.createOrganization(input),
    ),
    'create-job': action(inputs.createJobInput, (control, input) => control.createJob(input)),
    'create-trainer': action(inputs.createTrainerInput, (control, input) => control.createTrainer(input)),
    'update-trainer': action(inputs.updateTrainerInput, (control, { trainerId, ...changes }) =>
      control.updateTrainer(trainerId, changes),
    ),
    hire: action(inputs.hireInput, (control, input) => control.hire(input)),
    'end-contract': action(inputs.endContractInput, (control, { contractId, ...options }) =>
      control.endContract(contractId, options),
    ),
    'reopen-contract': action(inputs.reopenContractInput, (control, { contractId, ...options }) =>
      control.reopenContract(contractId, options),
    ),
    'fund-milestone': action(inputs.fundMilestoneInput, (control, { contractId, ...funding }) =>
      control.fundMilestone(contractId, funding),
    ),
    'work-first-party': action(inputs.firstPartyInput, (control, { contractId, ...work }) =>
      control.workFirstParty(contractId, work),
    ),
    'remove-trainer-from-contract': action(z.object({ contractId: id }), (control, { contractId }) =>
      control.removeTrainerFromContract(contractId),
    ),
    reconnect: action(inputs.approveInput, (control, input) => control.reconnect(input)),
    'revoke-old-grant': action(z.object({ organizationId: id.optional() }), (control, { organizationId }) =>
      control.revokeOldGrant(organizationId),
    ),
    'set-install-active': action(onInstall.extend({ active: flag.default(false) }), (control, { active, installId }) =>
      control.setInstallActive(active, installId),
    ),
    'revoke-install': action(onInstall, (control, { installId }) => control.revokeInstall(installId)),
    'set-scopes': action(onInstall.extend({ scopes: scopeList.default([]) }), (control, { scopes, installId }) =>
      control.setScopes(scopes, installId),
    ),
    'set-consent': action(onInstall.extend({ piiConsent: flag.default(false) }), (control, input) =>
      control.setConsent(input.piiConsent, input.installId),
    ),
    'forget-tokens': action(onInstall, (control, { installId }) => control.forgetTokens(installId)),
    'update-app': action(inputs.updateAppInput, (control, input) => control.updateApp(input)),
    'set-feature': action(z.object({ enabled: flag.default(false), organizationId: id.optional() }), (control, input) =>
      control.setFeature(input.enabled, input.organizationId),
    ),
    'set-link-limit': action(z.object({ limit: wholeNumber }), (control, { limit }) => control.setLinkLimit(limit)),
    'hold-events': action(nothing, (control) => control.holdEvents()),
    'release-events': action(inputs.releaseInput, (control, { order, seed }) => control.releaseEvents(order, seed)),
    'drop-next-events': action(z.object({ count: wholeNumber }), (control, { count }) => control.dropNextEvents(count)),
    'set-event-faults': action(inputs.eventFaultsInput, (control, input) => control.setEventFaults(input)),
    'advance-retries': action(z.object({ seconds: amount }), (control, { seconds }) => control.advanceRetries(seconds)),
    redeliver: action(z.object({ deliveryId: id }), (control, { deliveryId }) => control.redeliver(deliveryId)),
    settled: action(nothing, (control) => control.settled()),
    'fail-requests': action(inputs.failRequestsInput, (control, input) => control.failRequests(input)),
    'spoil-answers': action(inputs.spoilAnswersInput, (control, input) => control.spoilAnswers(input)),
    'delay-requests': action(inputs.delayRequestsInput, (control, input) => control.delayRequests(input)),
    'clear-faults': action(nothing, (control) => control.clearFaults()),
    'request-log': action(nothing, (control) => control.requestLog()),
    'clear-request-log': action(nothing, (control) => control.clearRequestLog()),
  }),
);
