import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../../../node_modules/prisma/build/index.js', import.meta.url));
const folder = fileURLToPath(new URL('./', import.meta.url));

/**
 * `prisma generate`. It wants an engine that only migrations use, and downloads it where none is named; any file does,
 * so nothing is fetched.
 */
export function generatePrisma(): void {
  execFileSync(process.execPath, [cli, 'generate', '--schema', 'schema.prisma'], {
    cwd: folder,
    stdio: 'pipe',
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' },
  });
}
