import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SEED } from '../support/counts.ts';

/** What a process with a small heap found. */
export interface LittleMemoryReport {
  readonly tried: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
  /** The most memory it ever held, in MB. */
  readonly peakMegabytes: number;
}

/** Sends bad requests to scimkit in a process whose heap has only so many MB; one that runs out of it fails. */
export async function runInLittleMemory(
  part: 'json' | 'requests' | 'groups',
  options: { readonly megabytes: number; readonly count: number; readonly database: string },
): Promise<LittleMemoryReport> {
  const program = fileURLToPath(new URL('little-memory.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [
    `--max-old-space-size=${options.megabytes}`,
    program,
    part,
    String(options.count),
    String(SEED),
    options.database,
  ]);
  return JSON.parse(stdout);
}
