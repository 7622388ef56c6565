import type { ProfileName } from 'scimkit';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { startHarbor } from './harbor.ts';
import { readState, takeFingerprint } from './harbor-state.ts';
import { createPlayer } from './play.ts';
import { isRefusedByStrict, readTolerances, type Tolerance } from './tolerance.ts';

const tolerances = readTolerances().map((tolerance): [string, string, Tolerance] => [
  tolerance.tolerance,
  tolerance.title,
  tolerance,
]);

// Every exchange has customers of its own, so that one Harbor serves those with the same limits.
type Harbor = Awaited<ReturnType<typeof startHarbor>>;
const harbors = new Map<Tolerance['rateLimits'], Promise<Harbor>>();
const cleaners: (() => void | Promise<void>)[] = [];

function findHarbor(rateLimits: Tolerance['rateLimits']): Promise<Harbor> {
  const started =
    harbors.get(rateLimits) ??
    startHarbor({ rateLimits, now: Date.now }, (clean) => void cleaners.push(clean));
  harbors.set(rateLimits, started);
  return started;
}

afterAll(async () => {
  for (const clean of cleaners.reverse()) await clean();
});

test('every tolerance of the list is recorded', () => {
  const numbers = tolerances.map(([number]) => number);

  expect(numbers).toEqual(Array.from({ length: 33 }, (_, index) => `T${index + 1}`));
});

test.each(tolerances)('%s: %s', { timeout: 180_000 }, async (_number, _title, tolerance) => {
  const compat = await enter(tolerance, 'compat');
  const strict = await enter(tolerance, 'strict');

  await compat.player.play([...tolerance.given, ...tolerance.steps]);
  expect(await compat.readLeniencies(), 'what was tolerated is counted').toEqual(tolerance.leniencies);

  await strict.player.play(tolerance.given);
  if (isRefusedByStrict(tolerance)) await strict.player.playStrictly(tolerance.steps);
  else await strict.player.play(tolerance.steps);
  expect(await strict.readLeniencies(), 'strict tolerates nothing').toEqual({});
  expect(compat.harbor.errors, 'Harbor logs no error').toEqual([]);
});

/** A customer of the exchange's own, with a connection of a profile. */
async function enter(tolerance: Tolerance, profile: ProfileName) {
  const harbor = await findHarbor(tolerance.rateLimits);
  const { management } = harbor.harbor.scim;
  const customerId = `${tolerance.tolerance.toLowerCase()}-${profile}`;
  const { provider, headers } = tolerance;
  const { scimApiKey } = (
    await management.createScimConnection({ customerId, provider, profile })
  ).getOrThrow();
  const stage = {
    endpointUrl: `${harbor.url}/scim/v2`,
    scimApiKey,
    readApp: () => readState(harbor.database, customerId),
    takeFingerprint: () => takeFingerprint(harbor.database, [customerId]),
  };
  const stages = new Map([[customerId, stage]]);
  const player = createPlayer({ headers, customerId, stages });
  onTestFinished(player.close);
  return {
    harbor,
    player,
    async readLeniencies() {
      const { leniencies } = (await management.getScimLeniencies({ customerId })).getOrThrow();
      return Object.fromEntries(leniencies.map(({ name, count }) => [name, count]));
    },
  };
}
