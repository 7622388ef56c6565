import { spawnSync } from 'node:child_process';
import { chownSync, closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Whether a disk of its own can be mounted for a test: on Linux, as root, where mounting is allowed. */
export const canMount =
  process.platform === 'linux' && userInfo().uid === 0 && spawnSync('unshare', ['-m', 'true']).status === 0;

/** A file system of a given size, in memory. */
export interface SmallDisk {
  readonly folder: string;
  /** Takes all the room that is left but so many bytes. */
  fill(left?: number): void;
  /** Gives that room back. */
  free(): void;
}

/**
 * Mounts one until the test ends.
 *
 * @param uid who owns it. @default root
 */
export function mountSmallDisk(megabytes: number, uid = 0): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'scimkit-disk-'));
  run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'tmpfs', folder);
  chownSync(folder, uid, -1);
  onTestFinished(() => {
    // Whoever still has a file of it open keeps it no longer than that.
    run('umount', '--lazy', folder);
    rmSync(folder, { recursive: true, force: true });
  });
  const filler = join(folder, 'filler');
  return {
    folder,
    fill(left = 0) {
      const { bavail, bsize } = statfsSync(folder);
      const file = openSync(filler, 'a');
      try {
        for (let rest = bavail * bsize - left; rest > 0; rest -= bsize)
          writeSync(file, Buffer.alloc(Math.min(bsize, rest)));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        closeSync(file);
      }
    },
    free: () => rmSync(filler, { force: true }),
  };
}

function run(command: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
}
