// Every check and every test. Arguments go to vitest: `npm test -- -t "a name"`.
import { findChromium } from './lib/browser.mjs';
import { buildAll } from './lib/build.mjs';
import { at, run, runScript } from './lib/run.mjs';

await buildAll();
const chromium = await findChromium();
await runScript('@biomejs/biome/bin/biome', ['check', '.']);
for (const project of [
  'tsconfig.json',
  'scripts/tsconfig.json',
  'sdk/tsconfig.json',
  'server-example/tsconfig.json',
  'server-example/client/tsconfig.json',
]) {
  await run(process.execPath, [at('node_modules/typescript/bin/tsc'), '-p', at(project), '--noEmit']);
}
const chosen = process.argv.slice(2);
await runScript('vitest/vitest.mjs', ['run', ...chosen], {
  // A run of everything also says which requirements the tests show.
  env: { ...process.env, CHROMIUM_PATH: chromium, SCIMKIT_ALL_TESTS: chosen.length === 0 ? '1' : '' },
});
