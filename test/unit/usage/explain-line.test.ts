import { expect } from 'chai';
import type { ExplainedAnnotation, TallyRow } from '../../../adapters/tool.ts';
import type { Assignment } from '../../../plugin/usage/attribution.ts';
import { explainLine, type LineContext } from '../../../plugin/usage/explain-line.ts';

const annotation: ExplainedAnnotation = {
  ...{ annotationId: '1', kind: 'annotation', toolUserId: '7', projectId: 'P', taskId: '3' },
  createdAt: new Date('2031-05-20T10:00:00Z'),
  ...{ regions: 4, recordedSeconds: 30, countedSeconds: 30, leftOut: null, editedByOther: false },
};
const row: TallyRow = {
  ...{ projectId: 'P', toolUserId: '7', email: null, day: '2031-05-20', tasks: 1, annotations: 1, regions: 4 },
  ...{ seconds: 30, cappedAnnotations: 0, cappedSeconds: 0 },
};
const goesTo = (contractId: string | null): Assignment => ({
  ...{ row, trainerId: 'ada', contractId, otherContractIds: [] },
  totals: { seconds: 30, tasks: 1, labels: 1 },
});
const context: LineContext = {
  ...{ contractId: 'c1', assignment: goesTo('c1'), labelUnit: 'annotations', isLinked: true },
  maxSecondsPerAnnotation: 100,
};
const line = (change: Partial<ExplainedAnnotation> = {}, other: Partial<LineContext> = {}) => {
  const { isCounted, seconds, labels, why } = explainLine({ ...annotation, ...change }, { ...context, ...other });
  return { isCounted, seconds, labels, why };
};

describe('what one annotation adds to a day', () => {
  it('is all of it, where nothing speaks against it', () => {
    expect(line()).to.deep.equal({ isCounted: true, seconds: 30, labels: 1, why: null });
    expect(line({}, { labelUnit: 'regions' }).labels).to.equal(4);
  });

  it('is nothing, where the tally leaves it out, and says why', () => {
    expect(line({ leftOut: 'copied' })).to.deep.equal({
      ...{ isCounted: false, seconds: 0, labels: 0 },
      why: 'a copy of another annotation',
    });
    expect(line({ leftOut: 'skipped' }).why).to.equal('the task was skipped');
  });

  it('is nothing, where its project or its day belongs to no contract or to another one', () => {
    expect(line({}, { isLinked: false, assignment: undefined }).why).to.equal('its project is linked to no job');
    expect(line({}, { assignment: undefined }).why).to.match(/next sync/);
    expect(line({}, { assignment: goesTo(null) })).to.include({ isCounted: false, seconds: 0 });
    expect(line({}, { assignment: goesTo(null) }).why).to.match(/no contract/);
    expect(line({}, { assignment: goesTo('c2') }).why).to.equal('it counts for contract c2');
  });

  it('is the label and less time, where the time is another’s, none, or above the cap', () => {
    const label = { isCounted: true, labels: 1 };
    expect(line({ editedByOther: true, countedSeconds: 0 })).to.include({ ...label, seconds: 0 });
    expect(line({ editedByOther: true, countedSeconds: 0 }).why).to.match(/edited by another/);
    expect(line({ recordedSeconds: null, countedSeconds: 0 }).why).to.match(/no usable time/);
    expect(line({ recordedSeconds: -5, countedSeconds: 0 }).why).to.match(/no usable time/);
    expect(line({ recordedSeconds: 101, countedSeconds: 100 })).to.include({ ...label, seconds: 100 });
    expect(line({ recordedSeconds: 101, countedSeconds: 100 }).why).to.match(/at most 100 s/);
    expect(line({ recordedSeconds: 100, countedSeconds: 100 }).why, 'at the cap').to.equal(null);
  });

  it('is a task and no label, where it confirms one; and no time, where the tool records none', () => {
    const confirmation = { kind: 'confirmation', recordedSeconds: null, countedSeconds: null } as const;
    expect(line(confirmation)).to.deep.equal({ isCounted: true, seconds: null, labels: 0, why: null });
    expect(line({ ...confirmation, leftOut: 'bulk' }).seconds).to.equal(null);
  });
});
