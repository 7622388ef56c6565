// Builds everything the demo serves: the SDK, the registry's JSON, the pages.
import { buildAll } from './lib/build.mjs';

await buildAll();
