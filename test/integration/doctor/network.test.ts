import { expect } from 'chai';
import { count, UNTRUSTED_PROXY } from '../../../plugin/audit/counters.ts';
import { isContainer, networkChecks } from '../../../plugin/doctor/network-checks.ts';
import { WebWorld } from '../../support/web-world.ts';

describe('doctor, on what stands in front of the plugin', () => {
  let world: WebWorld;
  before(async () => {
    world = await WebWorld.open('sqlite');
  });
  after(() => world.close());

  it('says nothing where nothing stands out', async () => {
    expect(await networkChecks(world.access.context, false)).to.deep.equal([]);
  });

  it('warns of listening on loopback inside a container', async () => {
    const [check] = await networkChecks(world.access.context, true);
    expect(check).to.deep.include({ id: 'listening', result: 'warning' });
    expect(check?.remedy).to.include('PLUGIN_HOST=0.0.0.0');
  });

  for (const [mark, inContainer] of [
    ['/.dockerenv', true],
    ['/run/.containerenv', true],
    ['KUBERNETES_SERVICE_HOST', true],
    ['container', true],
    ['/etc/hostname', false],
    ['HOSTNAME', false],
  ] as const) {
    it(`${inContainer ? 'takes' : 'does not take'} ${mark} for the sign of a container`, () => {
      expect(isContainer({ [mark]: 'docker' }, (file) => file === mark)).to.equal(inContainer);
    });
  }

  it('names the proxy that is not trusted, for a week', async () => {
    const now = world.access.context.clock.now().getTime();
    await count(world.access.context.database, UNTRUSTED_PROXY, '172.18.0.5', new Date(now));
    const [check] = await networkChecks(world.access.context, false);
    expect(check?.why).to.include('172.18.0.5');
    expect(check?.remedy).to.include('PLUGIN_TRUSTED_PROXIES="loopback, 172.18.0.5"');
    await count(world.access.context.database, UNTRUSTED_PROXY, '172.18.0.5', new Date(now - 8 * 86_400_000));
    expect(await networkChecks(world.access.context, false)).to.deep.equal([]);
  });
});
