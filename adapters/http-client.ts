/**
 * axios, loaded with the first call: many commands make none. Its CommonJS form is one file where the other is 66, and it does not read
 * every export of `node:http`, which would load undici (fetch, WebSocket) for nothing.
 */
import { createRequire } from 'node:module';
import type { AxiosStatic } from 'axios';

const require = createRequire(import.meta.url);

/** The package `axios`. */
export function httpClient(): AxiosStatic {
  return require('axios');
}
