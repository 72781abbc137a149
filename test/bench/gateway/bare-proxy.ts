/** The proxy library alone, as a process of its own: `bare-proxy.ts TOOL_URL PORT`. What it costs, any proxy in Node costs. */
import { Agent, createServer } from 'node:http';
import { ProxyServer } from 'http-proxy-3';

const [target = '', port = ''] = process.argv.slice(2);
const proxy = new ProxyServer({ target, agent: new Agent({ keepAlive: true }) });
createServer((request, response) => proxy.web(request, response, {}, () => response.destroy())).listen(
  Number(port),
  '127.0.0.1',
  () => process.send?.('ready'),
);
