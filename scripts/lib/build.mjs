import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { at, runScript } from './run.mjs';

/** `scimkit` from TypeScript to sdk/dist. */
export async function buildSdk() {
  await runScript('typescript/bin/tsc', ['-p', at('sdk', 'tsconfig.build.json')]);
}

/** The registry's JSON, as the shadcn CLI of other apps fetches it from /r. */
export async function buildRegistry() {
  const output = at('server-example', 'dist', 'r');
  if (isNewer(output, [at('registry.json'), at('registry'), at('package-lock.json')])) return;
  // `shadcn build` removes nothing: without this, an item that was renamed would still be served.
  rmSync(output, { recursive: true, force: true });
  await runScript('shadcn/dist/index.js', ['build', 'registry.json', '-o', output]);
}

/** Harbor's pages, to server-example/dist/client. */
export async function buildClient() {
  const output = at('server-example', 'dist', 'client');
  const sources = ['server-example/client', 'components', 'registry', 'package-lock.json'].map((path) =>
    at(path),
  );
  if (isNewer(output, sources)) return;
  await runScript('vite/bin/vite.js', ['build', at('server-example', 'client')]);
}

/** Everything the demo serves. */
export async function buildAll() {
  await buildSdk();
  await buildRegistry();
  await buildClient();
}

/** Whether everything in a folder was written after everything it is made of. */
function isNewer(output, inputs) {
  const written = times(output);
  return written.length > 0 && Math.min(...written) > Math.max(...inputs.flatMap(times));
}

function times(path) {
  if (!existsSync(path)) return [];
  const stats = statSync(path);
  if (!stats.isDirectory()) return [stats.mtimeMs];
  // A folder's own time counts too: it changes when a file in it is deleted or renamed.
  const inside = readdirSync(path).flatMap((name) => times(join(path, name)));
  return inside.length === 0 ? [] : [stats.mtimeMs, ...inside];
}
