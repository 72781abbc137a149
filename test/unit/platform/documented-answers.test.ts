import { expect } from 'chai';
import fc from 'fast-check';
import type { z } from 'zod';
import { type Drift, readElements } from '../../../plugin/platform/drift.ts';
import { operations } from '../../../plugin/platform/operations.ts';
import {
  budgetSchema,
  contractSchema,
  installSchema,
  participantSchema,
  projectLinkSchema,
  webhookEndpointSchema,
} from '../../../plugin/platform/types.ts';
import { type DocumentedField, documentedEndpoints, documentedObjects } from '../../support/contract-table.ts';

/** How often each list is tried; six lists make 10,200. */
const RUNS = 1_700;

const schemas: Record<string, z.ZodType> = {
  projectLink: projectLinkSchema,
  contract: contractSchema,
  participant: participantSchema,
  budget: budgetSchema,
  install: installSchema,
  webhookEndpoint: webhookEndpointSchema,
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

  for (const [name, fields] of Object.entries(documentedObjects)) {
    const right = Object.fromEntries(fields.map(({ name: field, values }) => [field, values[0]]));
    const schema = schemas[name];
    for (const { name: field, shown, dispensable } of fields) {
      it(`${name}.${field} spoilt alone is told, and ${shown ? 'left out of' : 'never guessed in'} the element`, () => {
        const drifts: Drift[] = [];
        const spoiltOne = { ...right, [field]: Symbol('unreadable') };
        const at = { call: 'GET /x', path: 'list' };
        if (!schema) throw new Error(`no schema reads ${name}`);
        const read = readElements(schema, [right, spoiltOne, right], at, (drift) => drifts.push(drift));
        expect(read).to.have.length(shown ? 3 : 2);
        expect(drifts.map(({ path }) => path)).to.deep.equal([`list[1].${field}`]);
        expect(drifts[0]?.expected).to.match(/expected|Invalid/);
        for (const nothing of dispensable ? [null, undefined] : []) {
          const told: Drift[] = [];
          const without = { ...right, [field]: nothing };
          expect(readElements(schema, [without], at, (drift) => told.push(drift))).to.have.length(1);
          expect(told).to.deep.equal([]);
        }
      });
    }
  }

  it('an active milestone that cannot be read is told with its place, and the budget is used', () => {
    const drifts: Drift[] = [];
    const list = [{ contractId: 'ctr_1', state: 'LOW', activeMilestone: { id: 7 } }];
    const read = readElements(budgetSchema, list, { call: 'GET /x', path: 'list' }, (drift) => drifts.push(drift));
    expect(read[0]).to.include({ state: 'LOW' });
    expect(read[0]).not.to.have.property('activeMilestone');
    expect(drifts.map(({ path }) => path)).to.deep.equal(['list[0].activeMilestone.id']);
  });

  it('are documented for every operation that the plugin uses', () => {
    const documented = documentedEndpoints.map(({ method, path }) => `${method} ${path}`);
    const used = Object.values(operations).map(({ method, path }) => `${method} ${path.replace(/\{\w+\}/, '{id}')}`);
    expect([...documented].sort()).to.deep.equal(used.sort());
  });

  it('a contract of an unknown status is neither active nor ended', () => {
    const drifts: Drift[] = [];
    const list = [{ id: 'ctr_1', jobId: 'job_1', status: 'paused' }];
    const at = { call: 'GET /contracts', path: 'contracts' };
    expect(readElements(contractSchema, list, at, (drift) => drifts.push(drift))).to.deep.equal([]);
    expect(drifts[0]?.path).to.equal('contracts[0].status');
    expect(drifts[0]?.expected).to.match(/active.*ended/);
  });
});
