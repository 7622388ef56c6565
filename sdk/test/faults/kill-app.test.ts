import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { createFolder } from '../support/connections.ts';
import { countInputs, runs, SEED, seconds } from '../support/counts.ts';
import { isOnPostgres } from '../support/databases.ts';
import { startReceiver } from '../support/webhook-receiver.ts';
import { createApps } from './kill/app-process.ts';
import { createPlace, type Place } from './kill/place.ts';
import { killInRounds, type Round } from './kill/rounds.ts';
import { findTellingFaults, readCommitted, type ToldEvent } from './kill/told.ts';

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

/** The events a handler wrote down, one in a line. */
function readBook(book: string): readonly ToldEvent[] {
  if (!existsSync(book)) return [];
  const lines = readFileSync(book, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
}

/** A handler and a webhook that are told of events, while apps are killed. */
async function createTelling(place: Place) {
  const receiver = await startReceiver();
  const telling = { book: join(createFolder(), 'book'), url: receiver.url };
  const readAll = () => ({
    book: readBook(telling.book),
    sent: receiver.received.map(({ json }) => json as ToldEvent),
  });
  return {
    telling,
    /** What they were told, once the given app, which is not killed, has told them the rest. */
    async finish(start: ReturnType<typeof createApps>['start']) {
      const app = start();
      await app.open({ ...place.toOptions('last'), telling });
      const { read, close } = await place.reopen('nobody');
      const committed = await readCommitted(read);
      close();
      const countOf = (told: readonly ToldEvent[]) => new Set(told.map(({ id }) => id)).size;
      await vi.waitFor(
        () => {
          const { book, sent } = readAll();
          expect([countOf(book), countOf(sent)]).toEqual([committed.size, committed.size]);
        },
        { timeout: seconds(60), interval: 100 },
      );
      const { book, sent } = readAll();
      countInputs('F15 events: committed', committed.size);
      countInputs('F15 events: told a handler twice', book.length - committed.size);
      countInputs('F15 events: sent a webhook twice', sent.length - committed.size);
      return [...findTellingFaults(book, committed), ...findTellingFaults(sent, committed)];
    },
  };
}

describe(`fault-${FAULT} ${KIND}: the app is killed in the middle of its writes`, () => {
  test(
    `fault-${FAULT}, fault-F15, inv-I1, inv-I2, inv-I9, inv-I11: nothing acknowledged is lost, and nothing is there by half; a handler and a webhook are told of all of it, in order per resource, and twice only with the same id`,
    async () => {
      const apps = createApps();
      const place = createPlace();
      const { telling, finish } = await createTelling(place);
      const rounds = await killInRounds({
        place,
        start: () => apps.start(),
        rounds: runs(25),
        seed: SEED,
        telling,
      });
      const tellingFaults = await finish(() => apps.start());

      countRounds(rounds);
      expect({ seed: SEED, faults: rounds.flatMap(({ faults }) => faults) }).toEqual({
        seed: SEED,
        faults: [],
      });
      expect({ seed: SEED, faults: tellingFaults }).toEqual({ seed: SEED, faults: [] });
      expect(rounds.flatMap(({ refused }) => refused)).toEqual([]);
      const writes = rounds.map(({ acknowledged }) => acknowledged).sort((one, other) => one - other);
      expect(writes[Math.floor(writes.length / 2)]).toBeGreaterThanOrEqual(20);
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

  test('fault-F15 self-check: what tellings are judged by finds each kind of fault', () => {
    const event = (id: string, resourceVersion: number, resourceId = 'r') => ({
      id,
      type: 'user.updated',
      connectionId: 'c',
      resourceId,
      resourceVersion,
    });
    const committed = new Map(
      [1, 2].map((position) => [
        `e${position}`,
        { id: `e${position}`, connectionId: 'c', position, resourceId: 'r' },
      ]),
    );
    const [one, two] = [event('e1', 1), event('e2', 2)];
    expect(findTellingFaults([one, one, two, one], committed)).toEqual([]);
    expect(findTellingFaults([two, one], committed)).toEqual(['order: user.updated at 1 behind 2']);
    expect(findTellingFaults([one], committed)).toEqual(['never told: e2 at 2']);
    expect(findTellingFaults([one, two, event('e3', 3)], committed)).toEqual(['invented: user.updated e3']);
    expect(findTellingFaults([one, two, event('e2', 3)], committed)).toHaveLength(1);
  });
});
