import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import express, { Router } from 'express';

const clientFolder = fileURLToPath(new URL('../dist/client', import.meta.url));
const registryFolder = fileURLToPath(new URL('../dist/r', import.meta.url));

/** The client's own routes; each is served by the same index.html. */
const pagePaths = ['/', '/team', '/settings/directory-sync'];

/** The built pages, and the registry at `/r` for everybody's `npx shadcn add`. */
export function createPages(): Router {
  const router = Router();

  // Only here may other origins read: the registry is public, and carries no session.
  router.use('/r', (_request, response, next) => {
    response.set({ 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin' });
    next();
  });
  router.use('/r', express.static(registryFolder, { index: 'registry.json', cacheControl: false }));

  // Their names carry a hash of their content.
  router.use('/assets', express.static(`${clientFolder}/assets`, { immutable: true, maxAge: '1y' }));
  router.use(express.static(clientFolder, { index: false, maxAge: 0 }));

  router.get(pagePaths, (_request, response) => {
    if (!existsSync(`${clientFolder}/index.html`)) {
      response
        .status(503)
        .type('text')
        .send('The pages are not built yet. Run `npm run build`, then reload.\n');
      return;
    }
    response.set('Cache-Control', 'no-store');
    response.sendFile('index.html', { root: clientFolder });
  });

  router.use((_request, response) => {
    response.status(404).type('text').send('There is nothing at this address.\n');
  });

  return router;
}
