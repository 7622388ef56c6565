import pg from 'pg';
import { expect, inject, onTestFinished, test } from 'vitest';
import { countInputs, runs, seconds } from '../support/counts.ts';
import { createTestDatabase } from '../support/databases.ts';
import { connect, openScim, send, user } from '../support/scim.ts';

const REQUESTS = 50;
/** Two seconds are promised (P16); a machine that is busy answers a little later. */
const LATEST_ANSWER_MS = 2_000 + 1_000;
const LATEST_RECOVERY_MS = 1_000 + 1_000;

/** A pool of two connections, which `sleep` takes both of. */
function openPool(limits: { readonly connectionTimeoutMillis?: number }) {
  const pool = new pg.Pool({ connectionString: inject('postgresUrl'), max: 2, ...limits });
  onTestFinished(() => pool.end());
  /** Answers how to end it. */
  const sleep = async () => {
    const clients = await Promise.all([pool.connect(), pool.connect()]);
    const pids = await Promise.all(
      clients.map(async (client) => (await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid),
    );
    const sleeping = clients.map((client) => client.query('SELECT pg_sleep(20)').catch(() => undefined));
    return async () => {
      const canceller = new pg.Client({ connectionString: inject('postgresUrl') });
      await canceller.connect();
      for (const pid of pids) await canceller.query('SELECT pg_cancel_backend($1)', [pid]);
      await Promise.all(sleeping);
      for (const client of clients) client.release();
      await canceller.end();
    };
  };
  return { pool, sleep };
}

test.each([
  ['that waits two seconds', { connectionTimeoutMillis: 2_000 }],
  ['that would wait for ever, as pg does by default', {}],
] as const)(
  'fault-F10, P16: the app’s pool %s is exhausted: 503 after two seconds, and service again at once',
  async (_name, limits) => {
    const { pool, sleep } = openPool(limits);
    const { scim, log } = openScim({ on: createTestDatabase(), database: pool });
    const { key } = await connect(scim);
    for (let round = 0; round < runs(2); round += 1) {
      const end = await sleep();
      const start = performance.now();
      const answers = await Promise.all(
        Array.from({ length: REQUESTS }, (_, index) =>
          index % 2 === 0
            ? send(scim, '/Users', { key })
            : send(scim, '/Users', { key, body: user(`person-${round}-${index}`) }),
        ),
      );
      expect(performance.now() - start).toBeLessThan(LATEST_ANSWER_MS);
      for (const { status, headers } of answers) {
        expect(status).toBe(503);
        expect(headers.get('retry-after')).toMatch(/^\d+$/);
      }

      await end();
      const recovered = performance.now();
      expect((await send(scim, '/Users', { key, body: user(`after-${round}`) })).status).toBe(201);
      expect(performance.now() - recovered).toBeLessThan(LATEST_RECOVERY_MS);
      // Nobody who was told 503 is served after all.
      expect((await send(scim, '/Users', { key })).body.totalResults).toBe(round + 1);
      expect([pool.totalCount, pool.waitingCount]).toEqual([2, 0]);
      countInputs('F10 requests to an exhausted pool', REQUESTS);
    }
    expect(log.filter(({ message }) => /unexpected/i.test(message))).toEqual([]);
  },
  seconds(60),
);
