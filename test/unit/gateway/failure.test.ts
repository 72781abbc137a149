import { expect } from 'chai';
import { ToolRefused, ToolUnavailable } from '../../../adapters/errors.ts';
import { AnotherDatabase } from '../../../plugin/access/tool-database.ts';
import { failureOf } from '../../../plugin/gateway/failure.ts';

describe('what a person reads when the gateway cannot pass a request on', () => {
  const rows: [unknown, number, RegExp][] = [
    [new AnotherDatabase(), 503, /until its admin has confirmed it/],
    [new ToolRefused('TOOL_DATABASE_URL is wrong', 'Set it.'), 503, /settings are not right/],
    [new ToolUnavailable('no answer from 10.0.0.1'), 503, /Try again in a minute/],
    [new TypeError('of ours'), 502, /Try again in a minute/],
  ];
  for (const [error, status, words] of rows) {
    it(`${(error as Error).name}: ${status}, without details`, () => {
      const failure = failureOf(error);
      expect(failure.status).to.equal(status);
      expect(failure.message).to.match(words);
      expect(JSON.stringify(failure)).not.to.match(/TOOL_|database|10\.0/i);
    });
  }
});
