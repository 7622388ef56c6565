import { describe, expect, test } from 'vitest';
import { countInputs, runs, SEED, seconds } from '../support/counts.ts';
import { isOnPostgres } from '../support/databases.ts';
import { createApps } from './kill/app-process.ts';
import { createPlace } from './kill/place.ts';
import { killInRounds, type Round } from './kill/rounds.ts';

const FAULT = isOnPostgres() ? 'F3' : 'F1';
const KIND = isOnPostgres() ? 'PostgreSQL' : 'SQLite';

function sum(rounds: readonly Round[], toCount: (round: Round) => number): number {
  return rounds.reduce((total, round) => total + toCount(round), 0);
}

function countRounds(rounds: readonly Round[]): void {
  const inTransaction = rounds.filter(({ open }) => open > 0);
  countInputs(`${FAULT} kills: at a commit`, inTransaction.filter(({ committing }) => committing > 0).length);
  countInputs(
    `${FAULT} kills: elsewhere in a transaction`,
    inTransaction.filter(({ committing }) => committing === 0).length,
  );
  countInputs(`${FAULT} kills: between transactions`, rounds.length - inTransaction.length);
  const busy = rounds.filter(({ acknowledged }) => acknowledged >= 20).length;
  countInputs(`${FAULT} rounds: of 20 acknowledged writes or more`, busy);
  countInputs(`${FAULT} rounds: of fewer`, rounds.length - busy);
  countInputs(
    `${FAULT} writes: acknowledged`,
    sum(rounds, ({ acknowledged }) => acknowledged),
  );
  countInputs(
    `${FAULT} writes: under way at a kill`,
    sum(rounds, ({ doubted }) => doubted),
  );
}

describe(`fault-${FAULT} ${KIND}: the app is killed in the middle of its writes`, () => {
  test(
    `fault-${FAULT}, inv-I1, inv-I2, inv-I9, inv-I11: nothing acknowledged is lost, and nothing is there by half`,
    async () => {
      const apps = createApps();
      const rounds = await killInRounds({
        place: createPlace(),
        start: () => apps.start(),
        rounds: runs(25),
        seed: SEED,
      });

      countRounds(rounds);
      expect({ seed: SEED, faults: rounds.flatMap(({ faults }) => faults) }).toEqual({
        seed: SEED,
        faults: [],
      });
      expect(rounds.flatMap(({ refused }) => refused)).toEqual([]);
      expect(rounds.every(({ acknowledged }) => acknowledged > 0)).toBe(true);
      expect(rounds.some(({ open }) => open > 0)).toBe(true);
    },
    seconds(300),
  );

  test(
    `fault-${FAULT} self-check: a store that answers before its commit is found out`,
    async () => {
      const apps = createApps();
      const rounds = await killInRounds({
        place: createPlace(),
        start: () => apps.start(),
        rounds: 4,
        seed: SEED,
        breakage: 'early-answer',
      });

      const faults = rounds.flatMap((round) => round.faults);
      expect(faults.filter((fault) => fault.includes('lost:'))).not.toEqual([]);
      expect(faults.filter((fault) => fault.includes('state:'))).not.toEqual([]);
    },
    seconds(90),
  );
});
