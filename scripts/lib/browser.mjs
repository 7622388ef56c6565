import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './run.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The Chromium that the browser tests drive: `CHROMIUM_PATH`, one on the PATH, else installed where that is possible. */
export async function findChromium() {
  const found = process.env.CHROMIUM_PATH ?? lookUpChromium();
  if (found) return found;
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    console.log('No Chromium found: installing it with apt-get …');
    await run('apt-get', ['update', '-qq']);
    await run('apt-get', ['install', '-y', '-qq', 'chromium'], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    const installed = lookUpChromium();
    if (installed) return installed;
  }
  console.error(
    'The browser tests need Chromium or Chrome. Install one (on Debian: sudo apt-get install chromium), or set\n' +
      'CHROMIUM_PATH to its executable, then retry. npm run test:quick runs the tests that need no browser.',
  );
  return process.exit(1);
}

/** A Chromium or Chrome on the PATH that starts. */
export function lookUpChromium() {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(starts);
}

/** A distribution may ship a stub of that name which only asks for another package; so it is asked for its version. */
function starts(file) {
  try {
    accessSync(file, constants.X_OK);
  } catch {
    return false;
  }
  return spawnSync(file, ['--version'], { timeout: 20_000 }).status === 0;
}
