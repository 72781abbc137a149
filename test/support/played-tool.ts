/** A gateway in front of a tool that a test plays: for what a real one does seldom or never. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { labelStudioGateway } from '../../adapters/label-studio/gateway.ts';
import { Gateway } from '../../plugin/gateway/gateway.ts';
import { type AccessWorld, mailOf } from './access-world.ts';
import { listen } from './http-server.ts';

const COLLEAGUE = { id: 99, email: 'colleague@example.com' };

export interface GatewayBefore {
  /** GATEWAY_PUBLIC_URL. */
  url: string;
  gateway: Gateway;
  /** The tool too. */
  close(): Promise<void>;
}

/** Opens it with Label Studio's rules; `tool` is a {@link playedTool}, or says by {@link whoAsks} who asks. */
export async function gatewayBefore(tool: Server, world: AccessWorld): Promise<GatewayBefore> {
  const door = createServer();
  const [baseUrl, url] = [await listen(tool), await listen(door)];
  world.useSettings({ TOOL_BASE_URL: baseUrl, TOOL_PUBLIC_URL: baseUrl, GATEWAY_PUBLIC_URL: url });
  const gateway = new Gateway(world.context, { publicUrl: url, rules: labelStudioGateway });
  door.on('request', (request, response) => void gateway.handle(request, response));
  door.on('upgrade', (request, socket, head) => void gateway.upgrade(request, socket, head));
  return {
    url,
    gateway,
    async close() {
      await gateway.close();
      for (const server of [tool, door]) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}

/** A tool that says who asks, and leaves every other request to `answer`. */
export function playedTool(world: AccessWorld, answer: RequestListener): Server {
  return createServer((request, response) => {
    if (request.url !== labelStudioGateway.whoami.path) return void answer(request, response);
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(whoAsks(request, world)));
  });
}

/** The account of "Token ann" and "Token colleague", as Label Studio tells it; null for anybody else. */
export function whoAsks({ headers }: IncomingMessage, world: AccessWorld): object | null {
  if (headers.authorization === 'Token colleague') return COLLEAGUE;
  if (headers.authorization !== 'Token ann') return null;
  const account = world.tool.byEmail(mailOf('ann'));
  return { id: Number(account?.id), email: account?.email };
}
