import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createApps } from '../faults/kill/app-process.ts';
import { findFaults } from '../faults/kill/compare.ts';
import { startTraffic } from '../faults/kill/traffic.ts';
import { countInputs, runs, SEED, seconds } from '../support/counts.ts';
import { createDice } from '../support/dice.ts';
import { type Cluster, createCluster } from './cluster.ts';

const isLinux = process.platform === 'linux';
if (!isLinux) console.warn('fault-F4 is not tried: it needs Linux.');

/** What the plan promises from the moment the database takes connections again. */
const HEALED_MS = 5_000;

/** A PostgreSQL that may be killed, and an app of ours that uses it. */
async function openApp() {
  const cluster = await createCluster();
  onTestFinished(() => cluster.remove());
  const prefix = `t${randomBytes(5).toString('hex')}_`;
  const app = createApps().start();
  const port = await app.open({ database: cluster.url, prefix });
  return { cluster, app, port, prefix };
}

/** Reads past the app, over a connection for this one time. */
async function readOnce<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

function findFaultsIn(cluster: Cluster, prefix: string, known: Parameters<typeof findFaults>[1]) {
  return readOnce(cluster.url, (client) =>
    findFaults(async (sql, values) => {
      let count = 0;
      const text = sql.replaceAll('{p}', prefix).replaceAll('?', () => `$${++count}`);
      return (await client.query({ text, values: [...values] })).rows;
    }, known),
  );
}

describe.skipIf(!isLinux)(`the database is killed${isLinux ? '' : ' (skipped: needs Linux)'}`, () => {
  test(
    'fault-F4, inv-I1, inv-I2, inv-I4: 503 meanwhile, healed within 5 s by itself, and nothing acknowledged is lost',
    async () => {
      const { cluster, app, port, prefix } = await openApp();
      const dice = createDice(SEED);
      let slowest = 0;
      for (let round = 0; round < runs(3); round += 1) {
        const connected = await app.connect(`customer-${round}`);
        const traffic = await startTraffic({ ...connected, port, dice });
        await traffic.begun;
        await sleep(150 + dice.int(251));

        await cluster.kill();
        const before = traffic.ledger.acknowledged.length;
        await sleep(dice.int(1_000));
        const starting = cluster.start();
        await starting;
        const back = performance.now();
        await traffic.nextAcknowledgement();
        const healed = performance.now() - back;
        await sleep(200);
        await traffic.stop();

        const { ledger, statuses, badRetries } = traffic;
        slowest = Math.max(slowest, healed);
        countInputs('F4 kills of the database');
        countInputs('F4 writes: acknowledged before a kill', before);
        countInputs('F4 writes: acknowledged after it', ledger.acknowledged.length - before);
        countInputs('F4 writes: answered 503', statuses.get(503) ?? 0);
        const faults = await findFaultsIn(cluster, prefix, { ...connected, ledger });
        expect({ seed: SEED, round, faults }).toEqual({ seed: SEED, round, faults: [] });
        expect([...statuses.keys()].filter((status) => status === 0 || status >= 300)).toEqual([503]);
        expect(badRetries).toEqual([]);
        expect(healed).toBeLessThan(HEALED_MS);
      }
      console.info(`fault-F4: healed after ${Math.round(slowest)} ms at the latest.`);
    },
    seconds(120),
  );
});
