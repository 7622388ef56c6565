import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const folder = fileURLToPath(new URL('../../components/ui', import.meta.url));

/** Stands in for shadcn's own registry where there is no internet: serves this project's primitives as items. */
export async function startPrimitiveRegistry(): Promise<string> {
  const names = new Set(readdirSync(folder));
  const server = createServer((request, response) => {
    const name = /^\/r\/styles\/[^/]+\/(?<name>[a-z-]+)\.json/.exec(request.url ?? '')?.groups?.name;
    const isKnown = name !== undefined && names.has(`${name}.tsx`);
    response.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isKnown ? toItem(name) : { error: 'not found' }));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/r`;
}

function toItem(name: string) {
  const content = readFileSync(join(folder, `${name}.tsx`), 'utf8');
  const imports = [...content.matchAll(/from '(?<source>[^']+)'/g)].map(
    (match) => match.groups?.source ?? '',
  );
  const primitive = '@/components/ui/';
  return {
    name,
    type: 'registry:ui',
    dependencies: imports.filter((source) => !source.startsWith('@/') && source !== 'react'),
    registryDependencies: imports
      .filter((source) => source.startsWith(primitive))
      .map((source) => source.slice(primitive.length)),
    files: [{ path: `registry/ui/${name}.tsx`, type: 'registry:ui', content }],
  };
}
