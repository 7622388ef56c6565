// Measures the performance targets: `npm run bench -- --help`.
import { buildSdk } from './lib/build.mjs';
import { at, run } from './lib/run.mjs';

// What is measured is what is published: sdk/dist.
await buildSdk();
await run(process.execPath, [at('sdk', 'bench', 'bench.ts'), ...process.argv.slice(2)]);
