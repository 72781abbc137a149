/** What the Dockerfile, compose.yaml, the Kubernetes example, the systemd unit and their documents say of the same things. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { localVersion } from '../../plugin/dev/local-tools/label-studio/server.ts';
import { manifest } from '../../plugin/settings/manifest.ts';
import { pluginSecret } from '../../plugin/settings/plugin-secret.ts';
import { loadSettings } from '../../plugin/settings/settings.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (name: string): string => readFileSync(join(root, name), 'utf8');
const dockerfile = read('Dockerfile');
const unit = read('deploy/opentrain-plugin.service');
const guide = read('deploy/README.md');
const openapi = z.object({ paths: z.record(z.string(), z.unknown()) }).parse(parse(read('docs/openapi.yaml')));
const PORT = Number(manifest.settings.find(({ name }) => name === 'PLUGIN_PORT')?.default);

const serviceSchema = z.looseObject({
  image: z.string(),
  environment: z.record(z.string(), z.string()),
  volumes: z.array(z.string()),
  tmpfs: z.array(z.string()).default([]),
  stop_grace_period: z.string().optional(),
});
const compose = z.object({ services: z.record(z.string(), serviceSchema) }).parse(parse(read('compose.yaml'))).services;

const names = z.object({ name: z.string() });
const labels = z.record(z.string(), z.string());
const container = z.object({
  image: z.string(),
  envFrom: z.array(z.object({ configMapRef: names.optional(), secretRef: names.optional() })),
  ports: z.tuple([z.object({ name: z.string(), containerPort: z.number() })]),
  livenessProbe: z.object({ httpGet: z.object({ path: z.string(), port: z.string() }) }),
  readinessProbe: z.object({ httpGet: z.object({ path: z.string(), port: z.string() }) }),
  startupProbe: z.object({ httpGet: z.object({ path: z.string(), port: z.string() }) }),
  volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })),
});
const pod = z.object({
  terminationGracePeriodSeconds: z.number(),
  securityContext: z.object({ runAsUser: z.number() }),
  containers: z.tuple([container]),
  volumes: z.array(z.looseObject({ name: z.string() })),
});
const deploymentSchema = z.object({
  selector: z.object({ matchLabels: labels }),
  template: z.object({ metadata: z.object({ labels }), spec: pod }),
});
const objects = parseAllDocuments(read('deploy/kubernetes.yaml')).map((document) =>
  z.looseObject({ kind: z.string(), metadata: names }).parse(document.toJS()),
);
const object = (kind: string) => objects.find((one) => one.kind === kind);
const deployment = deploymentSchema.parse(object('Deployment')?.spec);
const [plugin] = deployment.template.spec.containers;
const ofDockerfile = (pattern: RegExp): string => pattern.exec(dockerfile)?.[1] ?? '';
const ofUnit = (name: string): string => new RegExp(`^${name}=(.+)$`, 'm').exec(unit)?.[1] ?? '';

describe('the deployments', () => {
  it('use the port that is the plugin’s default', () => {
    expect(ofDockerfile(/PLUGIN_PORT=(\d+)/)).to.equal(String(PORT));
    expect(ofDockerfile(/^EXPOSE (\d+)/m)).to.equal(String(PORT));
    expect(plugin.ports[0].containerPort).to.equal(PORT);
    expect(read('deploy/Caddyfile')).to.include(`reverse_proxy plugin:${PORT}`);
    expect(compose.plugin?.environment).not.to.have.any.keys('PLUGIN_PORT', 'PLUGIN_HOST');
    expect(ofDockerfile(/PLUGIN_HOST=(\S+)/), 'reached from other containers').to.equal('0.0.0.0');
  });

  it('ask for health at addresses that the plugin serves, by the port’s name', () => {
    for (const { httpGet } of [plugin.livenessProbe, plugin.readinessProbe, plugin.startupProbe]) {
      expect(Object.keys(openapi.paths)).to.include(httpGet.path);
      expect(httpGet.port).to.equal(plugin.ports[0].name);
    }
    expect(Object.keys(openapi.paths)).to.include(ofDockerfile(/PLUGIN_PORT \+ '(\/\w+)'/));
  });

  it('keep data where the image lets them, and write nowhere else but to /tmp', () => {
    const data = ofDockerfile(/^VOLUME (\S+)/m);
    const store = ofDockerfile(/DATABASE_URL=(\S+)/);
    expect(store).to.match(new RegExp(`^sqlite:${data}/`));
    expect(compose.plugin?.volumes.map((volume) => volume.split(':')[1])).to.deep.equal([data]);
    expect(compose.plugin?.environment.DATABASE_URL).to.include(`:-${store}}`);
    expect(compose.plugin?.tmpfs).to.deep.equal(['/tmp']);
    expect(plugin.volumeMounts.map(({ mountPath }) => mountPath)).to.deep.equal(['/tmp']);
    expect(plugin.volumeMounts.map(({ name }) => name)).to.deep.equal(
      deployment.template.spec.volumes.map(({ name }) => name),
    );
    expect(ofDockerfile(/NODE_COMPILE_CACHE=(\S+)/)).to.match(/^\/tmp\//);
  });

  it('give the plugin the same minute to finish what it has begun', () => {
    expect(compose.plugin?.stop_grace_period).to.equal('60s');
    expect(deployment.template.spec.terminationGracePeriodSeconds).to.equal(60);
    expect(ofUnit('TimeoutStopSec')).to.equal('60');
  });

  it('name the versions that were tested', () => {
    expect(plugin.image).to.match(new RegExp(`:${manifest.version}$`));
    expect(compose['label-studio']?.image).to.equal(`heartexlabs/label-studio:${localVersion}`);
    for (const page of ['README.md', 'docs/install.md'])
      expect(read(page)).to.include(`opentrain-plugin-${manifest.version}.tgz`);
  });

  it('of Kubernetes refer to objects, labels and ports that are in the same file', () => {
    const referred = plugin.envFrom.flatMap(({ configMapRef, secretRef }) => [
      ...(configMapRef ? [`ConfigMap ${configMapRef.name}`] : []),
      ...(secretRef ? [`Secret ${secretRef.name}`] : []),
    ]);
    const there = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(referred).to.have.length(2);
    expect(there).to.include.members(referred);
    const service = z
      .object({ selector: labels, ports: z.array(z.object({ targetPort: z.string() })) })
      .parse(object('Service')?.spec);
    for (const selector of [service.selector, deployment.selector.matchLabels])
      expect(deployment.template.metadata.labels).to.include(selector);
    expect(service.ports.map(({ targetPort }) => targetPort)).to.deep.equal([plugin.ports[0].name]);
  });
});

describe('the settings of a deployment, filled in', () => {
  const filled = (values: Readonly<Record<string, string>>) =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [
        name,
        value
          .replaceAll(/\$\{OPENTRAIN_BASE_URL[^}]*\}/g, 'https://app.example.com')
          .replaceAll(/\$\{[A-Z_]+:-([^}]*)\}/g, '$1')
          .replaceAll(/\$\{[A-Z_]+:\?[^}]*\}|replace-me/g, 'a-value-of-more-than-thirty-two-characters'),
      ]),
    );
  const strings = z.record(z.string(), z.string());

  it('are taken as they stand in compose.yaml, with the store of the image', () => {
    const given = filled(compose.plugin?.environment ?? {});
    const environment = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
    expect(loadSettings({ environment }).databaseUrl).to.equal(ofDockerfile(/DATABASE_URL=(\S+)/));
  });

  it('are taken as they stand in the Kubernetes example, with PostgreSQL and one secret for both replicas', () => {
    const given = { ...strings.parse(object('ConfigMap')?.data), ...strings.parse(object('Secret')?.stringData) };
    const settings = loadSettings({ environment: filled(given) });

    expect(settings.databaseUrl).to.match(/^postgres:/);
    expect(pluginSecret(settings)).to.have.length.above(31);
  });

  it('that compose.yaml asks for are all named in deploy/README.md', () => {
    const asked = [...read('compose.yaml').matchAll(/\$\{([A-Z_]+)/g)].map(([, name = '']) => name);
    expect(new Set(asked).size).to.be.above(8);
    expect([...new Set(asked)].filter((name) => !guide.includes(name))).to.deep.equal([]);
  });
});

describe('the systemd unit and its guide', () => {
  it('have one user, one settings file, one data folder and one program', () => {
    const user = ofUnit('User');
    const [, settingsFile = ''] = /--settings-file (\S+)/.exec(ofUnit('ExecStart')) ?? [];
    const data = ofUnit('WorkingDirectory');
    expect(data).to.equal(`/var/lib/${ofUnit('StateDirectory')}`);
    expect(ofUnit('Group')).to.equal(user);
    expect(settingsFile, 'where the unit may write').to.match(new RegExp(`^${data}/`));
    expect(guide)
      .to.include(`useradd --system --no-create-home ${user}`)
      .and.include(`setup --settings-file ${settingsFile}`)
      .and.include(`chown --recursive ${user}: ${data}`)
      .and.include(`DATABASE_URL=sqlite:${data}/`);
    expect(ofUnit('ExecStart')).to.match(/^\/usr\/local\/bin\/opentrain-plugin start /);
    expect(existsSync(join(root, 'plugin/commands/start.ts'))).to.equal(true);
  });
});
