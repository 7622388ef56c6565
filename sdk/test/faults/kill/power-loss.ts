import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** Why no power cut can be played here; undefined = it can. */
export const NO_POWER_LOSS: string | undefined = findObstacle();

function findObstacle(): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux';
  return spawnSync('gcc', ['--version']).status === 0 ? undefined : 'needs gcc';
}

/** Power cuts of a disk with one SQLite database on it. */
export interface PowerLoss {
  /** For the process whose writes are noted from now on. */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * Takes back what was written and never synced, once the process is gone.
   *
   * @param options.keep how much of it reached the disk all the same, in the order of the writes: 0 = nothing, 1 = all
   * @returns how many writes were undone
   */
  cut(options: { readonly keep: number }): number;
}

/** @throws Error when the shim does not compile. */
export function preparePowerLoss(file: string): PowerLoss {
  const folder = mkdtempSync(join(tmpdir(), 'scimkit-power-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const shim = join(folder, 'power-loss.so');
  const source = fileURLToPath(new URL('power-loss.c', import.meta.url));
  const { status, stderr } = spawnSync(
    'gcc',
    ['-shared', '-fPIC', '-O1', '-Wall', '-Werror', '-o', shim, source, '-ldl'],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`The shim does not compile:\n${stderr}`);
  const log = join(folder, 'writes');
  return {
    environment: { LD_PRELOAD: shim, POWER_LOSS_FILE: file, POWER_LOSS_LOG: log },
    cut({ keep }) {
      const unsynced = findUnsynced(existsSync(log) ? readFileSync(log) : Buffer.alloc(0));
      const undone = unsynced.slice(Math.round(unsynced.length * keep));
      for (const write of undone.reverse()) undo(file, write);
      rmSync(`${file}-shm`, { force: true });
      rmSync(log, { force: true });
      return undone.length;
    },
  };
}

/** One write, and what was there before it. */
interface NotedWrite {
  /** What is put behind the database's name. */
  readonly name: string;
  readonly offset: number;
  readonly before: Uint8Array;
  readonly size: number;
}

function findUnsynced(log: Buffer): readonly NotedWrite[] {
  let unsynced: NotedWrite[] = [];
  let at = 0;
  while (at < log.length) {
    const end = log.indexOf('\n', at);
    const line = /^([WS]) (.*):(?: (\d+) (\d+) (\d+))?$/.exec(log.toString('latin1', at, Math.max(end, at)));
    // The process was killed while it made this note, so it has not come to the write.
    if (end < 0 || line === null) break;
    const [, kind, name = '', offset, length] = line;
    at = end + 1 + Number(length ?? 0);
    if (kind === 'S') unsynced = unsynced.filter((write) => write.name !== name);
    else if (at <= log.length)
      unsynced.push({
        name,
        offset: Number(offset),
        before: log.subarray(end + 1, at),
        size: Number(line[5]),
      });
  }
  return unsynced;
}

function undo(file: string, { name, offset, before, size }: NotedWrite): void {
  // A file that was removed meanwhile holds nothing any more that could come back.
  if (!existsSync(file + name)) return;
  const descriptor = openSync(file + name, 'r+');
  writeSync(descriptor, before, 0, before.length, offset);
  ftruncateSync(descriptor, size);
  closeSync(descriptor);
}
