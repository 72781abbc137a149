/** /assets: our own stylesheet and scripts, and the few files we take from packages; nothing comes from another host. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import express, { type RequestHandler, Router } from 'express';

const packaged: Readonly<Record<string, string>> = {
  'pico.css': '@picocss/pico/css/pico.min.css',
  'htmx.js': 'htmx.org/dist/htmx.min.js',
  'uplot.js': 'uplot/dist/uPlot.iife.min.js',
  'uplot.css': 'uplot/dist/uPlot.min.css',
};

const options = { maxAge: '1h', cacheControl: true };

/** The route for /assets. */
export function assets(): RequestHandler {
  const router = Router();
  const { resolve } = createRequire(import.meta.url);
  for (const [name, specifier] of Object.entries(packaged)) {
    const file = resolve(specifier);
    router.get(`/${name}`, (_request, response) => response.sendFile(file, options));
  }
  router.use(express.static(fileURLToPath(new URL('./public', import.meta.url)), { ...options, index: false }));
  return router;
}
