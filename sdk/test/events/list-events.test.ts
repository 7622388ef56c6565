import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Scim, ScimEvent } from '../../src/index.ts';
import { countInputs, runs, SEED, seconds } from '../support/counts.ts';
import { createDice } from '../support/dice.ts';
import { connect, group, openScim, patch, refuseAll, send, user } from '../support/scim.ts';

async function readAll(
  scim: Scim,
  selection: { connectionId?: string; customerId?: string } = {},
  limit = 100,
) {
  const events: ScimEvent[] = [];
  let after: string | undefined;
  for (;;) {
    const page = (await scim.events.list({ ...selection, after, limit })).getOrThrow();
    events.push(...page.events);
    after = page.next;
    if (!page.hasMore) return { events, next: after };
  }
}

describe('F3, P24: events are listed in order', () => {
  test('of one connection, page by page, from any event on', async () => {
    const { scim } = openScim();
    const { key, connectionId, customerId } = await connect(scim);
    for (const name of ['ann', 'bob', 'cid', 'dan', 'eve'])
      await send(scim, '/Users', { key, body: user(name) });

    const { events } = await readAll(scim, { connectionId }, 2);
    expect(events.map(({ type }) => type)).toEqual(Array(5).fill('user.created'));
    expect(events.map(({ data }) => (data.resource as { userName: string }).userName)).toEqual([
      'ann',
      'bob',
      'cid',
      'dan',
      'eve',
    ]);
    expect(events[0]).toMatchObject({ connectionId, customerId, resourceType: 'User', resourceVersion: 1 });
    expect((await readAll(scim, { customerId }, 3)).events).toEqual(events);
    const rest = await scim.events.list({ connectionId, after: events[2]?.cursor ?? '' });
    expect(rest.getOrThrow().events).toEqual(events.slice(3));
  });

  test('of all connections, each once, and what is next is read with the same cursor later', async () => {
    const { scim } = openScim();
    const acme = await connect(scim, 'acme');
    const birch = await connect(scim, 'birch');
    await send(scim, '/Users', { key: acme.key, body: user('ann') });
    await send(scim, '/Users', { key: birch.key, body: user('bob') });
    const first = await readAll(scim);
    await send(scim, '/Users', { key: acme.key, body: user('cid') });
    const later = (await scim.events.list({ after: first.next })).getOrThrow();

    expect(first.events.map(({ customerId }) => customerId).sort()).toEqual(['acme', 'birch']);
    expect(later.events.map(({ customerId }) => customerId)).toEqual(['acme']);
    expect((await readAll(scim)).events).toEqual([...first.events, ...later.events]);
  });

  test('the events of a connection that is gone leave the order, and nothing is told twice after it', async () => {
    const { scim } = openScim();
    const acme = await connect(scim, 'acme');
    const birch = await connect(scim, 'birch');
    for (const name of ['a', 'b', 'c']) await send(scim, '/Users', { key: birch.key, body: user(name) });
    const before = await readAll(scim);
    await scim.management.deleteScimConnection({ customerId: 'birch' });
    const none = (await scim.events.list({ after: before.next })).getOrThrow();
    const fromStart = (await scim.events.list({ limit: 1 })).getOrThrow();
    await send(scim, '/Users', { key: acme.key, body: user('ann') });
    const after = (await scim.events.list({ after: none.next })).getOrThrow();

    expect(before.events.length).toBe(3);
    expect([none.events, none.hasMore]).toEqual([[], false]);
    expect([fromStart.events, fromStart.hasMore]).toEqual([[], false]);
    expect(after.events.map(({ type }) => type)).toEqual(['user.created']);
  });

  test('a cursor of other events, or of no data, is refused', async () => {
    const { scim } = openScim();
    const acme = await connect(scim, 'acme');
    const birch = await connect(scim, 'birch');
    await send(scim, '/Users', { key: acme.key, body: user('ann') });
    const { next } = (await scim.events.list({ connectionId: acme.connectionId })).getOrThrow();

    const answers = await Promise.all([
      scim.events.list({ connectionId: birch.connectionId, after: next }),
      scim.events.list({ after: next }),
      scim.events.list({ after: 'bm8' }),
      scim.events.list({ connectionId: 'nobody' }),
    ]);
    expect(answers.map((answer) => (answer.ok ? 'ok' : answer.error.type))).toEqual([
      'EventCursorInvalid',
      'EventCursorInvalid',
      'EventCursorInvalid',
      'ScimConnectionNotFound',
    ]);
    await expect(scim.events.list({ limit: 0 })).rejects.toThrow('scim.events.list: limit');
  });

  test('fault-F20: a cursor of before an older backup was restored is refused, by the epoch and by what it points behind', async () => {
    const { scim } = openScim();
    const { key, connectionId } = await connect(scim);
    await send(scim, '/Users', { key, body: user('ann') });
    const ofOne = (await scim.events.list({ connectionId })).getOrThrow().next;
    const ofAll = (await scim.events.list()).getOrThrow().next;
    (await scim.events.renewEpoch()).getOrThrow();

    for (const answer of [
      await scim.events.list({ connectionId, after: ofOne }),
      await scim.events.list({ after: ofAll }),
    ])
      expect(answer).toMatchObject({ ok: false, error: { type: 'ResyncRequired' } });
    expect((await scim.events.list({ connectionId })).getOrThrow().events).toHaveLength(1);
  });
});

describe('P27: what an event says', () => {
  test('P18: user.deactivated and user.deleted carry the groups of who leaves', async () => {
    const { scim } = openScim();
    const { key, connectionId } = await connect(scim);
    const { body: ann } = await send(scim, '/Users', { key, body: user('ann') });
    const { body: crew } = await send(scim, '/Groups', { key, body: group('crew', [ann.id]) });
    await send(scim, `/Users/${ann.id}`, {
      key,
      method: 'PATCH',
      body: patch({ op: 'replace', value: { active: false } }),
    });
    await send(scim, `/Users/${ann.id}`, { key, method: 'DELETE' });

    const { events } = await readAll(scim, { connectionId });
    const left = events.filter(({ type }) => /deactivated|deleted/.test(type));
    expect(left.map(({ type, data }) => [type, data.memberOf])).toEqual([
      ['user.deactivated', [crew.id]],
      ['user.deleted', [crew.id]],
    ]);
    // The group's events come behind those of its people.
    expect(events.findIndex(({ type }) => type === 'group.members_changed')).toBeGreaterThan(
      events.findIndex(({ type }) => type === 'user.created'),
    );
  });

  test('inv-I6: a password is in no event, neither as it is nor as it was', async () => {
    const { scim } = openScim();
    const { key } = await connect(scim);
    const { body: ann } = await send(scim, '/Users', { key, body: user('ann', { password: 'canary-one' }) });
    await send(scim, `/Users/${ann.id}`, {
      key,
      method: 'PATCH',
      body: patch({ op: 'replace', value: { password: 'canary-two', title: 'boss' } }),
    });
    const { events } = await readAll(scim);
    expect(events.map(({ type }) => type)).toEqual(['user.created', 'user.updated']);
    expect(JSON.stringify(events)).not.toContain('canary');
  });

  test('a group carries what came and went, never all of its members', async () => {
    const { scim } = openScim();
    const { key } = await connect(scim);
    const ids: string[] = [];
    for (const name of ['a', 'b', 'c'])
      ids.push((await send(scim, '/Users', { key, body: user(name) })).body.id);
    const { body: crew } = await send(scim, '/Groups', { key, body: group('crew', ids.slice(0, 2)) });
    await send(scim, `/Groups/${crew.id}`, {
      key,
      method: 'PATCH',
      body: patch({ op: 'add', path: 'members', value: [{ value: ids[2] }] }),
    });
    const { events } = await readAll(scim);
    const last = events.at(-1)?.data;
    expect(last?.added).toEqual([{ value: ids[2], type: 'User' }]);
    expect(last?.removed).toEqual([]);
    expect((last?.resource as object | undefined) ?? {}).not.toHaveProperty('members');
  });
});

test(
  'fault-F23, inv-I2: who follows all connections at once meets every event once, and in the order of its connection',
  async () => {
    const dice = createDice(SEED);
    const wait = async () => {
      await sleep(dice.int(7));
      if (dice.oneIn(10)) refuseAll();
    };
    const first = openScim();
    const { database } = first;
    const keys: string[] = [];
    for (const name of ['a', 'b', 'c']) keys.push((await connect(first.scim, name)).key);
    const hooks = { userCreated: wait };
    const writers = Array.from({ length: 8 }, () => openScim({ on: database, hooks }).scim);
    const readers = [first.scim, openScim({ on: database }).scim];

    let isOver = false;
    const follow = async (scim: Scim) => {
      const seen: ScimEvent[] = [];
      let after: string | undefined;
      for (let isLast = false; ; ) {
        const page = (await scim.events.list({ after, limit: 7 })).getOrThrow();
        seen.push(...page.events);
        after = page.next;
        if (page.hasMore) continue;
        if (isLast) return seen;
        isLast = isOver;
        await sleep(1);
      }
    };
    const following = readers.map(follow);
    const total = runs(400);
    let sent = 0;
    let created = 0;
    await Promise.all(
      writers.map(async (scim) => {
        while (sent < total) {
          sent += 1;
          const { status } = await send(scim, '/Users', {
            key: dice.pick(keys),
            body: user(`person-${sent}`),
          });
          if (status === 201) created += 1;
          else expect(status).toBe(403);
        }
      }),
    );
    isOver = true;
    const [one = [], other = []] = await Promise.all(following);

    countInputs('F23 events of three connections, followed by two at once', created);
    const committed = await database.rows(
      'SELECT id, connection_id, position FROM {p}events ORDER BY position',
    );
    expect(
      one.map(({ id }) => id),
      `SCIMKIT_SEED=${SEED}`,
    ).toEqual(other.map(({ id }) => id));
    expect(one.map(({ id }) => id).sort()).toEqual(committed.map(({ id }) => String(id)).sort());
    expect(one).toHaveLength(created);
    for (const connectionId of new Set(one.map((event) => event.connectionId))) {
      const own = committed.filter((row) => row.connection_id === connectionId).map(({ id }) => id);
      expect(one.filter((event) => event.connectionId === connectionId).map(({ id }) => id)).toEqual(own);
    }
  },
  seconds(90),
);
