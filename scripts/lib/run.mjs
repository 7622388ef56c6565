import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A file below the repository's folder. */
export const at = (...parts) => join(root, ...parts);

/** Runs a command to its end with this terminal; ends the whole task when it fails. */
export async function run(command, args, options = {}) {
  const { code, signal } = await new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options });
    child.on('error', (error) => {
      console.error(`${command}: ${error.message}`);
      resolve({ code: 127, signal: null });
    });
    child.on('exit', (exitCode, exitSignal) => resolve({ code: exitCode, signal: exitSignal }));
  });
  if (code === 0) return;
  console.error(`\nFailed: ${[command, ...args].join(' ')}${signal ? ` (${signal})` : ''}`);
  process.exit(code ?? 1);
}

/** Runs a script of an installed package on this same Node, such as `node_modules/vite/bin/vite.js`. */
export async function runScript(script, args, options) {
  await run(process.execPath, [at('node_modules', script), ...args], options);
}
