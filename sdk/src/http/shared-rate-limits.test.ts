import { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { TestDatabase } from '../../test/support/databases.ts';
import { type Answer, connect, type OpenOptions, openScim, send, user } from '../../test/support/scim.ts';
import { openStore } from '../store/open-store.ts';
import type { AllowanceTaken } from '../store/port.ts';
import { createScope } from '../store/scope.ts';
import { createSharedRateLimiter } from './shared-rate-limiter.ts';

/** So slow that nothing comes back while a test runs. */
const STILL = { requestsPerSecond: 0.001, burst: 40, shared: true };

/** Two servers on one database, as two processes are. */
async function openTwo(options: OpenOptions) {
  const first = openScim(options);
  const second = openScim({ ...options, on: first.database });
  const scims = [first.scim, second.scim] as const;
  const connection = await connect(first.scim);
  return {
    ...connection,
    database: first.database,
    log: first.log,
    /** Whether a server could not count with the other one for a while, as it then says. */
    wasAlone: () =>
      [...first.log, ...second.log].some(({ message }) => message.includes('shared rate limits')),
    get: (index: number, key = connection.key) =>
      send(scims[index % 2] ?? first.scim, '/Users?count=0', { key }),
    post: (body: unknown, path = '/Bulk') => send(first.scim, path, { key: connection.key, body }),
  };
}

/**
 * Two servers that count together. Where a busy disk keeps one commit for half a second each counts for itself, as it
 * should, which is no test of these rules: then, and only then, it is done again.
 */
async function withTwo(
  options: OpenOptions,
  check: (two: Awaited<ReturnType<typeof openTwo>>) => Promise<void>,
) {
  for (let tries = 1; ; tries += 1) {
    const two = await openTwo(options);
    try {
      return await check(two);
    } catch (error) {
      if (!two.wasAlone() || tries === 3) throw error;
    }
  }
}

const countOf = (answers: readonly Answer[], status: number) =>
  answers.filter((answer) => answer.status === status).length;

describe('P9: rates shared through the database', () => {
  test('hold for all servers together: the surplus over the burst is 429 with a whole number of seconds', async () => {
    await withTwo({ limits: { rateLimit: STILL } }, async ({ get }) => {
      const answers = await Promise.all(Array.from({ length: 120 }, (_, index) => get(index)));

      const refused = answers.filter(({ status }) => status === 429);
      expect(countOf(answers, 200)).toBe(40);
      expect(refused).toHaveLength(80);
      for (const { headers } of refused) expect(headers.get('retry-after')).toBe('30');
    });
  });

  test('come back with time, at the rate of all servers together', async () => {
    const rateLimit = { requestsPerSecond: 40, burst: 30, shared: true };
    await withTwo({ limits: { rateLimit } }, async ({ get }) => {
      const start = performance.now();
      let admitted = 0;
      while (performance.now() - start < 3_000) {
        admitted += countOf(await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map((index) => get(index))), 200);
        await setTimeout(5);
      }
      const seconds = (performance.now() - start) / 1000;

      expect(admitted).toBeLessThanOrEqual(30 + 40 * seconds);
      expect(admitted).toBeGreaterThan(30);
    });
  });

  test('are each connection’s own', async () => {
    await withTwo({ limits: { rateLimit: { ...STILL, burst: 3 } } }, async ({ get, database }) => {
      const other = openScim({ on: database });
      const quiet = await connect(other.scim, 'quiet');

      const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => get(index)));
      const others = await Promise.all([get(0, quiet.key), get(0, quiet.key), get(0, quiet.key)]);

      expect(countOf(answers, 200)).toBe(3);
      expect(countOf(others, 200)).toBe(3);
    });
  });

  test('are charged for the operations of a bulk request at every server', async () => {
    await withTwo({ limits: { rateLimit: STILL } }, async ({ get, post }) => {
      const Operations = Array.from({ length: 60 }, (_, index) => ({
        method: 'POST',
        path: '/Users',
        data: user(`u${index}`),
      }));

      const bulk = await post({ schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'], Operations });

      expect(bulk.status).toBe(200);
      await vi.waitFor(async () => expect((await get(1)).status).toBe(429), 5_000);
      expect((await get(0)).status).toBe(429);
    });
  });

  test('cannot be kept: each server counts for itself, says so once, and goes back to counting together', async () => {
    const { get, database, log } = await openTwo({ limits: { rateLimit: { ...STILL, burst: 5 } } });
    expect((await get(0)).status).toBe(200);
    await execute(database, 'ALTER TABLE {p}rate_limits RENAME TO {p}rate_limits_away');

    const answers = await Promise.all(Array.from({ length: 30 }, () => get(0)));

    expect(countOf(answers, 200)).toBe(5);
    expect(countOf(answers, 429)).toBe(25);
    const warnings = log.filter(({ message }) => message.includes('shared rate limits'));
    expect(warnings).toHaveLength(1);

    await execute(database, 'ALTER TABLE {p}rate_limits_away RENAME TO {p}rate_limits');
    await setTimeout(1_100);
    const later = await Promise.all(Array.from({ length: 30 }, (_, index) => get(index)));
    expect(countOf(later, 200)).toBe(4);
  });

  test('go with their connection', async () => {
    const { scim, database } = openScim({ limits: { rateLimit: STILL } });
    const { key, connectionId } = await connect(scim);
    await send(scim, '/Users', { key });
    const count = () => database.rows('SELECT connection_id FROM {p}rate_limits');
    expect(await count()).toHaveLength(1);
    (await scim.management.deleteScimConnection({ scimConnectionId: connectionId })).getOrThrow();
    expect(await count()).toHaveLength(0);
  });
});

describe('P9: what a process asks the database', () => {
  /** A limiter on a real store, whose calls are counted and can be held back. */
  async function openCounted(limit: object) {
    const { scim, database } = openScim();
    const connection = await connect(scim);
    const store = openStore(database.location, { prefix: database.prefix, types: [] });
    onTestFinished(() => store.close());
    const seen = { asked: 0, gate: Promise.resolve() };
    const takeAllowance = async (
      ...asked: Parameters<typeof store.takeAllowance>
    ): Promise<AllowanceTaken> => {
      seen.asked += 1;
      await seen.gate;
      return store.takeAllowance(...asked);
    };
    const warn = vi.fn();
    const limiter = createSharedRateLimiter({
      store: { takeAllowance },
      limit: { concurrent: 16, ...STILL, ...limit },
      clock: Date.now,
      logger: { error: warn, warn, info: warn },
    });
    return { limiter, seen, warn, scope: createScope(connection) };
  }

  test('is one question for several requests, and none for what is refused', async () => {
    const { limiter, seen, scope } = await openCounted({ requestsPerSecond: 50, burst: 200 });
    for (let index = 0; index < 100; index += 1) await limiter.take(scope);
    expect(seen.asked).toBeLessThanOrEqual(12);

    limiter.charge(scope, 1_000);
    await vi.waitFor(() => expect(limiter.take(scope)).rejects.toMatchObject({ status: 429 }), 10_000);
    const asked = seen.asked;
    const refused = await Promise.allSettled(Array.from({ length: 500 }, () => limiter.take(scope)));
    expect(refused.filter(({ status }) => status === 'rejected')).toHaveLength(500);
    expect(seen.asked).toBe(asked);
  });

  test('is not waited for longer than half a second: the process then counts for itself', async () => {
    const { limiter, seen, warn, scope } = await openCounted({ burst: 3 });
    const { promise, resolve } = Promise.withResolvers<void>();
    seen.gate = promise;

    const taken = await Promise.allSettled(Array.from({ length: 10 }, () => limiter.take(scope)));
    resolve();

    expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect(seen.asked).toBe(1);
    expect(warn).toHaveBeenCalledOnce();
  });
});

/** Runs a statement past the store. */
async function execute(database: TestDatabase, sql: string): Promise<void> {
  if (database.file === undefined) {
    await database.rows(sql);
    return;
  }
  const handle = new DatabaseSync(database.file);
  handle.exec(sql.replaceAll('{p}', database.prefix));
  handle.close();
}
