import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { ScimEvent } from '../../../src/index.ts';

/** A handler that is about to end its process, or that no longer does. */
export interface DeadlyTry {
  readonly id: string;
  readonly pid: number;
  readonly at: number;
  readonly dies: boolean;
}

export function readDeaths(file: string): readonly DeadlyTry[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
}

/** Ends the process as often as the resource's title says: `exit 2` or `memory 1`. Each try is noted first. */
export function dieAsTold({ id, data }: ScimEvent, file: string): void {
  const { title = '' } = (data.resource ?? {}) as { readonly title?: string };
  const [, how, count] = /^(exit|memory) (\d+)$/.exec(title) ?? [];
  if (how === undefined) return;
  const before = readDeaths(file).filter((one) => one.id === id).length;
  const dies = before < Number(count);
  appendFileSync(file, `${JSON.stringify({ id, pid: process.pid, at: Date.now(), dies })}\n`);
  if (!dies) return;
  if (how === 'exit') process.exit(1);
  const heap: object[] = [];
  for (;;) heap.push(new Array(4_000_000).fill(0));
}
