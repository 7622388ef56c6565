import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { createFolder } from '../support/connections.ts';
import { countInputs, runs, SEED, seconds } from '../support/counts.ts';
import { isOnPostgres } from '../support/databases.ts';
import { createDice } from '../support/dice.ts';
import { startReceiver } from '../support/webhook-receiver.ts';
import { createApps } from './kill/app-process.ts';
import { createPlace } from './kill/place.ts';
import { findTellingFaults, readCommitted, type ToldEvent } from './kill/told.ts';
import { startTraffic } from './kill/traffic.ts';

const kind = isOnPostgres() ? 'postgres' : 'sqlite';
/** Longer than the lease of these apps, which is a second. */
const PAUSE_MS = 1_800;

test(
  `fault-F17 ${kind}, inv-I2: of two dispatchers each is stopped past its lease in turn; what is told stays in order per resource, and nothing is left out`,
  async () => {
    const apps = createApps();
    const place = createPlace();
    const receiver = await startReceiver();
    const telling = { book: join(createFolder(), 'book'), url: receiver.url };
    // One serves requests, the others hand out what it commits.
    const server = apps.start();
    const port = await server.open(place.toOptions('server'));
    const dispatchers = [apps.start(), apps.start()] as const;
    await dispatchers[0].open({ ...place.toOptions('one'), telling });
    await dispatchers[1].open({ ...place.toOptions('other'), telling });
    const connected = await server.connect('customer');
    const traffic = await startTraffic({ ...connected, port, dice: createDice(SEED) });
    await traffic.begun;
    const pauses = runs(2);
    for (let at = 0; at < pauses; at += 1) {
      const dispatcher = dispatchers[at % 2 === 0 ? 0 : 1];
      dispatcher.pause();
      await sleep(PAUSE_MS);
      dispatcher.resume();
      await sleep(300);
    }
    await traffic.stop();

    const { read, close } = await place.reopen('nobody');
    const committed = await readCommitted(read);
    close();
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
      { timeout: 60_000, interval: 100 },
    );
    countInputs(`F17 dispatchers stopped past their lease, ${kind}`, pauses);
    countInputs(`F17 events handed out meanwhile, ${kind}`, committed.size);
    for (const told of readAll())
      expect({ seed: SEED, faults: findTellingFaults(told, committed) }).toEqual({ seed: SEED, faults: [] });
  },
  seconds(120),
);
