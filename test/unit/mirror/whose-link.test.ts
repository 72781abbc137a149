import { expect } from 'chai';
import fc from 'fast-check';
import { projectIdOf, qualifiedExternalId } from '../../../plugin/mirror/external-project-id.ts';
import {
  isOurs,
  type Owner,
  ownerByAddress,
  ownerOf,
  type ProjectState,
  standingOf,
} from '../../../plugin/mirror/whose-link.ts';

const TOOL = 'https://tool.example';
const BELOW_A_PATH = 'https://tools.example/label';

describe('whose a link is', () => {
  const addresses: [string | null, string, Owner][] = [
    [null, TOOL, 'this tool'],
    ['', TOOL, 'this tool'],
    ['https://tool.example/projects/7/data', TOOL, 'this tool'],
    ['https://tool.example', `${TOOL}/`, 'this tool'],
    ['HTTPS://TOOL.EXAMPLE:443/projects/7', TOOL, 'this tool'],
    ['http://tool.example/projects/7', TOOL, 'another tool'],
    ['https://tool.example:8443/projects/7', TOOL, 'another tool'],
    ['https://tool.example.evil/projects/7', TOOL, 'another tool'],
    ['https://other.example/projects/7', TOOL, 'another tool'],
    ['https://tools.example/label/projects/7', BELOW_A_PATH, 'this tool'],
    ['https://tools.example/label', `${BELOW_A_PATH}/`, 'this tool'],
    ['https://tools.example/labels/projects/7', BELOW_A_PATH, 'another tool'],
    ['https://tools.example/label/../doccano/projects/7', BELOW_A_PATH, 'another tool'],
    ['https://tools.example/projects/7', BELOW_A_PATH, 'another tool'],
    ['not an address', TOOL, 'another tool'],
    ['javascript:alert(1)', TOOL, 'another tool'],
  ];
  for (const [address, tool, owner] of addresses) {
    it(`${address ?? 'no address'} with the tool at ${tool}: ${owner}`, () => {
      expect(ownerByAddress(address, tool)).to.equal(owner);
    });
  }

  const standings: [Owner | null, ProjectState | null, string][] = [
    ['this tool', 'exists', 'ours'],
    ['this tool', 'missing', 'missing'],
    ['this tool', null, 'unconfirmed'],
    [null, null, 'unconfirmed'],
    [null, 'exists', 'unconfirmed'],
    ['another tool', 'exists', 'another tool'],
    ['another tool', null, 'another tool'],
  ];
  for (const [owner, project_state, standing] of standings) {
    it(`owner ${owner}, project ${project_state}: ${standing}`, () => {
      expect(standingOf({ owner, project_state })).to.equal(standing);
    });
  }

  it('counts as ours unless it is another tool’s', () => {
    const owners: (Owner | null)[] = ['this tool', null, 'another tool'];
    expect(owners.map((owner) => isOurs({ owner }))).to.deep.equal([true, true, false]);
  });

  it('stays ours when the address of the tool changes, once the tool knew the project', () => {
    const external_project_url = 'http://old.example/projects/7';
    const known = { owner: 'this tool', project_state: 'exists', external_project_url, from_before: 0 } as const;
    expect(ownerOf(known, TOOL)).to.equal('this tool');
    expect(ownerOf({ ...known, project_state: null }, TOOL)).to.equal('another tool');
  });

  it('is nobody’s to say when it leads elsewhere and was stored before addresses were compared', () => {
    const external_project_url = 'http://old.example/projects/7';
    const stored = { owner: null, project_state: null, external_project_url, from_before: 1 } as const;
    expect(ownerOf(stored, TOOL)).to.equal(null);
    expect(ownerOf({ ...stored, from_before: 0 }, TOOL)).to.equal('another tool');
    expect(ownerOf({ ...stored, external_project_url: `${TOOL}/projects/7` }, TOOL)).to.equal('this tool');
  });

  it('is never that of two tools at different origins, and always that of the tool whose address it has', () => {
    const tool = fc.tuple(fc.domain(), fc.webPath()).map(([host, path]) => `https://${host}${path}`);
    fc.assert(
      fc.property(tool, tool, fc.nat(), (one, other, number) => {
        const address = `${one.replace(/\/+$/, '')}/projects/${number}`;
        expect(ownerByAddress(address, one)).to.equal('this tool');
        if (new URL(one).origin === new URL(other).origin) return;
        expect(ownerByAddress(address, other)).to.equal('another tool');
      }),
    );
  });
});

describe('external project ids', () => {
  it('carry the host of the tool, and the path below which it is served', () => {
    expect(qualifiedExternalId('7', 'https://tool.example:8080/')).to.equal('7@tool.example:8080');
    expect(qualifiedExternalId('7', BELOW_A_PATH)).to.equal('7@tools.example/label');
  });

  it('of another tool, or without a name, are project ids as they are', () => {
    expect(projectIdOf('7', TOOL)).to.equal('7');
    expect(projectIdOf('7@other.example', TOOL)).to.equal('7@other.example');
    expect(projectIdOf('@tool.example', TOOL)).to.equal('@tool.example');
  });

  it('are read back as the project id that they were made of', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.domain(), fc.webPath(), (id, host, path) => {
        const tool = `https://${host}${path}`;
        expect(projectIdOf(qualifiedExternalId(id, tool), tool)).to.equal(id);
      }),
    );
  });
});
