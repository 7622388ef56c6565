import { setTimeout } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { connect, defer, group, type OpenOptions, openScim, send, user } from '../../test/support/scim.ts';
import type { Scim } from '../index.ts';

const START = 1_767_225_600_000;

/** Until what was just sent waits where it has to wait. */
const nextTurn = () => setTimeout(200);

function openLimited(options: Parameters<typeof openScim>[0] = {}) {
  const time = { now: START };
  return { time, ...openScim({ limited: true, clock: () => time.now, ...options }) };
}

describe('requests of one connection', () => {
  test('rfc 205, rfc 213: are let in up to the burst, then answered 429 with a whole number of seconds, then let in again', async () => {
    const { scim, time } = openLimited({ limits: { rateLimit: { requestsPerSecond: 10, burst: 5 } } });
    const { key } = await connect(scim);
    for (let index = 0; index < 5; index += 1) expect((await send(scim, '/Users', { key })).status).toBe(200);
    const refused = await send(scim, '/Users', { key });
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.headers.get('content-type')).toBe('application/scim+json');
    expect(refused.body).toMatchObject({ status: '429', detail: 'Too many requests. Try again in 1 s.' });
    time.now += 200;
    expect((await send(scim, '/Users', { key })).status).toBe(200);
    expect((await send(scim, '/Users', { key })).status).toBe(200);
    expect((await send(scim, '/Users', { key })).status).toBe(429);
  });

  test('T25 wait at least 1 s and at most 30 s, whatever the limit', async () => {
    for (const [requestsPerSecond, seconds] of [
      [1000, '1'],
      [0.25, '4'],
      [0.001, '30'],
    ] as const) {
      const { scim } = openLimited({ limits: { rateLimit: { requestsPerSecond, burst: 1 } } });
      const { key } = await connect(scim);
      await send(scim, '/Users', { key });
      const refused = await send(scim, '/Users', { key });
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, seconds]);
    }
  });

  test('rfc 162: cost the other connections nothing', async () => {
    const { scim } = openLimited({ limits: { rateLimit: { requestsPerSecond: 1, burst: 3 } } });
    const [greedy, modest] = [await connect(scim, 'greedy'), await connect(scim, 'modest')];
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => send(scim, '/Users', { key: greedy.key })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(47);
    for (let index = 0; index < 3; index += 1) {
      expect((await send(scim, '/Users', { key: modest.key })).status).toBe(200);
    }
  });

  test('rfc 162: are counted for the connection, not for the key or the address', async () => {
    const { scim } = openLimited({ limits: { rateLimit: { requestsPerSecond: 1, burst: 2 } } });
    const { key, connectionId } = await connect(scim);
    await send(scim, '/Users', { key, address: '192.0.2.1' });
    await send(scim, '/Users', { key, address: '192.0.2.2' });
    const rotated = await scim.management.rotateScimApiKey({ scimConnectionId: connectionId });
    const second = rotated.getOrThrow().scimApiKey;
    expect((await send(scim, '/Users', { key: second, address: '192.0.2.3' })).status).toBe(429);
  });

  test('keep the default of 50 a second and 200 at once, and a clock set back does no harm', async () => {
    const { scim, time } = openLimited();
    const { key } = await connect(scim);
    const statuses: number[] = [];
    for (let index = 0; index < 201; index += 1)
      statuses.push((await send(scim, '/Users?count=0', { key })).status);
    expect(statuses.indexOf(429)).toBe(200);
    time.now -= 3_600_000;
    expect((await send(scim, '/Users', { key })).status).toBe(429);
    time.now += 1_000;
    expect((await send(scim, '/Users', { key })).status).toBe(200);
  });

  test('rfc 213: wait for a place 2 s at most when too many are at work, then 429', async () => {
    const holding = defer();
    const entered = defer();
    const { scim } = openScim({
      limits: { rateLimit: { concurrent: 1 }, hookTimeoutMs: 10_000 },
      hooks: {
        userCreated() {
          entered.resolve();
          return holding.promise;
        },
      },
    });
    const { key } = await connect(scim);
    const holder = send(scim, '/Users', { key, body: user('holder') });
    await entered.promise;
    const start = performance.now();
    const refused = await send(scim, '/Users', { key });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    expect(performance.now() - start).toBeGreaterThan(1_900);
    const waiting = send(scim, '/Users', { key });
    holding.resolve();
    expect((await holder).status).toBe(201);
    expect((await waiting).status).toBe(200);
  });
});

describe('failed authentications of one address', () => {
  test('rfc 166: are 429 after ten in a minute, and a valid key is never refused by it', async () => {
    const { scim, time } = openLimited();
    const { key } = await connect(scim);
    const address = '192.0.2.1';
    for (let index = 0; index < 10; index += 1) {
      expect((await send(scim, '/Users', { key: 'wrong', address })).status).toBe(401);
    }
    const refused = await send(scim, '/Users', { key: 'wrong', address });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(30);
    expect((await send(scim, '/Users', { address })).status).toBe(429);
    expect((await send(scim, '/Users', { key, address })).status).toBe(200);
    expect((await send(scim, '/Users', { key: 'wrong', address: '192.0.2.2' })).status).toBe(401);
    time.now += 60_000;
    expect((await send(scim, '/Users', { key: 'wrong', address })).status).toBe(401);
  });

  test('are not counted where no address is known, and not at all when the limit is off', async () => {
    for (const { scim } of [
      openLimited(),
      openLimited({ limits: { failedAuthenticationsPerMinute: false } }),
    ]) {
      for (let index = 0; index < 15; index += 1) {
        expect((await send(scim, '/Users', { key: 'wrong' })).status).toBe(401);
      }
    }
  });
});

describe('large bodies', () => {
  /** Sends the start of a large group and holds the rest back. */
  const slowGroup = (name: string) => {
    const rest = defer();
    const sent = defer();
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(Buffer.from(`${JSON.stringify(group(name)).slice(0, -1)}${' '.repeat(1 << 21)}`));
        sent.resolve();
        await rest.promise;
        controller.enqueue(Buffer.from('}'));
        controller.close();
      },
    });
    return { body, sent: sent.promise, finish: rest.resolve };
  };

  test('rfc 213: of one connection leave room for the others, and one too many is 503 with Retry-After', async () => {
    const { scim } = openScim();
    const [slow, other] = [await connect(scim, 'slow'), await connect(scim, 'other')];
    await send(scim, '/Users', { key: slow.key });
    await send(scim, '/Users', { key: other.key });
    const first = slowGroup('first');
    const holding = send(scim, '/Groups', { key: slow.key, body: first.body });
    await setTimeout(150);

    const large = `${JSON.stringify(group('large')).slice(0, -1)}${' '.repeat(1 << 21)}}`;
    expect((await send(scim, '/Groups', { key: other.key, body: large })).status).toBe(201);
    const refused = await send(scim, '/Groups', { key: slow.key, body: large });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
    // Small ones need no place, not even when their length is not known before.
    expect((await send(scim, '/Groups', { key: slow.key, body: group('small') })).status).toBe(201);

    first.finish();
    expect((await holding).status).toBe(201);
    expect((await send(scim, '/Groups', { key: slow.key, body: large })).status).toBe(201);
  });
});

test('a body still on its way when its request is given up on gives its place back', async () => {
  const { scim } = openScim({ limits: { requestTimeoutMs: 300 } });
  const { key } = await connect(scim);
  const never = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(Buffer.alloc(1 << 21, 0x20));
    },
  });
  expect((await send(scim, '/Groups', { key, body: never })).status).toBe(503);
  const large = JSON.stringify(group('large')) + ' '.repeat(1 << 21);
  expect((await send(scim, '/Groups', { key, body: large })).status).toBe(201);
});

describe('requests of many connections', () => {
  /** A connection whose key was used before: the first use is a write of its own. */
  const connectUsed = async (scim: Scim, customerId: string) => {
    const connection = await connect(scim, customerId);
    await send(scim, '/Users', { key: connection.key });
    return connection;
  };

  /** A hook that holds every change until it is told to go on, and notes whose change it was. */
  const openHeld = (limits: NonNullable<OpenOptions['limits']>) => {
    const rest = defer();
    const order: string[] = [];
    const opened = openScim({
      limits: { hookTimeoutMs: 20_000, ...limits },
      hooks: {
        async userCreated(_change, { customerId }) {
          order.push(customerId);
          await rest.promise;
        },
      },
    });
    return { ...opened, order, release: rest.resolve };
  };

  test('P9, rfc 162: take turns: who sends one waits behind one of each, not behind all of who sends many', async () => {
    const { scim, order, release } = openHeld({ maxConcurrentRequests: 1 });
    const [noisy, second, quiet] = [
      await connectUsed(scim, 'noisy'),
      await connectUsed(scim, 'second'),
      await connectUsed(scim, 'quiet'),
    ];
    const create = ({ key }: { key: string }, name: string) =>
      send(scim, '/Users', { key, body: user(name) });
    const sent = Array.from({ length: 30 }, (_, index) => create(noisy, `noisy${index}`));
    await vi.waitFor(() => expect(order).toEqual(['noisy']));
    sent.push(...Array.from({ length: 5 }, (_, index) => create(second, `second${index}`)));
    await nextTurn();
    sent.push(create(quiet, 'quiet'));
    await nextTurn();

    release();
    const answers = await Promise.all(sent);

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(order.slice(0, 8)).toEqual([
      'noisy',
      'noisy',
      'second',
      'quiet',
      'noisy',
      'second',
      'noisy',
      'second',
    ]);
  });

  test('P9: are bounded: who came last of the connection with the most is 503 with Retry-After, a quiet one is let in', async () => {
    const { scim, order, release } = openHeld({ maxConcurrentRequests: 1, maxWaitingRequests: 10 });
    const [noisy, quiet] = [await connectUsed(scim, 'noisy'), await connectUsed(scim, 'quiet')];
    const sent = Array.from({ length: 40 }, (_, index) =>
      send(scim, '/Users', { key: noisy.key, body: user(`noisy${index}`) }),
    );
    await vi.waitFor(() => expect(order).toEqual(['noisy']));
    await nextTurn();
    const asked = send(scim, '/Users', { key: quiet.key });
    await nextTurn();

    release();
    const answers = await Promise.all(sent);
    const refused = answers.filter(({ status }) => status !== 201);

    expect((await asked).status).toBe(200);
    expect(refused).toHaveLength(30);
    for (const { status, headers } of refused)
      expect([status, headers.get('retry-after')]).toEqual([503, '2']);
  });

  test('P9, P16: wait 2 s at most for the process too, then 503 with Retry-After', async () => {
    const { scim, order, release } = openHeld({ maxConcurrentRequests: 1 });
    const [one, other] = [await connectUsed(scim, 'one'), await connectUsed(scim, 'other')];
    const holding = send(scim, '/Users', { key: one.key, body: user('holder') });
    await vi.waitFor(() => expect(order).toEqual(['one']));

    const refused = await send(scim, '/Users', { key: other.key });
    release();

    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
    expect((await holding).status).toBe(201);
    expect((await send(scim, '/Users', { key: other.key })).status).toBe(200);
  });

  test('a body that is still on its way takes no place of the process', async () => {
    const { scim } = openScim({ limits: { maxConcurrentRequests: 1 } });
    const [slow, other] = [await connectUsed(scim, 'slow'), await connectUsed(scim, 'other')];
    const rest = defer();
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        await rest.promise;
        controller.enqueue(Buffer.from(JSON.stringify(user('slow'))));
        controller.close();
      },
    });
    const sending = send(scim, '/Users', { key: slow.key, body });
    await nextTurn();

    expect((await send(scim, '/Users', { key: other.key, body: user('quick') })).status).toBe(201);
    rest.resolve();
    expect((await sending).status).toBe(201);
  });
});
