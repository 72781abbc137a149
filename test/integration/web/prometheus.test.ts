/** What deploy/ gives Prometheus and Grafana, checked by Prometheus' own promtool (Debian's package) against a running plugin. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { z } from 'zod';
import { matters } from '../../../plugin/status/matters.ts';
import { debianProgram } from '../../support/debian-packages.ts';
import { createProcessWorld, type ProcessWorld } from '../../support/process-world.ts';

const deploy = resolve(import.meta.dirname, '../../../deploy');
const promtool = debianProgram('/usr/bin/promtool');
const rulesFile = join(deploy, 'prometheus-rules.yaml');
const rulesSchema = z.object({
  groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string(), expr: z.string() })) })),
});
const METRIC = /\bopentrain_plugin_\w+/g;

/** Three gauges of Node itself, which prom-client calls totals. */
const NAMED_BY_PROM_CLIENT = /^opentrain_plugin_nodejs_active_(handles|requests|resources)_total non-counter metrics/;

/** Runs promtool and returns what it says; empty when it has nothing to say against it. */
function check(words: readonly string[], input = ''): string {
  const { status, stdout, stderr, error } = spawnSync(promtool, ['check', ...words], { encoding: 'utf8', input });
  if (error) throw error;
  if (status === 0) return '';
  const lines = `${stdout}${stderr}`.split('\n');
  return lines
    .filter((line) => !NAMED_BY_PROM_CLIENT.test(line))
    .join('\n')
    .trim();
}

/** Every expression of the rules and of the dashboard's panels. */
function expressions(): string[] {
  const rules = rulesSchema.parse(parse(readFileSync(rulesFile, 'utf8'))).groups.flatMap((group) => group.rules);
  const dashboard: unknown = JSON.parse(readFileSync(join(deploy, 'grafana-dashboard.json'), 'utf8'));
  const found: string[] = [];
  JSON.stringify(dashboard, (key, value: unknown) => {
    if (key === 'expr' && typeof value === 'string') found.push(value);
    return value;
  });
  expect(found.length).to.be.greaterThan(5);
  return [...rules.map(({ expr }) => expr), ...found];
}

describe('Prometheus and Grafana', function () {
  this.timeout(60_000);
  let world: ProcessWorld;
  let text: string;
  before(async () => {
    world = await createProcessWorld('sqlite');
    await world.start({});
    text = await (await fetch(`${world.pluginUrl}/metrics`)).text();
  });
  after(() => world?.close());

  const exposed = (): Set<string> => new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name));

  it('take the rules', () => {
    expect(check(['rules', rulesFile])).to.equal('');
    expect(check(['rules', join(deploy, 'grafana-dashboard.json')]), 'would find a broken file').not.to.equal('');
  });

  it('take the metrics of the running plugin', () => {
    expect(check(['metrics'], text)).to.equal('');
    expect(check(['metrics'], `${text}a_metric without a number\n`), 'would find a broken one').not.to.equal('');
  });

  it('are asked only for metrics that the running plugin has, and by expressions that Prometheus can read', () => {
    const names = expressions().flatMap((expression) => expression.match(METRIC) ?? []);
    expect(names.length).to.be.greaterThan(15);
    const known = exposed();
    // A histogram's parts are named after it.
    const unknown = names.filter((name) => !known.has(name) && !known.has(name.replace(/_(bucket|sum|count)$/, '')));
    expect([...new Set(unknown)]).to.deep.equal([]);
    const asRules = expressions().map((expr, index) => ({
      record: `checked:${index}`,
      expr: expr.replaceAll('$__rate_interval', '5m'),
    }));
    const folder = mkdtempSync(join(tmpdir(), 'plugin-prometheus-'));
    const file = join(folder, 'expressions.yaml');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'checked', rules: asRules }] }));
    expect(check(['rules', file])).to.equal('');
    rmSync(folder, { recursive: true });
  });

  it('are asked only for matters that there are', () => {
    const asked = expressions().flatMap((expression) =>
      [...expression.matchAll(/matter=~?"([^"]+)"/g)].flatMap(([, names = '']) => names.split('|')),
    );
    expect(asked.length).to.be.greaterThan(5);
    expect(asked.filter((name) => !matters.some((matter) => matter === name))).to.deep.equal([]);
  });

  it('see each matter of “action required” by its name, also while there is none', () => {
    for (const matter of matters) {
      expect(text, matter).to.match(new RegExp(`^opentrain_plugin_action_required\\{matter="${matter}"\\} [01]$`, 'm'));
    }
    expect(text).to.include('opentrain_plugin_action_required{matter="nothing-linked"} 1');
    expect(text).to.include('opentrain_plugin_action_required{matter="outage"} 0');
  });

  it('see the ages: last sync, last reconcile, last delivery, the oldest that waits', () => {
    for (const name of [
      'last_sync_timestamp_seconds',
      'last_reconcile_timestamp_seconds',
      'last_delivery_timestamp_seconds',
      'oldest_queue_item_seconds',
      'oldest_delivery_seconds',
      'outage_seconds',
    ]) {
      expect([...exposed()], name).to.include(`opentrain_plugin_${name}`);
    }
  });
});
