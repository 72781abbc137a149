import { expect } from 'chai';
import { labelStudioGateway } from '../../../adapters/label-studio/gateway.ts';
import type { Check } from '../../../adapters/tool.ts';
import { gatewayChecks } from '../../../plugin/doctor/gateway-checks.ts';
import { GatewayWorld } from '../../support/gateway-world.ts';

describe('what doctor says of the gateway', function () {
  this.timeout(120_000);
  let world: GatewayWorld;

  before(async () => {
    world = await GatewayWorld.open('sqlite');
  });
  after(() => world?.close());

  const lines = async (change: Parameters<typeof gatewayChecks>[0]): Promise<Map<string, Check>> =>
    new Map((await gatewayChecks(change)).map((check) => [check.id, check]));

  it('says that it answers, knows the routes, and what only the network can do', async () => {
    const checks = await lines(world.access.context);
    const results = Object.fromEntries([...checks].map(([id, { result }]) => [id, result]));
    expect(results).to.deep.equal({
      ...{ gateway: 'ok', 'gateway-pages': 'ok', 'gateway-routes': 'ok' },
      'gateway-own-address': 'warning',
    });
    expect(checks.get('gateway-own-address')?.why).to.include(world.tool.baseUrl);
  });

  it('names routes that the rules were not made for', async () => {
    const knownRoutes = (labelStudioGateway.description?.knownRoutes ?? []).filter(
      (route) => !route.includes('/api/invite'),
    );
    const gatewayRules = { ...labelStudioGateway, description: { path: '/docs/api/schema/json/', knownRoutes } };
    const check = (await lines({ ...world.access.context, gatewayRules })).get('gateway-routes');
    expect(check?.result).to.equal('warning');
    expect(check?.why).to.include('GET /api/invite');
  });

  it('says when something else answers at the gateway’s address, or nothing', async () => {
    const { settings } = world.access.context;
    const at = (publicUrl: string) => {
      const gateway = { publicUrl, host: '127.0.0.1', port: 1 };
      return lines({ ...world.access.context, settings: { ...settings, gateway } });
    };
    expect((await at(world.tool.baseUrl)).get('gateway')?.why).to.include('something else answers');
    expect((await at('http://127.0.0.1:1')).get('gateway')?.why).to.include('does not answer');
  });

  it('says nothing without a gateway', async () => {
    expect(await gatewayChecks({ ...world.access.context, gatewayRules: null })).to.deep.equal([]);
  });
});
