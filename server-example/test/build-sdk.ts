import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const tsc = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
const project = fileURLToPath(new URL('../../sdk/tsconfig.build.json', import.meta.url));

/** Harbor runs as a process of its own here, and so on what `scimkit` exports: sdk/dist, which must not be old. */
export default function buildSdk() {
  execFileSync(process.execPath, [tsc, '-p', project], { stdio: 'inherit' });
}
