/** nginx with TLS in front of the plugin and of the tool, each below a path of one host. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import tls from 'node:tls';
import { freePort } from '../../plugin/dev/demo/world.ts';
import { makeAuthority, signServer } from './certificate-authority.ts';
import { debianProgram } from './debian-packages.ts';
import { makeServerFolder, type RunningProgram, removeServerFolder, startProgram } from './server-program.ts';

export interface ProxiedPath {
  /** Begins with a slash, ends without: `/opentrain`. */
  path: string;
  /** `http://127.0.0.1:PORT`. */
  target: string;
  /** Whether the target sees the path. */
  keepsPath: boolean;
}

export interface Nginx {
  /** `https://localhost:PORT` */
  url: string;
  /** `http://localhost:PORT`: redirects everything to `url`. */
  redirectingUrl: string;
  /** The private authority's certificate, for NODE_EXTRA_CA_CERTS. */
  authority: string;
  /** Starts nginx with these paths, in place of those before. */
  serve(paths: readonly ProxiedPath[]): Promise<void>;
  close(): Promise<void>;
}

/** Chooses ports and makes certificates, which this process trusts until it is closed. Nothing listens before `serve`. */
export async function prepareNginx(): Promise<Nginx> {
  const folder = makeServerFolder('nginx');
  const authority = makeAuthority(folder, 'ca');
  signServer(folder);
  const trusted = tls.getCACertificates('default');
  tls.setDefaultCACertificates([...trusted, readFileSync(authority, 'utf8')]);
  const [port, redirectingPort] = [await freePort(), await freePort()];
  let running: RunningProgram | undefined;
  return {
    url: `https://localhost:${port}`,
    redirectingUrl: `http://localhost:${redirectingPort}`,
    authority,
    async serve(paths) {
      await running?.stop();
      const file = join(folder, 'nginx.conf');
      writeFileSync(file, configuration(folder, { port, redirectingPort }, paths));
      const parameters = ['-p', folder, '-c', file, '-e', 'stderr', '-g', 'daemon off;'];
      running = await startProgram({ command: debianProgram('/usr/sbin/nginx'), parameters, port, folder });
    },
    async close() {
      await running?.stop();
      tls.setDefaultCACertificates(trusted);
      removeServerFolder(folder);
    },
  };
}

/** What an admin writes, and paths that an ordinary user may write to. */
function configuration(
  folder: string,
  { port, redirectingPort }: { port: number; redirectingPort: number },
  paths: readonly ProxiedPath[],
): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const locations = paths.map(
    ({ path, target, keepsPath }) => `location ${path}/ { proxy_pass ${target}${keepsPath ? '' : '/'}; }`,
  );
  return `
pid ${folder}/pid;
events {}
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  proxy_set_header Host $http_host;
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  proxy_set_header X-Forwarded-Proto $scheme;
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${folder}/server.pem;
    ssl_certificate_key ${folder}/server.key;
    ${locations.join('\n    ')}
  }
  server {
    listen 127.0.0.1:${redirectingPort};
    location / { return 301 https://localhost:${port}$request_uri; }
  }
}
`;
}
