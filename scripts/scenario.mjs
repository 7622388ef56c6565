// Plays what happens to an app with directory sync, on a real Harbor: `npm run scenario -- --list`.
import { buildSdk } from './lib/build.mjs';

await buildSdk();
await import('../server-example/scenarios/run.ts');
