import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { printFilter } from '../../src/protocol/filter/print.ts';
import { findFaults } from '../support/answers.ts';
import { countInputs, runs, SEED, seconds, tryInputs, tryInputsInTurn } from '../support/counts.ts';
import type { Dice } from '../support/dice.ts';
import { arbitraryFilter } from '../support/filters.ts';
import { findChangedPrototypes } from '../support/prototypes.ts';
import { allTypes } from '../support/resource-types.ts';
import { connect, openScim, send, user } from '../support/scim.ts';
import { FILTER_PIECES, FILTER_SEEDS } from './filter-pieces.ts';
import { judgeFilter } from './filter-verdict.ts';
import { assemble, mutateText, randomBytes } from './mutate-text.ts';

const valid = [
  ...FILTER_SEEDS,
  ...allTypes.flatMap((type) =>
    fc.sample(arbitraryFilter(type, []), { numRuns: 300, seed: SEED }).map(printFilter),
  ),
];

function breakFilter(dice: Dice): string {
  if (dice.oneIn(10)) return randomBytes(dice, 60);
  if (dice.oneIn(5)) return assemble(FILTER_PIECES, dice);
  return mutateText(dice.pick(valid), FILTER_PIECES, dice);
}

test(
  'B2: a broken filter is a tree or a 400, whatever its bytes, and touches no prototype',
  () => {
    const count = runs(200_000);
    let tried = 0;
    const slowest: { milliseconds: number; text: string } = { milliseconds: 0, text: '' };
    tryInputs('B2 broken filters', count, (dice) => {
      const text = breakFilter(dice);
      const start = performance.now();
      const outcome = judgeFilter(text);
      const milliseconds = performance.now() - start;
      if (milliseconds > slowest.milliseconds) Object.assign(slowest, { milliseconds, text });
      tried += 1;
      return outcome;
    });
    expect(tried).toBe(count);
    expect(findChangedPrototypes()).toEqual([]);
    // What was slow because the machine was busy is quick in one of many tries.
    const again = Array.from({ length: 50 }, () => {
      const start = performance.now();
      judgeFilter(slowest.text);
      return performance.now() - start;
    });
    expect(Math.min(...again), slowest.text).toBeLessThan(5);
  },
  seconds(120),
);

test(
  'B2: filters sought by what code they reach are trees or 400s too',
  async () => {
    const program = fileURLToPath(new URL('explore-filters.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [program, String(runs(30)), String(SEED)],
      { maxBuffer: 1 << 28 },
    );
    const { accepted, refused, features, known } = JSON.parse(stdout);
    countInputs('B2 filters by coverage: accepted', accepted);
    countInputs('B2 filters by coverage: refused', refused);
    expect(accepted + refused).toBeGreaterThan(known);
    expect(features).toBeGreaterThan(300);
  },
  seconds(120),
);

test(
  'B2: over HTTP a broken filter is 200 or a SCIM error, in the URL and in a body',
  async () => {
    const { scim, log } = openScim({ database: 'sqlite::memory:' });
    const { key } = await connect(scim);
    await send(scim, '/Users', { key, body: user('ada', { emails: [{ value: 'ada@acme.example' }] }) });
    await tryInputsInTurn('B2 broken filters over HTTP', runs(2_000), async (dice) => {
      // Others are refused as JSON.
      const text = breakFilter(dice).toWellFormed().replaceAll('\u0000', ' ');
      const collection = dice.pick(['/Users', '/Groups', '']);
      const answer = dice.oneIn(2)
        ? await send(scim, `${collection}/?filter=${encodeURIComponent(text)}`, { key })
        : await send(scim, `${collection}/.search`, { key, body: { filter: text } });
      const faults = findFaults(answer);
      if (faults.length > 0) throw new Error(`${JSON.stringify(text)}: ${faults}`);
      if (answer.status === 200) return 'accepted';
      if (answer.status === 400 && answer.body.scimType === 'invalidFilter') return 'refused';
      throw new Error(`${JSON.stringify(text)}: ${answer.text}`);
    });
    expect(log.filter(({ level }) => level === 'error')).toEqual([]);
    expect(findChangedPrototypes()).toEqual([]);
  },
  seconds(60),
);
