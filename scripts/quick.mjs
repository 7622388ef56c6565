// The tests that need neither a browser nor built pages. Arguments go to vitest.
import { buildSdk } from './lib/build.mjs';
import { runScript } from './lib/run.mjs';

// The tests themselves run on the sources; those that start a process of their own need sdk/dist.
await buildSdk();
await runScript('vitest/vitest.mjs', ['run', '--project', '!e2e', ...process.argv.slice(2)]);
