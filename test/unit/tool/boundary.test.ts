import { expect } from 'chai';
import {
  AccountExists,
  PasswordRefused,
  ToolError,
  type ToolErrorCode,
  ToolRefused,
  ToolUnable,
  ToolUnavailable,
} from '../../../adapters/errors.ts';
import type { ToolAdapter } from '../../../adapters/tool.ts';
import { guarded } from '../../../plugin/tool/boundary.ts';
import { ModelTool } from '../../support/model-tool.ts';
import { thrownBy } from '../../support/thrown.ts';

const SECRET = 'token-0123456789';
const member = { email: 'a@opentrain.work', displayName: 'A', password: 'correct horse', places: [] };

/** A tool's adapter with one method replaced, behind the boundary. */
function behind(change: Partial<Record<keyof ToolAdapter, unknown>>, timeoutSeconds = 1): ToolAdapter {
  const adapter: ToolAdapter = Object.assign<ToolAdapter, object>(new ModelTool(), change);
  return guarded(adapter, { name: 'elsewhere', secrets: [SECRET, 'postgres://a:pw@db/x'], timeoutSeconds });
}

async function thrown(error: unknown): Promise<ToolError> {
  const caught = await thrownBy(
    behind({
      createMember: async () => {
        throw error;
      },
    }).createMember(member),
  );
  if (!(caught instanceof ToolError)) throw caught;
  return caught;
}

describe('the boundary to an adapter', () => {
  const axiosLike = Object.assign(new Error(`connect ECONNREFUSED with ${SECRET}`), {
    code: 'ECONNREFUSED',
    config: { headers: { Authorization: SECRET } },
  });
  const cases: [string, unknown, ToolErrorCode, unknown][] = [
    ['by its code', Object.assign(new Error('away'), { code: 'unavailable' }), 'unavailable', ToolUnavailable],
    ['a plain object', { code: 'refused', message: 'no', remedy: 'ask' }, 'refused', ToolRefused],
    [
      'with a capability',
      Object.assign(new Error('no'), { code: 'unable', capability: 'tally' }),
      'unable',
      ToolUnable,
    ],
    [
      'an unknown capability',
      Object.assign(new Error('no'), { code: 'unable', capability: 'fly' }),
      'refused',
      ToolRefused,
    ],
    ['by its name', Object.assign(new Error('there'), { name: 'AccountExists' }), 'account-exists', AccountExists],
    ['a refused password', new PasswordRefused('too common'), 'password-refused', PasswordRefused],
    ['a socket’s error', axiosLike, 'unavailable', ToolUnavailable],
    ['an aborted call', AbortSignal.abort().reason, 'unavailable', ToolUnavailable],
    ['a bug', new TypeError(`x is not a function ${SECRET}`), 'fault', ToolError],
    ['no error at all', 'a string', 'fault', ToolError],
    ['an unknown code', Object.assign(new Error('?'), { code: 'sleepy' }), 'fault', ToolError],
  ];
  for (const [what, error, code, kind] of cases) {
    it(`reads ${what} as ${code}`, async () => {
      const read = await thrown(error);
      expect(read).to.be.instanceOf(kind).and.have.property('code', code);
      expect(`${read.stack} ${read.message} ${JSON.stringify(read)}`).to.not.include(SECRET);
      expect(read.cause).to.equal(undefined);
    });
  }

  it('blots out the password that the call was given, and names adapter and method of a fault', async () => {
    const fault = await thrown(new RangeError(`bad ${member.password} at postgres://a:pw@db/x`));
    expect(fault.message).to.include('elsewhere').and.include('createMember').and.not.include(member.password);
    expect(fault.message).to.not.include('a:pw@');
    expect(fault.remedy).to.include('authors');
  });

  it('keeps the remedy', async () => {
    expect((await thrown(new ToolRefused('no', 'ask the owner'))).remedy).to.equal('ask the owner');
  });

  it('stops waiting for what hangs', async () => {
    const hung = behind({ tally: () => new Promise(() => undefined) }, 0.05);
    const query = { projectIds: [], from: new Date(0), until: new Date(0), offsets: [], maxSecondsPerAnnotation: 1 };
    expect(await thrownBy(hung.tally(query)))
      .to.be.instanceOf(ToolUnavailable)
      .with.property('message')
      .that.includes('tally within 0.05 s');
  });

  it('takes what is thrown before the first await as a rejection', async () => {
    const early = behind({
      findProject: () => {
        throw new ToolUnavailable('away');
      },
    });
    const answer = early.findProject('1');
    expect(await thrownBy(answer)).to.be.instanceOf(ToolUnavailable);
  });

  const wrong: [keyof ToolAdapter, unknown, string][] = [
    ['listProjects', [{ id: 1, title: 'x' }], '0.id'],
    ['findAccounts', [{ toolUserId: '', email: null }], '0.toolUserId'],
    ['tally', [{ projectId: '1', toolUserId: '1', email: null, day: 'today' }], '0.day'],
    ['describe', { product: 'X', version: '1', capabilities: {}, remedies: {} }, 'capabilities.accessLevel'],
    ['projectUrl', undefined, 'answer'],
  ];
  for (const [method, answer, where] of wrong) {
    it(`tells a wrong answer of ${method} as a fault, with where it is wrong`, async () => {
      const adapter = behind({ [method]: method === 'projectUrl' ? () => answer : async () => answer });
      const error = await thrownBy((async () => Reflect.apply(adapter[method] ?? (() => undefined), adapter, ['1']))());
      expect(error).to.be.instanceOf(ToolError).and.include({ code: 'fault' });
      expect(error).to.have.property('message').that.includes(where);
    });
  }
});
