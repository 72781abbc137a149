/**
 * OpenTrain's objects as its documentation describes them: a second reading, apart from the client's schemas. Field, an example,
 * whether null is documented, and whether the plugin can do without it.
 */
export interface DocumentedField {
  name: string;
  /** Values as documented. */
  values: readonly unknown[];
  nullable?: boolean;
  /** An object without it can be read all the same. */
  dispensable?: boolean;
}

const instant = { values: ['2026-06-12T10:00:00.000Z', '2031-01-01T00:00:00.000Z'] };
const id = (name: string): DocumentedField => ({ name, values: [`${name}_1`, `${name}_2`] });
const words = (name: string): DocumentedField => ({ name, values: ['Label cats', ''], dispensable: true });
const amount = (name: string): DocumentedField => ({ name, values: [0, 0.8, 120], dispensable: true });

export const documentedObjects: Readonly<Record<string, readonly DocumentedField[]>> = {
  projectLink: [
    id('id'),
    { ...id('jobId'), nullable: true, dispensable: true },
    id('externalProjectId'),
    { ...words('externalProjectName'), nullable: true },
    { ...words('externalProjectUrl'), nullable: true },
    { name: 'provisioningMode', values: ['PARTNER_WEBHOOK', 'MANAGED_ADAPTER'], dispensable: true },
    { name: 'createdAt', ...instant, dispensable: true },
  ],
  contract: [
    id('id'),
    { name: 'status', values: ['active', 'ended'] },
    id('jobId'),
    words('title'),
    { name: 'startDate', ...instant, dispensable: true },
    { name: 'endDate', ...instant, nullable: true, dispensable: true },
    { name: 'createdAt', ...instant, dispensable: true },
    { name: 'projectLinkIds', values: [[], ['plink_1']], dispensable: true },
  ],
  participant: [
    id('opentrainUserId'),
    words('displayName'),
    { ...words('country'), nullable: true },
    words('profileUrl'),
    { name: 'workEmail', values: ['ada@opentrain.work'], dispensable: true },
  ],
  budget: [
    id('contractId'),
    {
      name: 'paymentType',
      values: ['PAY_PER_HOUR', 'PAY_PER_LABEL', 'FIXED_PRICE'],
      nullable: true,
      dispensable: true,
    },
    { name: 'state', values: ['OK', 'LOW', 'DEPLETED'] },
    amount('fundedVolume'),
    amount('fundedAmountUsd'),
    { name: 'consumed', values: [{ seconds: 1, hours: 0.5, labels: 2, tasks: 3 }], dispensable: true },
    amount('consumedVolume'),
    amount('remainingVolume'),
    amount('consumedFraction'),
    {
      name: 'activeMilestone',
      values: [{ id: 'ms_1', name: 'One', amountUsd: 10, volume: null, status: 'ACTIVE_FUNDED' }],
      nullable: true,
      dispensable: true,
    },
    { name: 'lastUsageAt', ...instant, nullable: true, dispensable: true },
  ],
};
