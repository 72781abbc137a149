/**
 * Every route of doccano, from its own URL table, decided as for a trainer about their own project, a foreign one, and their own with a
 * foreign example: what passes is what `docs/gateway.md` lists.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { doccanoGateway } from '../../../adapters/doccano/gateway.ts';
import type { Whereabouts } from '../../../adapters/gateway.ts';
import { type Decision, decide, type GatewayRequest, thingKey } from '../../../plugin/gateway/decide.ts';
import { type ToolRoute, toolRoutes } from '../../support/tool-routes.ts';

const OWN = '1';
const FOREIGN = '2';
const ann = { toolUserId: '7', projects: new Set([OWN]) };

/** Things with the number 1 are Ann's in her project, those with the number 2 are in the foreign one. */
function whereaboutsOf(id: string): Whereabouts | null {
  if (id === OWN) return { projectId: OWN, ownerId: ann.toolUserId };
  return id === FOREIGN ? { projectId: FOREIGN, ownerId: '8' } : null;
}

function decisionOn(asked: GatewayRequest): Decision['value'] {
  const known = new Map<string, Whereabouts | null>();
  for (;;) {
    const decision = decide(doccanoGateway, asked, ann, known);
    if (decision.value !== 'look-up') return decision.value;
    for (const thing of decision.things) known.set(thingKey(thing), whereaboutsOf(thing.id));
  }
}

/** What passes when the project has this number, and everything else that one. */
function passing(routes: readonly ToolRoute[], project: string, other: string): string[] {
  return routes.flatMap(({ path, methods }) => {
    const filled = path
      .replace(':project_id', project)
      .replaceAll(/:\w+\*?/g, other)
      .replaceAll(/[()*]/g, 'x');
    return methods
      .filter((method) => {
        const hasBody = method !== 'GET' && method !== 'DELETE';
        const query = new URLSearchParams({ example: other });
        const asked = { method, path: filled, query, hasBody, ...(hasBody ? { body: {} } : {}) };
        return decisionOn(asked) === 'pass';
      })
      .map((method) => `${method} ${path}`);
  });
}

describe('every route of doccano through the gateway', function () {
  this.timeout(60_000);
  let routes: ToolRoute[];
  before(async () => {
    routes = await toolRoutes('doccano');
    expect(routes.length).to.be.above(100);
  });

  it('passes to a trainer, about their own project, what the document lists, and nothing else', () => {
    const listed = readFileSync(join(import.meta.dirname, '../../../docs/gateway.md'), 'utf8')
      .split('<!-- doccano routes -->')[1]
      ?.split('\n')
      .filter((line) => /^ {4}(GET|POST|PUT|PATCH|DELETE) /.test(line))
      .map((line) => line.trim());
    expect(passing(routes, OWN, OWN).sort()).to.deep.equal([...(listed ?? [])].sort());
  });

  it('passes nothing about a foreign project, nor about a foreign example under the address of their own', () => {
    const aboutNoProject = passing(routes, OWN, OWN).filter((route) => !route.includes(':project_id'));
    expect(passing(routes, FOREIGN, FOREIGN)).to.deep.equal(aboutNoProject);
    const own = passing(routes, OWN, FOREIGN).filter((route) =>
      /:(example|annotation|comment)_id|\/comments/.test(route),
    );
    expect(own).to.deep.equal([]);
  });
});
