import { expect } from 'chai';
import { OpenTrainRefused, OpenTrainUnavailable } from '../../../plugin/platform/errors.ts';
import { isGone } from '../../../plugin/platform/is-gone.ts';

const refused = (status: number): OpenTrainRefused =>
  new OpenTrainRefused({ call: 'GET /x', status, code: '', message: 'no', requestId: null });

describe('An object of OpenTrain is gone', () => {
  it('when it is answered with a 404', () => expect(isGone(refused(404))).to.equal(true));

  for (let status = 400; status < 500; status += 1) {
    if (status === 404) continue;
    it(`not when it is answered with a ${status}`, () => expect(isGone(refused(status))).to.equal(false));
  }

  it('not when OpenTrain does not answer, or when something else fails', () => {
    expect(isGone(new OpenTrainUnavailable('GET /x', 'no', { status: 404 }))).to.equal(false);
    expect(isGone(new Error('404'))).to.equal(false);
  });
});
