import { expect } from 'vitest';
import { type Measured, Recorder } from '../../bench/driver/measure.ts';
import { countInputs } from '../support/counts.ts';

/** Whether this is a run of `npm run test:long`, which is meant for a quiet machine: figures are then judged. */
export const isLong = process.env.SCIMKIT_RUNS !== undefined;

/** Why a load is left out of every push. */
export const LONG_ONLY = isLong ? '' : ' [only in npm run test:long]';

/** What a load has to keep to, where that is judged. */
export interface Bounds {
  /** Milliseconds. */
  readonly p99?: number;
  /** Requests a second at least. */
  readonly rate?: number;
  /** MB. */
  readonly rss?: number;
}

/** Prints what was measured, notes the counts, and judges the figures in a long run. Wrong answers always fail. */
export function report(name: string, measured: Measured, { rssMb, bounds = {} }: ReportOptions = {}): void {
  countInputs(`${name} requests`, measured.requests);
  const memory = rssMb === undefined ? '' : `, at most ${rssMb.toFixed(0)} MB`;
  console.log(
    `${name}: ${measured.requests} requests, ${measured.rps.toFixed(1)}/s, p50 ${measured.p50.toFixed(1)} ms, p99 ${measured.p99.toFixed(1)} ms, slowest ${measured.max.toFixed(0)} ms${memory}`,
  );
  expect(measured.messages, name).toEqual({});
  if (!isLong) return;
  if (bounds.p99 !== undefined) expect.soft(measured.p99, `${name}: p99`).toBeLessThan(bounds.p99);
  if (bounds.rate !== undefined)
    expect.soft(measured.rps, `${name}: rate`).toBeGreaterThanOrEqual(bounds.rate);
  if (bounds.rss !== undefined && rssMb !== undefined)
    expect.soft(rssMb, `${name}: memory`).toBeLessThan(bounds.rss);
}

interface ReportOptions {
  readonly rssMb?: number;
  readonly bounds?: Bounds;
}

/** Keeps times. */
export function createRecorder(): Recorder {
  return new Recorder().start();
}
