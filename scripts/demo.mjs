// Builds what is out of date, then serves the demo from this same process, so that signals reach it directly.
import { buildAll } from './lib/build.mjs';

await buildAll();
await import('../server-example/src/main.ts');
