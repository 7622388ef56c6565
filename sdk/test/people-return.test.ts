import { describe, expect, test } from 'vitest';
import type { CreatedChange, DeletedChange, ScimHooks, UpdatedChange } from '../src/index.ts';
import { connect, group, openScim, patch, send, user } from './support/scim.ts';

const DAY = 86_400_000;

/** An app that writes down what it was told, on a clock that stands still until told. */
async function openApp(policy: object = {}) {
  const time = { now: Date.parse('2026-03-01T09:00:00Z') };
  const told: { readonly hook: string; readonly change: CreatedChange | UpdatedChange | DeletedChange }[] =
    [];
  const note = (hook: string) => (change: CreatedChange | UpdatedChange | DeletedChange) =>
    void told.push({ hook, change });
  const hooks: ScimHooks = {
    userCreated(change) {
      told.push({ hook: 'userCreated', change });
      return { userId: change.previous?.userId ?? `account of ${change.id}` };
    },
    userUpdated: note('userUpdated'),
    userDeactivated: note('userDeactivated'),
    userReactivated: note('userReactivated'),
    userDeleted: note('userDeleted'),
  };
  const opened = openScim({ hooks, clock: () => time.now });
  const { key, customerId } = await connect(opened.scim);
  (await opened.scim.management.patchScimConnection({ customerId, policy })).getOrThrow();
  const call = (path: string, more: object = {}) => send(opened.scim, path, { key, ...more });
  const events = async () => {
    const rows = await opened.database.rows(
      'SELECT type, resource_id, data FROM {p}events ORDER BY position',
    );
    return rows.map(({ type, resource_id: id, data }) => ({ type, id, data: toJson(data) }));
  };
  const tombstones = async () =>
    Number((await opened.database.rows('SELECT count(*) AS total FROM {p}tombstones'))[0]?.total);
  return { ...opened, call, time, told, events, tombstones };
}

/** One driver answers JSON as text, the other one reads it. */
function toJson(data: unknown) {
  return typeof data === 'string' ? JSON.parse(data) : data;
}

const off = { method: 'PATCH', body: patch({ op: 'replace', value: { active: false } }) };
const remove = { method: 'DELETE' };

describe('who was deleted (P19, P21)', () => {
  test('P19: is 404 from then on, out of every group, and the userName is free', async () => {
    const { call } = await openApp();
    const { id } = (await call('/Users', { body: user('ada') })).body;
    const staff = (await call('/Groups', { body: group('staff', [id]) })).body.id;
    expect((await call(`/Users/${id}`, remove)).status).toBe(204);
    for (const more of [{}, off, remove, { method: 'PUT', body: user('ada') }])
      expect((await call(`/Users/${id}`, more)).status).toBe(404);
    expect((await call(`/Groups/${staff}`)).body.members ?? []).toEqual([]);
    expect((await call('/Users?filter=userName eq "ada"')).body.totalResults).toBe(0);
    expect((await call('/Users', { body: user('ADA') })).status).toBe(201);
  });

  test('P21: and comes back is a new record with a new id, and the app is told which one it was', async () => {
    const { call, told, events } = await openApp();
    const first = (await call('/Users', { body: user('ada', { externalId: 'x' }) })).body.id;
    await call(`/Users/${first}`, remove);
    const second = (await call('/Users', { body: user('Ada', { externalId: 'x' }) })).body.id;
    expect(second).not.toBe(first);
    const last = told.at(-1);
    expect(last).toMatchObject({
      hook: 'userCreated',
      change: { id: second, userId: null, previous: { id: first, userId: `account of ${first}` } },
    });
    expect((await events()).at(-1)).toMatchObject({
      type: 'user.created',
      id: second,
      data: { previousId: first, userId: `account of ${first}` },
    });
    const stranger = (await call('/Users', { body: user('eve') })).body.id;
    expect(told.at(-1)?.change).not.toHaveProperty('previous');
    expect((await events()).find(({ id }) => id === stranger)?.data).not.toHaveProperty('previousId');
  });

  test('P21: the last of several who had the name is the one before', async () => {
    const { call, told, time } = await openApp();
    let previous = '';
    for (let round = 0; round < 3; round += 1) {
      const { id } = (await call('/Users', { body: user('ada') })).body;
      const { change } = told.at(-1) ?? {};
      expect(change && 'previous' in change ? change.previous?.id : '').toBe(previous);
      await call(`/Users/${id}`, remove);
      time.now += 1_000;
      previous = id;
    }
  });

  test('P19: is kept for 30 days, and erased by the next deletion after them', async () => {
    const { call, time, told, tombstones } = await openApp();
    const { id } = (await call('/Users', { body: user('ada') })).body;
    await call(`/Users/${id}`, remove);
    time.now += 30 * DAY + 1;
    expect(await tombstones()).toBe(1);
    const again = (await call('/Users', { body: user('ada') })).body.id;
    expect(told.at(-1)?.change).not.toHaveProperty('previous');
    await call(`/Users/${again}`, remove);
    expect(await tombstones()).toBe(1);
  });

  test('P19: is erased at once where the policy is hard', async () => {
    const { call, told, tombstones } = await openApp({ deprovision: 'hard' });
    const { id } = (await call('/Users', { body: user('ada') })).body;
    await call(`/Users/${id}`, remove);
    expect(await tombstones()).toBe(0);
    await call('/Users', { body: user('ada') });
    expect(told.at(-1)?.change).not.toHaveProperty('previous');
  });

  test('P19: a refused deletion keeps nothing of what stays', async () => {
    const { scim, database } = openScim({
      hooks: {
        userDeleted() {
          throw new Error('no');
        },
      },
    });
    const { key } = await connect(scim);
    const { id } = (await send(scim, '/Users', { key, body: user('ada') })).body;
    expect((await send(scim, `/Users/${id}`, { key, ...remove })).status).toBe(500);
    expect((await send(scim, `/Users/${id}`, { key })).status).toBe(200);
    expect(await database.rows('SELECT id FROM {p}tombstones')).toEqual([]);
  });
});

describe('who was switched off (P18, P20)', () => {
  test('P18: stays readable, and the app is told his groups with it', async () => {
    const { call, told, events } = await openApp();
    const { id } = (await call('/Users', { body: user('ada') })).body;
    const staff = (await call('/Groups', { body: group('staff', [id]) })).body.id;
    await call('/Groups', { body: group('all', []) });
    await call(`/Users/${id}`, {
      method: 'PATCH',
      body: patch({ op: 'Replace', path: 'active', value: 'False' }),
    });
    expect((await call(`/Users/${id}`)).body.active).toBe(false);
    expect((await call('/Users?filter=userName eq "ada"')).body.totalResults).toBe(1);
    expect(told.at(-1)).toMatchObject({ hook: 'userDeactivated', change: { memberOf: [staff] } });
    expect((await events()).at(-1)).toMatchObject({ type: 'user.deactivated', data: { memberOf: [staff] } });
  });

  test('P18: a change that says nothing of `active` switches nobody on', async () => {
    const { call, told } = await openApp();
    const { id } = (await call('/Users', { body: user('ada') })).body;
    await call(`/Users/${id}`, off);
    for (const more of [
      { method: 'PATCH', body: patch({ op: 'replace', path: 'displayName', value: 'Ada L.' }) },
      { method: 'PUT', body: user('ada', { title: 'x' }) },
    ])
      expect((await call(`/Users/${id}`, more)).body.active).toBe(false);
    expect(told.map(({ hook }) => hook)).toEqual([
      'userCreated',
      'userDeactivated',
      'userUpdated',
      'userUpdated',
    ]);
  });

  test('P20, seq-S3: and is assigned again is revived: 201 with his id, the body applied as by PUT', async () => {
    const { call, told, events } = await openApp();
    const made = await call('/Users', { body: user('ada', { externalId: 'x', title: 'old', locale: 'en' }) });
    const { id } = made.body;
    await call(`/Users/${id}`, off);
    const back = await call('/Users', { body: user('ADA', { externalId: 'x', title: 'new' }) });
    expect(back.status).toBe(201);
    expect(back.headers.get('location')).toMatch(new RegExp(`/Users/${id}$`));
    expect(back.body).toMatchObject({ id, userName: 'ADA', active: true, title: 'new' });
    expect(back.body.locale).toBeUndefined();
    expect(told.slice(-2)).toMatchObject([
      { hook: 'userReactivated', change: { id, userId: `account of ${id}` } },
      { hook: 'userUpdated', change: { id } },
    ]);
    expect((await events()).slice(-2).map(({ type }) => type)).toEqual(['user.reactivated', 'user.updated']);
    expect((await call('/Users')).body.totalResults).toBe(1);
  });

  test('P20: of several who revive one record at once, one is answered 201 and the others 409', async () => {
    const { call, told } = await openApp();
    const body = user('ada', { externalId: 'x' });
    const { id } = (await call('/Users', { body })).body;
    for (let round = 0; round < 5; round += 1) {
      await call(`/Users/${id}`, off);
      const answers = await Promise.all(Array.from({ length: 6 }, () => call('/Users', { body })));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409, 409, 409]);
      expect(answers.find(({ status }) => status === 201)?.body.id).toBe(id);
    }
    expect(told.filter(({ hook }) => hook === 'userReactivated')).toHaveLength(5);
  });

  test.each([
    ['another externalId', { externalId: 'y' }],
    ['the externalId in another case', { externalId: 'X' }],
    ['no externalId', {}],
  ])('P20: his userName with %s is taken', async (_name, more) => {
    const { call } = await openApp();
    const { id } = (await call('/Users', { body: user('ada', { externalId: 'x' }) })).body;
    await call(`/Users/${id}`, off);
    const answer = await call('/Users', { body: user('ada', more) });
    expect([answer.status, answer.body.scimType]).toEqual([409, 'uniqueness']);
    expect((await call(`/Users/${id}`)).body.active).toBe(false);
  });

  test('P20: nobody without an externalId is revived', async () => {
    const { call } = await openApp();
    const { id } = (await call('/Users', { body: user('ada') })).body;
    await call(`/Users/${id}`, off);
    expect((await call('/Users', { body: user('ada') })).status).toBe(409);
  });

  test('P20, T22: a renamed person is a new record beside the old one', async () => {
    const { call } = await openApp();
    const first = (await call('/Users', { body: user('ada@old', { externalId: 'x' }) })).body.id;
    await call(`/Users/${first}`, off);
    const second = await call('/Users', { body: user('ada@new', { externalId: 'x' }) });
    expect(second.status).toBe(201);
    expect(second.body.id).not.toBe(first);
    expect((await call(`/Users/${first}`)).body).toMatchObject({ userName: 'ada@old', active: false });
    // As long as he is there under the new name, the old record is not his to come back to.
    expect((await call('/Users', { body: user('ada@old', { externalId: 'x' }) })).status).toBe(409);
    await call(`/Users/${second.body.id}`, off);
    const back = await call('/Users', { body: user('ada@old', { externalId: 'x' }) });
    expect([back.status, back.body.id]).toEqual([201, first]);
  });

  test('P20: an active userName is taken, whatever the externalId', async () => {
    const { call } = await openApp();
    await call('/Users', { body: user('ada', { externalId: 'x' }) });
    const answer = await call('/Users', { body: user('ada', { externalId: 'x' }) });
    expect([answer.status, answer.body.scimType]).toEqual([409, 'uniqueness']);
  });
});

describe('one user for each externalId (P20, `idempotentCreate`)', () => {
  const policy = { idempotentCreate: 'externalId' };

  test('P20: a POST with the externalId of somebody there is answered 200 with him, as by PUT', async () => {
    const { call, told } = await openApp(policy);
    const made = await call('/Users', { body: user('ada', { externalId: 'x', title: 'old', locale: 'en' }) });
    expect(made.status).toBe(201);
    const { id } = made.body;
    const again = await call('/Users', { body: user('ada.l', { externalId: 'x', title: 'new' }) });
    expect(again.status).toBe(200);
    expect(again.body).toMatchObject({ id, userName: 'ada.l', title: 'new', active: true });
    expect(again.body.locale).toBeUndefined();
    expect(told.map(({ hook }) => hook)).toEqual(['userCreated', 'userUpdated']);
    const same = await call('/Users', { body: user('ada.l', { externalId: 'x', title: 'new' }) });
    expect([same.status, same.body.meta.version]).toEqual([200, again.body.meta.version]);
    expect(told).toHaveLength(2);
  });

  test('P20: without an externalId a POST makes a user, or is refused for its userName', async () => {
    const { call } = await openApp(policy);
    expect((await call('/Users', { body: user('ada') })).status).toBe(201);
    expect((await call('/Users', { body: user('eve') })).status).toBe(201);
    expect((await call('/Users', { body: user('ada') })).status).toBe(409);
  });

  test('P20: with the userName of another one it is refused, and nobody is changed', async () => {
    const { call } = await openApp(policy);
    const { id } = (await call('/Users', { body: user('ada', { externalId: 'x' }) })).body;
    await call('/Users', { body: user('eve', { externalId: 'y' }) });
    const answer = await call('/Users', { body: user('eve', { externalId: 'x' }) });
    expect([answer.status, answer.body.scimType]).toEqual([409, 'uniqueness']);
    expect((await call(`/Users/${id}`)).body.userName).toBe('ada');
  });

  test('P20: who was switched off is revived with 201, a renamed one is new', async () => {
    const { call } = await openApp(policy);
    const { id } = (await call('/Users', { body: user('ada', { externalId: 'x' }) })).body;
    await call(`/Users/${id}`, off);
    const back = await call('/Users', { body: user('ada', { externalId: 'x' }) });
    expect([back.status, back.body.id, back.body.active]).toEqual([201, id, true]);
    await call(`/Users/${id}`, off);
    const renamed = await call('/Users', { body: user('ada@new', { externalId: 'x' }) });
    expect(renamed.status).toBe(201);
    expect(renamed.body.id).not.toBe(id);
  });

  test('inv-I7: no change makes a second active user of an externalId', async () => {
    const { call } = await openApp(policy);
    const first = (await call('/Users', { body: user('ada@old', { externalId: 'x' }) })).body.id;
    await call(`/Users/${first}`, off);
    await call('/Users', { body: user('ada@new', { externalId: 'x' }) });
    const other = (await call('/Users', { body: user('eve', { externalId: 'y' }) })).body.id;
    for (const [id, body] of [
      [first, patch({ op: 'replace', value: { active: true } })],
      [other, patch({ op: 'replace', value: { externalId: 'x' } })],
    ] as const) {
      const answer = await call(`/Users/${id}`, { method: 'PATCH', body });
      expect([answer.status, answer.body.scimType]).toEqual([409, 'uniqueness']);
    }
    const put = await call(`/Users/${other}`, { method: 'PUT', body: user('eve', { externalId: 'x' }) });
    expect(put.status).toBe(409);
    const away = await call(`/Users/${other}`, {
      method: 'PATCH',
      body: patch({ op: 'replace', value: { externalId: 'x', active: false } }),
    });
    expect(away.status).toBe(200);
  });
});
