import { expect } from 'chai';
import { readAudit } from '../support/known-vulnerabilities.ts';

describe('the audit of the packages that come along', () => {
  it('names what is vulnerable', () => {
    const vulnerabilities = { express: { name: 'express', severity: 'high', range: '<5.0.0', via: [] } };
    const { vulnerable, words } = readAudit(JSON.stringify({ auditReportVersion: 2, vulnerabilities }));
    expect(vulnerable).to.deep.equal(['express <5.0.0 (high)']);
    expect(words).to.include('express');
  });

  it('is passed when nothing is known', () => {
    expect(readAudit('{"auditReportVersion":2,"vulnerabilities":{}}').vulnerable).to.deep.equal([]);
  });

  it('says that nothing was audited where the registry gives no report', () => {
    for (const output of ['', 'npm error', '{"statusCode":405,"message":"405 Method Not Allowed"}'])
      expect(readAudit(output))
        .to.deep.include({ vulnerable: null })
        .and.to.have.property('words')
        .that.includes('no report');
  });
});
