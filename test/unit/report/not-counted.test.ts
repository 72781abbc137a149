import { expect } from 'chai';
import type { TallyRow } from '../../../adapters/tool.ts';
import { notCountedLines } from '../../../plugin/report/report-not-counted.ts';

const row: TallyRow = {
  projectId: 'P',
  toolUserId: '7',
  email: null,
  day: '2031-05-19',
  tasks: 1,
  annotations: 1,
  regions: 1,
  seconds: 0,
  cappedAnnotations: 0,
  cappedSeconds: 0,
  notCounted: [{ reason: 'imported', annotations: 3, seconds: 30 }],
  editedByOthers: { annotations: 1, seconds: 50 },
};
const names = { project: (id: string) => `project ${id}`, trainer: (id: string) => `trainer ${id}`, contract: String };
const assigned = { contractId: null, otherContractIds: [], totals: { seconds: 0, tasks: 1, labels: 1 } };

describe('what the report lists as no work', () => {
  it('names each reason of a trainer, and nobody who is none', () => {
    const lines = notCountedLines(
      [
        { row, trainerId: 't', ...assigned },
        { row, trainerId: null, ...assigned },
      ],
      names,
    );
    const who = { projectId: 'P', project: 'project P', trainerId: 't', trainer: 'trainer t' };
    expect(lines).to.deep.equal([
      { ...who, reason: 'imported', annotations: 3, seconds: 30 },
      { ...who, reason: 'edited-by-others', annotations: 1, seconds: 50 },
    ]);
  });
});
