// Every check and every test. Arguments go to vitest: `npm test -- -t "a name"`.
import { findChromium } from './lib/browser.mjs';
import { buildAll } from './lib/build.mjs';
import { at, run, runScript } from './lib/run.mjs';

await buildAll();
const chromium = await findChromium();
await runScript('@biomejs/biome/bin/biome', ['check', '.']);
for (const project of [
  'tsconfig.json',
  'sdk/tsconfig.json',
  'server-example/tsconfig.json',
  'server-example/client/tsconfig.json',
]) {
  await run(process.execPath, [at('node_modules/typescript/bin/tsc'), '-p', at(project), '--noEmit']);
}
await runScript('vitest/vitest.mjs', ['run', ...process.argv.slice(2)], {
  env: { ...process.env, CHROMIUM_PATH: chromium },
});
