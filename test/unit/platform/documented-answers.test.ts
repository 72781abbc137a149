import { expect } from 'chai';
import fc from 'fast-check';
import type { z } from 'zod';
import { type Drift, readElements } from '../../../plugin/platform/drift.ts';
import { budgetSchema, contractSchema, participantSchema, projectLinkSchema } from '../../../plugin/platform/types.ts';
import { type DocumentedField, documentedObjects } from '../../support/contract-table.ts';

/** How often each list is tried; four lists make 10,000. */
const RUNS = 2_500;

const schemas: Record<string, z.ZodType> = {
  projectLink: projectLinkSchema,
  contract: contractSchema,
  participant: participantSchema,
  budget: budgetSchema,
};

type Element = Record<string, unknown>;

/** An object as documented: what may be null is null at times, what can be done without is missing at times, and new fields come. */
function conforming(fields: readonly DocumentedField[]): fc.Arbitrary<Element> {
  const values = fields.map(({ name, values, nullable, dispensable }) => [
    name,
    fc.constantFrom<unknown>(...values, ...(nullable ? [null] : []), ...(dispensable ? [undefined] : [])),
  ]);
  const model: Record<string, fc.Arbitrary<unknown>> = Object.fromEntries(values);
  return fc.record({ ...model, aNewField: fc.jsonValue() }).map((element) => ({ ...element }));
}

/** The same with one needed field that is null, gone, a number, or an unknown word where only documented ones are understood. */
function spoilt(fields: readonly DocumentedField[]): fc.Arbitrary<{ element: Element; field: string }> {
  const needed = fields.filter(({ dispensable }) => !dispensable);
  return fc
    .tuple(conforming(fields), fc.constantFrom(...needed), fc.constantFrom<unknown>(null, undefined, 7, {}, []))
    .map(([element, { name }, value]) => ({ element: { ...element, [name]: value }, field: name }));
}

describe('answers as the documentation describes them', () => {
  for (const [name, fields] of Object.entries(documentedObjects)) {
    const schema = schemas[name];
    if (!schema) throw new Error(`no schema reads ${name}`);

    it(`lists of ${name}: each readable element is used, each other one is told as drift with its place`, () => {
      const element = fc.oneof(
        conforming(fields).map((value) => ({ element: value, field: '' })),
        spoilt(fields),
      );
      fc.assert(
        fc.property(fc.array(element, { maxLength: 6 }), (elements) => {
          const drifts: Drift[] = [];
          const given = elements.map((one) => one.element);
          const read = readElements(schema, given, { call: 'GET /x', path: 'list' }, (drift) => drifts.push(drift));
          expect(read).to.have.length(elements.filter(({ field }) => field === '').length);
          const places = elements.flatMap(({ field }, index) => (field ? [`list[${index}].${field}`] : []));
          expect(drifts.map(({ path }) => path)).to.deep.equal(places);
        }),
        { numRuns: RUNS },
      );
    });
  }

  it('a contract of an unknown status is neither active nor ended', () => {
    const drifts: Drift[] = [];
    const list = [{ id: 'ctr_1', jobId: 'job_1', status: 'paused' }];
    const at = { call: 'GET /contracts', path: 'contracts' };
    expect(readElements(contractSchema, list, at, (drift) => drifts.push(drift))).to.deep.equal([]);
    expect(drifts[0]?.path).to.equal('contracts[0].status');
    expect(drifts[0]?.expected).to.match(/active.*ended/);
  });
});
