// Takes screenshots of every state of the pages, light and dark, wide and narrow, into .shots/.
import { rmSync } from 'node:fs';
import { findChromium } from './lib/browser.mjs';
import { buildAll } from './lib/build.mjs';
import { at, runScript } from './lib/run.mjs';

await buildAll();
const chromium = await findChromium();
rmSync(at('.shots'), { recursive: true, force: true });
await runScript(
  'vitest/vitest.mjs',
  ['run', '--project', 'e2e', 'setup-states', 'harbor-pages', 'play-drawer', ...process.argv.slice(2)],
  { env: { ...process.env, CHROMIUM_PATH: chromium, SHOTS: '1' } },
);
