import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EventDelivery, Scim, ScimEvent } from '../../src/index.ts';
import { countInputs, runs, SEED, seconds } from '../support/counts.ts';
import { isOnPostgres } from '../support/databases.ts';
import { connect, openScim, patch, send, user } from '../support/scim.ts';
import { QueueModel } from './failing/queue-model.ts';
import { listLetters, settle, TriesBook } from './failing/settle.ts';

const kind = isOnPostgres() ? 'postgres' : 'sqlite';
const HOUR = 3_600_000;
/** As documented: after 5 s, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 h. */
const DELAYS_MS = [5_000, 300_000, 1_800_000, ...[2, 5, 10, 14, 20, 24].map((hours) => hours * HOUR)];
/** A handler that never deals with an event. */
const POISON = 99;
const WAVES = 4;

/** One event: in which wave it happens, and how often its handler fails. */
const happening = fc.record({
  wave: fc.nat(WAVES - 1),
  failures: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 3 }) },
    { weight: 1, arbitrary: fc.integer({ min: 4, max: 8 }) },
    { weight: 1, arbitrary: fc.constant(9) },
    { weight: 1, arbitrary: fc.constant(POISON) },
  ),
});
/** The events of a resource. Only one takes days: each more would have the history last as long again. */
const events = fc.array(happening, { minLength: 1, maxLength: 3 }).map((all) => {
  const [longest] = all.toSorted((one, other) => other.failures - one.failures);
  return all.map((one) => (one === longest ? one : { ...one, failures: Math.min(one.failures, 2) }));
});
/** Seconds between two waves: next to nothing, as long as one pause or another, days. */
const pause = fc.oneof(fc.integer({ min: 1, max: 400 }), fc.constantFrom(5, 300, 1_800, 7_200, 90_000));
/** What happens to whom, and how they share connections and a handler's attention. */
const history = fc.record({
  resources: fc.array(events, { minLength: 450, maxLength: 480 }),
  pauses: fc.array(pause, { minLength: WAVES, maxLength: WAVES }),
  connections: fc.integer({ min: 2, max: 5 }),
  concurrency: fc.constantFrom(8, 40, 200),
});

interface Place {
  readonly key: string;
  readonly events: readonly { readonly wave: number; readonly failures: number }[];
  id: string | undefined;
  version: number;
}

/** Makes the next event of a resource; what its handler is to do stands in the resource. */
async function write(scim: Scim, place: Place, failures: number) {
  place.version += 1;
  const title = `${failures} ${place.version}`;
  if (place.id === undefined) {
    const name = `user-${crypto.randomUUID()}`;
    const { body } = await send(scim, '/Users', { key: place.key, body: user(name, { title }) });
    place.id = String(body.id);
    return place.id;
  }
  const body = patch({ op: 'replace', value: { title } });
  const { status } = await send(scim, `/Users/${place.id}`, { key: place.key, method: 'PATCH', body });
  expect(status).toBe(200);
  return place.id;
}

function failuresOf({ data }: ScimEvent): number {
  return Number.parseInt(String((data.resource as { readonly title?: string }).title), 10);
}

test(
  `fault-F14, inv-I2, P27 ${kind}: whatever fails how often, each event is told when the model says, nobody waits for another, and what is poison is given up after 75 hours`,
  async () => {
    await fc.assert(
      fc.asyncProperty(history, async ({ resources, pauses, connections, concurrency }) => {
        const time = { now: Date.parse('2026-03-02T08:00:00Z') };
        const { scim } = openScim({
          clock: () => time.now,
          dispatch: { pollMs: 10, leaseSeconds: 30 },
        });
        const model = new QueueModel(DELAYS_MS);
        const book = new TriesBook();
        let isCured = false;
        const handler = (event: ScimEvent, { attempt }: EventDelivery) => {
          const { resourceId, resourceVersion: version } = event;
          book.note(resourceId, { version, attempt, at: time.now });
          if (!isCured && attempt <= failuresOf(event)) throw new Error(`fails at try ${attempt}`);
        };
        scim.events.subscribe({ name: 'list', handler, concurrency });
        scim.dispatcher.start();
        const keys: string[] = [];
        for (let at = 0; at < connections; at += 1) keys.push((await connect(scim, `customer-${at}`)).key);
        const places = resources.map((own, at): Place => {
          const key = String(keys[at % keys.length]);
          return { key, events: own, id: undefined, version: 0 };
        });
        const expectSettled = async (moment: string) =>
          expect({ moment, faults: await settle(scim, model, book) }).toEqual({ moment, faults: [] });

        for (const [wave, pauseSeconds] of pauses.entries()) {
          time.now += pauseSeconds * 1000;
          model.pass(time.now);
          // Written while others are tried again.
          await Promise.all(
            places.map(async (place) => {
              for (const { failures } of place.events.filter((one) => one.wave === wave)) {
                const id = await write(scim, place, failures);
                model.add(id, { version: place.version, failures, now: time.now });
              }
            }),
          );
          await expectSettled(`wave ${wave}`);
        }
        for (let due = model.lastDue(); due !== undefined; due = model.lastDue()) {
          time.now = Math.max(due, time.now);
          model.pass(time.now);
          await expectSettled('afterwards');
        }

        const dead = await listLetters(scim, 'dead');
        const toText = (resourceId: string, version: number, givenUpAt: number) =>
          `${resourceId} ${version} since ${givenUpAt}`;
        expect(
          dead
            .map(({ event, givenUpAt }) => toText(event.resourceId, event.resourceVersion, givenUpAt ?? 0))
            .sort(),
        ).toEqual(
          model.dead
            .map(({ resourceId, version, givenUpAt }) => toText(resourceId, version, givenUpAt / 1000))
            .sort(),
        );
        for (const { attempts, firstAt, givenUpAt } of model.dead) {
          expect(attempts).toBe(10);
          expect(givenUpAt - firstAt).toBeGreaterThan(75 * HOUR);
        }
        const failing = resources.flat().filter(({ failures }) => failures > 0).length;
        countInputs(`F14 events that fail, ${kind}: given up`, dead.length);
        countInputs(`F14 events that fail, ${kind}: dealt with after all`, failing - dead.length);

        isCured = true;
        const [unwanted] = model.dead;
        if (unwanted !== undefined) {
          const { resourceId, version } = unwanted;
          const letter = dead.find(
            ({ event }) => event.resourceId === resourceId && event.resourceVersion === version,
          );
          const selection = { consumer: 'list', eventId: letter?.event.id };
          expect((await scim.events.deadLetters.discard(selection)).getOrThrow()).toEqual({ count: 1 });
          model.discard(unwanted);
        }
        const { count } = (await scim.events.deadLetters.replay({ consumer: 'list' })).getOrThrow();
        expect(count).toBe(model.dead.length);
        model.cure(time.now);
        await expectSettled('replayed');
        expect(await listLetters(scim, 'dead')).toEqual([]);
        await scim.dispatcher.stop();
      }),
      { numRuns: runs(isOnPostgres() ? 1 : 2), seed: SEED, endOnFailure: true },
    );
  },
  seconds(120),
);
