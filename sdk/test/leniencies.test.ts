import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LENIENCIES } from '../src/protocol/leniency/leniency.ts';

interface Recorded {
  readonly tolerance: string;
  readonly leniencies?: Readonly<Record<string, number>>;
}

const folder = new URL('../../server-example/test/exchanges/tolerances/', import.meta.url);
const recorded = readdirSync(folder).map(
  (file): Recorded => JSON.parse(readFileSync(new URL(file, folder), 'utf8')),
);

/** The exchanges in which a leniency is counted. */
function findCounted(name: string): readonly string[] {
  return recorded.filter(({ leniencies = {} }) => name in leniencies).map(({ tolerance }) => tolerance);
}

describe('every leniency has its evidence', () => {
  test.each(Object.entries(LENIENCIES))('%s is counted in a recorded exchange', (name, evidence) => {
    const counted = findCounted(name);
    const named = evidence.match(/\bT\d+\b/g) ?? [];

    expect(counted.length).toBeGreaterThan(0);
    expect(counted).toEqual(expect.arrayContaining(named));
  });
});
