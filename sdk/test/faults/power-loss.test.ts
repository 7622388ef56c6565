import { describe, expect, test } from 'vitest';
import { countInputs, runs, SEED, seconds } from '../support/counts.ts';
import { createDice } from '../support/dice.ts';
import { createApps, type OpenCommand } from './kill/app-process.ts';
import { createPlace } from './kill/place.ts';
import { NO_POWER_LOSS, preparePowerLoss } from './kill/power-loss.ts';
import { killInRounds, type Round } from './kill/rounds.ts';

const skipped = NO_POWER_LOSS === undefined ? '' : ` (skipped: ${NO_POWER_LOSS})`;
if (NO_POWER_LOSS !== undefined) console.warn(`fault-F2 is not tried: it ${NO_POWER_LOSS}.`);

/** Kills the app and takes back what it had not synced; every other time some of it reached the disk. */
async function cutInRounds(rounds: number, breakage?: OpenCommand['breakage']): Promise<readonly Round[]> {
  const place = createPlace();
  const power = preparePowerLoss(place.file ?? '');
  const apps = createApps(power.environment);
  const dice = createDice(SEED);
  return killInRounds({
    place,
    start: () => apps.start(),
    rounds,
    seed: SEED,
    breakage,
    afterKill: (round) => power.cut({ keep: round % 2 === 0 ? 0 : dice.int(100) / 100 }),
  });
}

describe.skipIf(NO_POWER_LOSS !== undefined)(`fault-F2 SQLite: the power fails${skipped}`, () => {
  test(
    'fault-F2, inv-I1, inv-I2, inv-I9: nothing acknowledged is lost, and nothing is there by half',
    async () => {
      const rounds = await cutInRounds(runs(15));

      const cuts = rounds.filter(({ undone }) => undone > 0).length;
      countInputs('F2 power cuts: with writes that were not synced', cuts);
      countInputs('F2 power cuts: with all of them synced', rounds.length - cuts);
      for (const { undone, acknowledged } of rounds) {
        countInputs('F2 file writes undone', undone);
        countInputs('F2 writes: acknowledged', acknowledged);
      }
      expect({ seed: SEED, faults: rounds.flatMap(({ faults }) => faults) }).toEqual({
        seed: SEED,
        faults: [],
      });
      expect(cuts).toBeGreaterThan(0);
    },
    seconds(240),
  );

  test(
    'fault-F2 self-check: synchronous = NORMAL loses acknowledged writes in the same cuts',
    async () => {
      const rounds = await cutInRounds(4, 'not-synced');

      const faults = rounds.flatMap((round) => round.faults);
      countInputs(
        'F2 acknowledged writes lost with NORMAL',
        faults.filter((fault) => fault.includes('lost:')).length,
      );
      expect(faults.filter((fault) => fault.includes('lost:'))).not.toEqual([]);
    },
    seconds(90),
  );
});
