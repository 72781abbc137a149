import { expect } from 'chai';
import { jobIdIn } from '../../../plugin/mirror/job-id.ts';

describe('the id of a job in what somebody pasted', () => {
  for (const [pasted, id] of [
    ['job_8f2', 'job_8f2'],
    ['  job_8f2 ', 'job_8f2'],
    ['https://app.opentrain.ai/jobs/job_8f2', 'job_8f2'],
    ['https://app.opentrain.ai/employer/jobs/job_8f2/?tab=contracts#top', 'job_8f2'],
    ['HTTPS://app.opentrain.ai/jobs/job_8f2', 'job_8f2'],
    ['https://app.opentrain.ai', 'https://app.opentrain.ai'],
    ['https://', 'https://'],
    ['jobs/job_8f2', 'jobs/job_8f2'],
    ['', ''],
  ] as const) {
    it(`is ${JSON.stringify(id)} in ${JSON.stringify(pasted)}`, () => {
      expect(jobIdIn(pasted)).to.equal(id);
    });
  }
});
