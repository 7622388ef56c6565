import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { createFolder } from '../support/connections.ts';
import { countInputs, runs, SEED, seconds } from '../support/counts.ts';
import { isOnPostgres } from '../support/databases.ts';
import { createDice } from '../support/dice.ts';
import { connect, openScim, send, user } from '../support/scim.ts';
import { startReceiver } from '../support/webhook-receiver.ts';
import { type App, createApps } from './kill/app-process.ts';
import { readDeaths } from './kill/deadly.ts';
import { findTellingFaults, readCommitted, type ToldEvent } from './kill/told.ts';

const kind = isOnPostgres() ? 'postgres' : 'sqlite';
/** Of these apps. */
const LEASE_MS = 1_000;
/** What a busy machine needs beyond it, with a look every 100 ms. */
const GRACE_MS = 3_000;
/** The plan has 20 deaths a push; each takes a lease and a process, so a push has these and the long run all. */
const DEATHS = 4;

test(
  `fault-F15 ${kind}, inv-I2: a handler ends its process by process.exit or by filling the memory; another process tells the event again within the lease, and nothing is left out or out of order`,
  async () => {
    const { scim, database } = openScim();
    const customers = [await connect(scim, 'acme'), await connect(scim, 'birch')];
    const receiver = await startReceiver();
    const folder = createFolder();
    const telling = { book: join(folder, 'book'), deaths: join(folder, 'deaths'), url: receiver.url };
    const options = { database: database.option, prefix: database.prefix, telling };
    const apps = createApps({ NODE_OPTIONS: '--max-old-space-size=64' }, 'ignore');
    const opened = new Map<number | undefined, number>();
    const gone = new Map<number | undefined, number>();
    const opening: Promise<unknown>[] = [];
    let isOver = false;
    let next = apps.start();
    const keepRunning = async (app: App): Promise<void> => {
      await app.open(options);
      opened.set(app.pid, Date.now());
      void app.gone.then(() => {
        gone.set(app.pid, Date.now());
        if (isOver) return;
        opening.push(keepRunning(next));
        next = apps.start();
      });
    };
    await keepRunning(apps.start());
    await keepRunning(apps.start());

    const dice = createDice(SEED);
    const wanted = runs(DEATHS);
    let written = 0;
    const write = async (title: string) => {
      written += 1;
      const { key } = dice.pick(customers);
      expect((await send(scim, '/Users', { key, body: user(`user-${written}`, { title }) })).status).toBe(
        201,
      );
    };
    const countDeaths = { exit: 0, memory: 0 };
    for (let died = 0; died < wanted; ) {
      const times = Math.min(wanted - died, 1 + dice.int(2));
      const how = died === 0 || dice.oneIn(3) ? 'memory' : 'exit';
      for (let at = dice.int(6); at > 0; at -= 1) await write('');
      await write(`${how} ${times}`);
      for (let at = dice.int(6); at > 0; at -= 1) await write('');
      countDeaths[how] += times;
      died += times;
      await vi.waitFor(
        () => expect(readDeaths(telling.deaths).filter(({ dies }) => dies)).toHaveLength(died),
        { timeout: 30_000, interval: 20 },
      );
    }

    const committed = await readCommitted(database.rows);
    expect(committed.size).toBe(written);
    const readAll = (): readonly (readonly ToldEvent[])[] => [
      readFileSync(telling.book, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line)),
      receiver.received.map(({ json }) => json),
    ];
    await vi.waitFor(
      () => {
        for (const told of readAll()) expect(new Set(told.map(({ id }) => id)).size).toBe(committed.size);
      },
      { timeout: 30_000, interval: 50 },
    );
    const killed = readDeaths(telling.deaths).filter(({ dies }) => dies);
    await vi.waitFor(() => expect(killed.every(({ pid }) => gone.has(pid))).toBe(true), 30_000);
    await Promise.all(opening);
    isOver = true;
    for (const told of readAll())
      expect({ seed: SEED, faults: findTellingFaults(told, committed) }).toEqual({ seed: SEED, faults: [] });

    const tries = Map.groupBy(readDeaths(telling.deaths), ({ id }) => id);
    // From its end on; or from when the one that told it again was there at all, where both others had died.
    const waits = [...tries.values()].flatMap((all) =>
      all.flatMap(({ dies, pid }, index) => {
        const again = all[index + 1];
        if (!dies) return [];
        const since = Math.max(gone.get(pid) ?? Number.NaN, opened.get(again?.pid) ?? 0);
        return [(again?.at ?? Number.POSITIVE_INFINITY) - since];
      }),
    );
    expect(waits).toHaveLength(wanted);
    expect(Math.max(...waits)).toBeLessThan(LEASE_MS + GRACE_MS);
    countInputs(`F15 processes a handler ended, ${kind}: by process.exit`, countDeaths.exit);
    countInputs(`F15 processes a handler ended, ${kind}: by memory`, countDeaths.memory);
  },
  seconds(90),
);
