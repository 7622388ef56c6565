import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Scim, ScimEvent } from '../../src/index.ts';
import { openStore } from '../../src/store/open-store.ts';
import { groupType, userType } from '../support/connections.ts';
import { connect, group, openScim, patch, send, user } from '../support/scim.ts';

const QUICK = { pollMs: 20, leaseSeconds: 2 };

const nameOf = (event: ScimEvent) => String((event.data.resource as { userName?: string }).userName);

describe('P27: a handler is told of events', () => {
  test('from the first one on, then of what happens, in the order of each resource', async () => {
    const { scim } = openScim({ dispatch: QUICK });
    const { key, connectionId, customerId } = await connect(scim);
    const { body: ann } = await send(scim, '/Users', { key, body: user('ann') });
    const told: ScimEvent[] = [];
    scim.events.subscribe({ name: 'list', handler: (event) => void told.push(event) });
    scim.dispatcher.start();
    await until(() => expect(told).toHaveLength(1));
    for (const title of ['a', 'b', 'c', 'd'])
      await send(scim, `/Users/${ann.id}`, {
        key,
        method: 'PATCH',
        body: patch({ op: 'replace', value: { title } }),
      });
    await until(() => expect(told).toHaveLength(5));

    expect(told.map(({ resourceVersion }) => resourceVersion)).toEqual([1, 2, 3, 4, 5]);
    expect(told[0]).toMatchObject({ connectionId, customerId, type: 'user.created' });
    expect((await scim.events.list({ connectionId })).getOrThrow().events).toEqual(told);
  });

  test('goes on behind what it was told of, in another process', async () => {
    const { scim, database } = openScim({ dispatch: QUICK });
    const { key } = await connect(scim);
    const first: string[] = [];
    scim.events.subscribe({ name: 'list', handler: (event) => void first.push(nameOf(event)) });
    scim.dispatcher.start();
    for (const name of ['a', 'b']) await send(scim, '/Users', { key, body: user(name) });
    await until(() => expect(first).toHaveLength(2));
    await scim.dispatcher.stop();
    await send(scim, '/Users', { key, body: user('c') });

    const { scim: other } = openScim({ on: database, dispatch: QUICK });
    const second: string[] = [];
    other.events.subscribe({ name: 'list', handler: (event) => void second.push(nameOf(event)) });
    other.dispatcher.start();
    await until(() => expect(second).toEqual(['c']));
    await sleep(100);
    expect([first, second]).toEqual([['a', 'b'], ['c']]);
  });

  test('of the types, connections and customers it asked for, from now on where it asked for that', async () => {
    const { scim } = openScim({ dispatch: QUICK });
    const acme = await connect(scim, 'acme');
    const birch = await connect(scim, 'birch');
    await send(scim, '/Users', { key: acme.key, body: user('early') });
    const told: Record<string, string[]> = { deleted: [], users: [], birch: [], now: [] };
    const note = (name: string) => (event: ScimEvent) =>
      void told[name]?.push(`${event.customerId} ${event.type}`);
    scim.events.subscribe({ name: 'deleted', types: ['user.deleted'], handler: note('deleted') });
    scim.events.subscribe({
      name: 'users',
      types: ['user.*'],
      connectionId: acme.connectionId,
      handler: note('users'),
    });
    scim.events.subscribe({ name: 'birch', customerId: 'birch', handler: note('birch') });
    scim.events.subscribe({ name: 'now', from: 'now', handler: note('now') });
    scim.dispatcher.start();
    await until(() => expect(told.users).toHaveLength(1));
    await sleep(200);
    const { body: bob } = await send(scim, '/Users', { key: birch.key, body: user('bob') });
    await send(scim, '/Groups', { key: acme.key, body: group('crew') });
    await send(scim, `/Users/${bob.id}`, { key: birch.key, method: 'DELETE' });
    await until(() => expect(told.now).toHaveLength(3));
    await until(() => expect(told.birch).toHaveLength(2));
    await until(() => expect(told.deleted).toHaveLength(1));

    expect(told.deleted).toEqual(['birch user.deleted']);
    expect(told.users).toEqual(['acme user.created']);
    expect(told.birch).toEqual(['birch user.created', 'birch user.deleted']);
    expect(told.now?.toSorted()).toEqual(['acme group.created', 'birch user.created', 'birch user.deleted']);
  });

  test('P23: the alarm of the guard can be asked for by its name', async () => {
    const { scim } = openScim({ dispatch: QUICK });
    const { key } = await connect(scim);
    const ids: string[] = [];
    for (let number = 0; number < 50; number++)
      ids.push((await send(scim, '/Users', { key, body: user(`person.${number}`) })).body.id);
    const told: Record<string, string[]> = { alarm: [], group: [] };
    const note = (name: string) => (event: ScimEvent) => void told[name]?.push(event.type);
    const alarm = 'scim.mass_deprovision.held';
    scim.events.subscribe({ name: 'alarm', types: [alarm], handler: note('alarm') });
    scim.events.subscribe({ name: 'group', types: ['scim.mass_deprovision.*'], handler: note('group') });
    scim.dispatcher.start();
    const off = patch({ op: 'replace', path: 'active', value: false });
    for (const id of ids.slice(0, 21)) await send(scim, `/Users/${id}`, { key, method: 'PATCH', body: off });

    await until(() => expect(told).toEqual({ alarm: [alarm], group: [alarm] }));
  });

  test('types of which there can be no events are refused, of handlers and of webhooks', async () => {
    const { scim } = openScim({ dispatch: QUICK });
    const url = 'https://crm.example/hooks';
    const subscribe = (types: readonly string[]) => scim.events.subscribe({ name: 'x', types, handler() {} });

    expect(() => subscribe(['users.*'])).toThrow(
      /no event is called users\.\*\. They begin with user\., group\./,
    );
    await expect(scim.webhooks.create({ url, types: ['user.*', 'users.created'] })).rejects.toThrow(
      TypeError,
    );
    const { webhookId } = (await scim.webhooks.create({ url, types: ['seats.*'] })).getOrThrow().webhook;
    await expect(scim.webhooks.update({ webhookId, types: ['member.*'] })).rejects.toThrow(TypeError);
    expect(subscribe(['user.*', 'group.members_changed', 'scim.*', 'seats.exceeded']).name).toBe('x');
  });

  test('a group’s event comes behind those of the people it names', async () => {
    const { scim } = openScim({ dispatch: QUICK });
    const { key } = await connect(scim);
    const ids: string[] = [];
    for (let at = 0; at < 6; at += 1)
      ids.push((await send(scim, '/Users', { key, body: user(`u${at}`) })).body.id);
    await send(scim, '/Groups', { key, body: group('crew', ids) });
    const ended: string[] = [];
    const handler = async ({ type, resourceId }: ScimEvent) => {
      if (type === 'user.created') await sleep(60);
      ended.push(`${type} ${resourceId}`);
    };
    scim.events.subscribe({ name: 'list', handler });
    scim.dispatcher.start();
    await until(() => expect(ended).toHaveLength(8));
    expect(ended.at(-1)).toContain('group.members_changed');
  });

  test('a name is subscribed once in a process, and parameters at fault are refused', async () => {
    const { scim } = openScim();
    const handler = () => {};
    scim.events.subscribe({ name: 'list', handler });
    expect(() => scim.events.subscribe({ name: 'list', handler })).toThrow(
      'subscribed in this process already',
    );
    expect(() => scim.events.subscribe({ name: 'a:b', handler })).toThrow('scim.events.subscribe: name');
    expect(() => scim.events.subscribe({ name: 'b', handler, types: ['user'] })).toThrow('types.0');
  });
});

/** Waits as long as a busy machine needs. */
function until<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 15_000, interval: 10 });
}

/** A clock that goes on only when told to. */
function createClock() {
  const time = { now: Date.now() };
  return { clock: () => time.now, pass: (milliseconds: number) => (time.now += milliseconds) };
}

/** What is to be tried again, once the first of it was tried so often. Written down a moment after the try. */
async function listWaiting(scim: Scim, attempts: number) {
  return until(async () => {
    const { letters } = (await scim.events.deadLetters.list({ state: 'waiting' })).getOrThrow();
    expect(letters[0]?.attempts).toBe(attempts);
    return letters;
  });
}

describe('fault-F14: a handler that fails', () => {
  test('nine times, then works: only its resource waits, and its later events come behind it, once', async () => {
    const { clock, pass } = createClock();
    const { scim } = openScim({ dispatch: QUICK, clock });
    const { key } = await connect(scim);
    const { body: ann } = await send(scim, '/Users', { key, body: user('ann') });
    const told: string[] = [];
    let tries = 0;
    const handler = (event: ScimEvent, { attempt }: { attempt: number }) => {
      if (event.resourceId === ann.id && event.resourceVersion === 1) {
        tries += 1;
        expect(attempt).toBe(tries);
        if (tries <= 9) throw new Error('not yet');
      }
      told.push(`${nameOf(event)} ${event.resourceVersion}`);
    };
    scim.events.subscribe({ name: 'list', handler });
    scim.dispatcher.start();
    await until(() => expect(tries).toBe(1));
    await send(scim, `/Users/${ann.id}`, {
      key,
      method: 'PATCH',
      body: patch({ op: 'replace', value: { title: 'x' } }),
    });
    await send(scim, '/Users', { key, body: user('bob') });
    await until(() => expect(told).toEqual(['bob 1']));
    let virtualMs = 0;
    for (let tried = 1; tried < 10; tried += 1) {
      const waiting = await listWaiting(scim, tried);
      expect(waiting.map(({ event, attempts }) => [event.resourceVersion, attempts])).toEqual([
        [1, tried],
        [2, 0],
      ]);
      const wait = (waiting[0]?.nextAttemptAt ?? 0) * 1000 - clock();
      virtualMs += wait;
      pass(wait);
      await until(() => expect(tries).toBe(tried + 1));
    }
    await until(() => expect(told).toEqual(['bob 1', 'ann 1', 'ann 2']));
    expect(virtualMs / 3_600_000).toBeGreaterThan(75);
    expect(virtualMs / 3_600_000).toBeLessThan(76);
    await until(async () =>
      expect((await scim.events.deadLetters.list({ state: 'waiting' })).getOrThrow().letters).toEqual([]),
    );
  }, 60_000);

  test('an event that failed waits for its pause though the one before it is dealt with meanwhile', async () => {
    const { clock, pass } = createClock();
    const { scim, database } = openScim({ dispatch: QUICK, clock });
    const { key, connectionId } = await connect(scim);
    const { body: ann } = await send(scim, '/Users', { key, body: user('ann') });
    const body = patch({ op: 'replace', value: { title: 'x' } });
    await send(scim, `/Users/${ann.id}`, { key, method: 'PATCH', body });
    // As it is when the second one came and failed just as the first was through.
    const store = openStore(database.location, { prefix: database.prefix, types: [userType, groupType] });
    onTestFinished(() => store.close());
    const claimed = await store.deliveries.claim({ consumer: 'list', connectionId, leaseMs: 60_000 });
    const parked = [clock(), clock() + 5_000].map((dueAt, at) => ({
      ...{ position: at + 1, resourceId: String(ann.id), attempts: 1, deadAt: null, error: 'not yet' },
      dueAt,
    }));
    const outcome = { position: 2, parked, failed: [], delivered: [], next: [], leaseMs: 0 };
    expect(claimed && (await store.deliveries.settle(claimed.claim, outcome))).toBe(true);

    const told: string[] = [];
    const handler = (event: ScimEvent, { attempt }: { attempt: number }) =>
      void told.push(`version ${event.resourceVersion}, try ${attempt}`);
    scim.events.subscribe({ name: 'list', handler });
    scim.dispatcher.start();
    await until(() => expect(told).toHaveLength(1));
    await sleep(400);
    expect(told).toEqual(['version 1, try 2']);
    pass(5_000);
    await until(() => expect(told).toEqual(['version 1, try 2', 'version 2, try 2']));
  });

  test('always: the event is given up after some 75 hours, its resource goes on, and it can be replayed or discarded', async () => {
    const { clock, pass } = createClock();
    const { scim, log } = openScim({ dispatch: QUICK, clock });
    const { key, connectionId } = await connect(scim);
    const { body: ann } = await send(scim, '/Users', { key, body: user('ann') });
    const told: number[] = [];
    let isPoison = true;
    const handler = (event: ScimEvent) => {
      if (isPoison && event.resourceVersion === 1) throw new Error('poison');
      told.push(event.resourceVersion);
    };
    const start = clock();
    scim.events.subscribe({ name: 'list', handler });
    scim.dispatcher.start();
    await send(scim, `/Users/${ann.id}`, {
      key,
      method: 'PATCH',
      body: patch({ op: 'replace', value: { title: 'x' } }),
    });
    const listDead = async () => (await scim.events.deadLetters.list()).getOrThrow().letters;
    for (let tried = 1; tried < 10; tried += 1) {
      const [next] = await listWaiting(scim, tried);
      pass((next?.nextAttemptAt ?? 0) * 1000 - clock());
    }
    await until(async () => expect(await listDead()).toHaveLength(1));
    const [letter] = await listDead();
    await until(() => expect(told).toEqual([2]));
    expect(letter).toMatchObject({ consumer: 'list', attempts: 10, error: 'poison', nextAttemptAt: null });
    expect(letter?.event.resourceVersion).toBe(1);
    expect(((letter?.givenUpAt ?? 0) * 1000 - start) / 3_600_000).toBeGreaterThan(75);
    expect(log.filter(({ level }) => level === 'error')).toHaveLength(1);

    isPoison = false;
    const selection = { consumer: 'list', connectionId, eventId: letter?.event.id };
    expect((await scim.events.deadLetters.replay(selection)).getOrThrow()).toEqual({ count: 1 });
    await until(() => expect(told).toEqual([2, 1]));
    expect((await scim.events.deadLetters.discard(selection)).getOrThrow()).toEqual({ count: 0 });
    expect(await listDead()).toEqual([]);
  }, 90_000);
});

describe('P27: replay and discard are administrative acts', () => {
  test('each is audited for each connection it concerns: who, which handler, how many; nothing where there was nothing', async () => {
    const { scim, database } = openScim({ dispatch: QUICK });
    const [acme, birch] = [await connect(scim, 'acme'), await connect(scim, 'birch')];
    for (const name of ['ann', 'bob']) await send(scim, '/Users', { key: acme.key, body: user(name) });
    await send(scim, '/Users', { key: birch.key, body: user('cid') });
    const handler = () => {
      throw new Error('poison');
    };
    scim.events.subscribe({ name: 'list', handler, retryDelaysSeconds: [] });
    scim.dispatcher.start();
    const { deadLetters } = scim.events;
    const untilDead = () =>
      until(async () => {
        const { letters } = (await deadLetters.list()).getOrThrow();
        expect(letters).toHaveLength(3);
        return letters;
      });
    const of = { consumer: 'list', actor: 'nora' };
    const [letter] = await untilDead();
    const only = { ...of, connectionId: letter?.event.connectionId, eventId: letter?.event.id };
    expect((await deadLetters.replay(of)).getOrThrow()).toEqual({ count: 3 });
    await untilDead();
    await scim.dispatcher.stop();
    expect((await deadLetters.replay({ ...of, consumer: 'nobody' })).getOrThrow()).toEqual({ count: 0 });
    expect((await deadLetters.discard(only)).getOrThrow()).toEqual({ count: 1 });
    expect((await deadLetters.discard({ consumer: 'list' })).getOrThrow()).toEqual({ count: 2 });

    const rows = await database.rows(
      "SELECT action, actor, customer_id, detail FROM {p}audit WHERE action LIKE 'event.%'",
    );
    const acts = rows.map(({ action, actor, customer_id: customerId, detail }) => ({
      action,
      actor,
      customerId,
      ...(typeof detail === 'string' ? JSON.parse(detail) : (detail as object)),
    }));
    const { customerId, eventId } = { customerId: letter?.event.customerId, eventId: letter?.event.id };
    const consumer = 'list';
    const left = { acme: 2, birch: 1, [String(customerId)]: customerId === 'acme' ? 1 : 0 };
    const discarded = Object.entries(left).flatMap(([id, events]) =>
      events === 0 ? [] : [{ action: 'event.discarded', actor: null, customerId: id, consumer, events }],
    );
    expect(acts).toHaveLength(3 + discarded.length);
    expect(acts).toEqual(
      expect.arrayContaining([
        { action: 'event.replayed', actor: 'nora', customerId: 'acme', consumer, events: 2 },
        { action: 'event.replayed', actor: 'nora', customerId: 'birch', consumer, events: 1 },
        { action: 'event.discarded', actor: 'nora', customerId, consumer, events: 1, eventId },
        ...discarded,
      ]),
    );
    const timeline = (
      await scim.management.getTimeline({ customerId: 'acme', userName: 'ann' })
    ).getOrThrow();
    expect(timeline.entries.filter(({ type }) => type === 'event.replayed')).toMatchObject([
      { kind: 'act', actor: 'nora', detail: { consumer, events: 2 } },
    ]);
  });
});

describe('fault-F13, inv-I14: a handler that hangs', () => {
  test('is given up on in time; other resources flow meanwhile, and requests are as quick as ever', async () => {
    const { scim } = openScim({ dispatch: QUICK });
    const { key } = await connect(scim);
    const told: string[] = [];
    const aborted: string[] = [];
    const handler = (event: ScimEvent, { signal }: { signal: AbortSignal }) => {
      if (nameOf(event).startsWith('hang')) {
        signal.addEventListener('abort', () => aborted.push(nameOf(event)));
        return new Promise(() => {});
      }
      told.push(nameOf(event));
    };
    scim.events.subscribe({ name: 'list', handler, timeoutSeconds: 1, retryDelaysSeconds: [] });
    scim.dispatcher.start();
    const times: number[] = [];
    for (let at = 0; at < 40; at += 1) {
      const begin = performance.now();
      await send(scim, '/Users', { key, body: user(at % 10 === 3 ? `hang${at}` : `user${at}`) });
      times.push(performance.now() - begin);
    }
    await until(() => expect(told).toHaveLength(36));
    expect(aborted).toEqual([]);
    await until(async () =>
      expect((await scim.events.deadLetters.list()).getOrThrow().letters).toHaveLength(4),
    );
    expect(aborted).toHaveLength(4);
    expect(Math.max(...times)).toBeLessThan(1_000);
  });
});

describe('fault-F17: two dispatchers', () => {
  test('share the work: each event is told once, by one of them', async () => {
    const first = openScim({ dispatch: QUICK });
    const second = openScim({ on: first.database, dispatch: QUICK });
    const told: string[] = [];
    for (const { scim } of [first, second]) {
      scim.events.subscribe({ name: 'list', handler: async (event) => void told.push(event.id) });
      scim.dispatcher.start();
    }
    const keys: string[] = [];
    for (let at = 0; at < 6; at += 1) keys.push((await connect(first.scim, `customer-${at}`)).key);
    for (let at = 0; at < 60; at += 1)
      await send(at % 2 ? first.scim : second.scim, '/Users', {
        key: keys[at % 6] ?? '',
        body: user(`u${at}`),
      });
    await until(() => expect(told.length).toBeGreaterThanOrEqual(60));
    await sleep(300);
    expect(told).toHaveLength(60);
    expect(new Set(told).size).toBe(60);
  });

  test('the acknowledgement of one that comes after its lease was taken over is refused', async () => {
    const first = openScim();
    const { key, connectionId } = await connect(first.scim);
    await send(first.scim, '/Users', { key, body: user('ann') });
    const { database } = first;
    const store = openStore(database.location, { prefix: database.prefix, types: [userType, groupType] });
    onTestFinished(() => store.close());
    const claim = () => store.deliveries.claim({ consumer: 'list', connectionId, leaseMs: 50 });
    const one = await claim();
    const none = await claim();
    await sleep(80);
    const two = await claim();
    const settle = (claimed: typeof one, position: number) =>
      claimed &&
      store.deliveries.settle(claimed.claim, {
        position,
        parked: [],
        failed: [],
        delivered: [],
        next: [],
        leaseMs: 50,
      });

    expect([one?.claim.fence, none, two?.claim.fence]).toEqual([1, undefined, 2]);
    expect(await settle(one, 1)).toBe(false);
    expect((await store.deliveries.positions('list')).get(connectionId)).toBe(0);
    expect(await settle(two, 1)).toBe(true);
    expect((await store.deliveries.positions('list')).get(connectionId)).toBe(1);
  });
});
