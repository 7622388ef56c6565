import { readdirSync, readFileSync } from 'node:fs';

/** CPU time of processes and all of their descendants (a database's workers are children), from `/proc`. */
export class Processes {
  readonly #roots: readonly number[];
  /** What each process was seen to have taken; one that has ended keeps it. */
  readonly #cpuMs = new Map<number, number>();

  constructor(roots: readonly number[]) {
    this.#roots = roots;
  }

  /** CPU time so far, user and system, in milliseconds; NaN elsewhere than on Linux. */
  readCpuMs(): number {
    for (const id of this.#members()) {
      // A thread that ends takes its count along.
      this.#cpuMs.set(id, Math.max(readCpuMs(id) ?? 0, this.#cpuMs.get(id) ?? 0));
    }
    if (this.#cpuMs.size === 0) return Number.NaN;
    return [...this.#cpuMs.values()].reduce((sum, value) => sum + value, 0);
  }

  #members(): readonly number[] {
    const parents = new Map<number, number>();
    for (const entry of readFolder('/proc')) {
      const parent = /^\d+$/.test(entry) ? readParent(Number(entry)) : undefined;
      if (parent !== undefined) parents.set(Number(entry), parent);
    }
    const isMember = (id: number | undefined): boolean =>
      id !== undefined && id !== 0 && (this.#roots.includes(id) || isMember(parents.get(id)));
    return [...parents.keys()].filter(isMember);
  }
}

function readParent(id: number): number | undefined {
  return readStat(id)?.[1];
}

/** The figures behind the name of the process: 0 is its state, 1 its parent. */
function readStat(id: number): readonly number[] | undefined {
  const text = readText(`/proc/${id}/stat`);
  return text
    ?.slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
}

/** In nanoseconds where the kernel counts them (`schedstat`), else in ticks of 10 ms. */
function readCpuMs(id: number): number | undefined {
  const threads = readFolder(`/proc/${id}/task`).map((thread) =>
    Number(readText(`/proc/${id}/task/${thread}/schedstat`)?.split(' ')[0] ?? 0),
  );
  const counted = threads.reduce((sum, value) => sum + value, 0) / 1e6;
  if (counted > 0) return counted;
  const stat = readStat(id);
  return stat && ((stat[11] ?? 0) + (stat[12] ?? 0)) * 10;
}

/** The most memory a process has had so far, in MB; NaN elsewhere than on Linux. */
export function readPeakRssMb(id: number): number {
  const text = readText(`/proc/${id}/status`) ?? '';
  return Number(/^VmHWM:\s+(\d+)/m.exec(text)?.[1] ?? Number.NaN) / 1024;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

function readFolder(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
