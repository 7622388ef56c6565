import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findFaults, runs, seconds } from './support/answers.ts';
import { isOnPostgres, type TestDatabase } from './support/databases.ts';
import {
  type Answer,
  BASE,
  type Call,
  connect,
  ENTERPRISE_URN,
  group,
  openScim,
  openSpied,
  patch,
  SEARCH_URN,
  send,
  user,
} from './support/scim.ts';

const TABLES = ['connections', 'api_keys', 'resources', 'indexed_values', 'members', 'events'];

/** Everything the database holds of one connection, as text. */
function rowReader(database: TestDatabase) {
  return async (connectionId: string) => {
    const tables = TABLES.map((table) =>
      database.rows(`SELECT * FROM {p}${table} WHERE connection_id = ? ORDER BY 1, 2, 3`, [connectionId]),
    );
    return JSON.stringify(await Promise.all(tables));
  };
}

interface Actor {
  readonly index: number;
  readonly connectionId: string;
  key: string;
  /** In every text this connection sends, and in no other's. */
  readonly canary: string;
  readonly users: string[];
  readonly groups: string[];
}

const ACTIONS = [
  'createUser',
  'createUser',
  'createGroup',
  'read',
  'readAsGroup',
  'list',
  'listSorted',
  'filterName',
  'filterId',
  'filterMembers',
  'filterManager',
  'search',
  'put',
  'patch',
  'patchMembers',
  'removeMembers',
  'patchManager',
  'delete',
  'deleteGroup',
  'rotate',
  'otherUrl',
  'oldKey',
] as const;

const step = fc.record({
  actor: fc.nat(4),
  other: fc.nat(4),
  action: fc.constantFrom(...ACTIONS),
  pick: fc.nat(50),
  /** Whether the ids and texts are the other connection's. */
  isForeign: fc.boolean(),
});

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

describe('inv-I3 a key reads, writes and infers nothing of another connection', () => {
  test(
    'model with canaries over five connections',
    async () => {
      const { scim, database } = openScim({ limits: { maxPageSize: 50 } });
      await scim.migrate();
      const rowsOf = rowReader(database);
      let program = 0;
      let steps = 0;

      const carryOut = async (actors: readonly Actor[], taken: Step, count: number): Promise<Answer> => {
        const own = actors[taken.actor] as Actor;
        const source = taken.isForeign ? (actors[taken.other] as Actor) : own;
        const pick = (ids: readonly string[]) => ids[taken.pick % Math.max(1, ids.length)] ?? randomUUID();
        const userId = pick(source.users);
        const groupId = pick(source.groups);
        const name = `${own.canary}-${count}`;
        const call = (path: string, more: Call = {}) => send(scim, path, { key: own.key, ...more });
        const write = (method: string, path: string, body: object) => call(path, { method, body });
        const filter = (type: string, text: string) => call(`/${type}?filter=${encodeURIComponent(text)}`);
        switch (taken.action) {
          case 'createUser': {
            const answer = await call('/Users', {
              body: user(`${name}@example.com`, {
                externalId: name,
                displayName: name,
                id: userId,
                emails: [{ value: `${name}@example.com`, primary: true }],
                [ENTERPRISE_URN]: { department: name, manager: { value: userId } },
              }),
            });
            if (answer.status === 201) own.users.push(answer.body.id);
            return answer;
          }
          case 'createGroup': {
            const answer = await call('/Groups', { body: group(name, [userId]) });
            if (answer.status === 201) own.groups.push(answer.body.id);
            return answer;
          }
          case 'read':
            return call(`/Users/${userId}`);
          case 'readAsGroup':
            return call(`/Groups/${taken.pick % 2 === 0 ? groupId : userId}`);
          case 'list':
            return call(`/${taken.pick % 2 === 0 ? 'Users' : 'Groups'}?startIndex=${taken.pick}&count=50`);
          case 'listSorted':
            return call(
              `/Users?sortBy=displayName&sortOrder=descending&attributes=displayName,groups,emails`,
            );
          case 'filterName':
            return filter(
              'Users',
              `displayName co "${source.canary}" or emails[value sw "${source.canary}"]`,
            );
          case 'filterId':
            return filter('Users', `id eq "${userId}" or not (id eq "${userId}")`);
          case 'filterMembers':
            return filter('Groups', `members.value eq "${userId}" or members pr`);
          case 'filterManager':
            return filter(
              'Users',
              `${ENTERPRISE_URN}:manager.value eq "${userId}" or groups.value eq "${groupId}"`,
            );
          case 'search':
            return call('/Users/.search', {
              body: {
                schemas: [SEARCH_URN],
                filter: `externalId sw "${source.canary}" or active eq true`,
                count: 50,
              },
            });
          case 'put':
            return write('PUT', `/Users/${userId}`, user(`${name}@example.com`, { displayName: name }));
          case 'patch':
            return write(
              'PATCH',
              `/Users/${userId}`,
              patch({ op: 'replace', value: { displayName: name, active: false } }),
            );
          case 'patchMembers':
            return write(
              'PATCH',
              `/Groups/${pick(own.groups)}?attributes=members`,
              patch({
                op: taken.pick % 2 === 0 ? 'add' : 'replace',
                path: 'members',
                value: [{ value: userId, $ref: `${BASE}/Users/${userId}` }],
              }),
            );
          case 'removeMembers':
            return write(
              'PATCH',
              `/Groups/${groupId}?attributes=members`,
              patch(
                { op: 'remove', path: `members[value eq "${userId}"]` },
                { op: 'remove', path: 'members', value: [{ value: userId }] },
              ),
            );
          case 'patchManager':
            return write(
              'PATCH',
              `/Users/${pick(own.users)}`,
              patch({
                op: 'add',
                path: `${ENTERPRISE_URN}:manager`,
                value: { value: userId, $ref: `${BASE}/Users/${userId}` },
              }),
            );
          case 'delete':
            return call(`/Users/${userId}`, { method: 'DELETE' });
          case 'deleteGroup':
            return call(`/Groups/${groupId}`, { method: 'DELETE' });
          case 'rotate': {
            const reset = await scim.management.resetScimApiKey({ scimConnectionId: own.connectionId });
            own.key = reset.getOrThrow().scimApiKey;
            return call('/Users');
          }
          case 'otherUrl': {
            const answer = await call(`/${source.connectionId}/Users`);
            expect(answer.status).toBe(source === own ? 200 : 401);
            return answer;
          }
          case 'oldKey': {
            const answer = await call('/Users', { key: `${own.key.slice(0, -1)}_` });
            expect(answer.status).toBe(401);
            return answer;
          }
        }
      };

      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 60, maxLength: 60 }), async (program_) => {
          program += 1;
          const actors: Actor[] = [];
          for (let index = 0; index < 5; index += 1) {
            const { connectionId, key } = await connect(scim, `customer-${program}-${index}`);
            actors.push({
              index,
              connectionId,
              key,
              canary: `canary${program}x${index}x`,
              users: [],
              groups: [],
            });
          }
          const known = await Promise.all(actors.map(({ connectionId }) => rowsOf(connectionId)));
          for (const taken of program_) {
            steps += 1;
            const answer = await carryOut(actors, taken, steps);
            expect(findFaults(answer)).toEqual([]);
            const shown = answer.text + JSON.stringify([...answer.headers]);
            for (const [index, { canary, connectionId }] of actors.entries()) {
              if (index === taken.actor) {
                known[index] = await rowsOf(connectionId);
                continue;
              }
              expect(shown.includes(canary), `${taken.action} shows ${canary}`).toBe(false);
              expect(
                (await rowsOf(connectionId)) === known[index],
                `${taken.action} changed connection ${index}`,
              ).toBe(true);
            }
          }
        }),
        { numRuns: runs(25) },
      );
    },
    seconds(60),
  );
});

describe('inv-I3 an id of another connection is an id of nobody', () => {
  /** Ids, times and versions (which hash group ids) differ by nature; all else must be the same to the byte. */
  const mask = (answer: Answer) =>
    [answer.status, JSON.stringify([...answer.headers]), answer.text]
      .join('\n')
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<id>')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
      .replaceAll(/(W\/\\*"\d+-)[\w-]{12}/g, '$1<hash>');

  interface Slot {
    readonly name: string;
    readonly method: string;
    readonly path: (id: string, own: Own) => string;
    readonly body?: (id: string, own: Own) => object;
  }
  interface Own {
    readonly user: string;
    readonly group: string;
  }

  const USER_SLOTS: readonly Slot[] = [
    { name: 'path', method: 'GET', path: (id) => `/Users/${id}` },
    { name: 'path', method: 'PUT', path: (id) => `/Users/${id}`, body: () => user('fresh') },
    {
      name: 'path',
      method: 'PATCH',
      path: (id) => `/Users/${id}`,
      body: () => patch({ op: 'replace', value: { active: false } }),
    },
    { name: 'path, empty PATCH', method: 'PATCH', path: (id) => `/Users/${id}`, body: () => patch() },
    { name: 'path', method: 'DELETE', path: (id) => `/Users/${id}` },
    { name: 'path', method: 'POST', path: (id) => `/Users/${id}`, body: () => user('fresh') },
    { name: 'path with attributes', method: 'GET', path: (id) => `/Users/${id}?attributes=groups` },
    { name: 'path of a group', method: 'GET', path: (id) => `/Groups/${id}` },
    { name: 'path of a group', method: 'PUT', path: (id) => `/Groups/${id}`, body: () => group('fresh') },
    {
      name: 'path of a group',
      method: 'PATCH',
      path: (id) => `/Groups/${id}`,
      body: (_id, own) => patch({ op: 'add', path: 'members', value: [{ value: own.user }] }),
    },
    { name: 'path of a group', method: 'DELETE', path: (id) => `/Groups/${id}` },
    ...(['POST', 'PUT'] as const).flatMap((method): readonly Slot[] => {
      const users = (_id: string, own: Own) => (method === 'POST' ? '/Users' : `/Users/${own.user}`);
      const groups = (_id: string, own: Own) => (method === 'POST' ? '/Groups' : `/Groups/${own.group}`);
      return [
        { name: 'body id', method, path: users, body: (id) => user('fresh', { id }) },
        { name: 'externalId', method, path: users, body: (id) => user('fresh', { externalId: id }) },
        { name: 'userName', method, path: users, body: (id) => user(id) },
        {
          name: 'meta',
          method,
          path: users,
          body: (id) => user('fresh', { meta: { location: `${BASE}/Users/${id}` } }),
        },
        { name: 'groups', method, path: users, body: (id) => user('fresh', { groups: [{ value: id }] }) },
        {
          name: 'manager.value',
          method,
          path: users,
          body: (id) => user('fresh', { [ENTERPRISE_URN]: { manager: { value: id } } }),
        },
        {
          name: 'manager.$ref',
          method,
          path: users,
          body: (id) =>
            user('fresh', { [ENTERPRISE_URN]: { manager: { value: id, $ref: `${BASE}/Users/${id}` } } }),
        },
        { name: 'members.value', method, path: groups, body: (id) => group('fresh', [id]) },
        {
          name: 'members.value beside an own one',
          method,
          path: groups,
          body: (id, own) => group('fresh', [own.user, id]),
        },
        {
          name: 'members.$ref',
          method,
          path: groups,
          body: (id, own) => ({
            ...group('fresh'),
            members: [{ value: own.user, $ref: `${BASE}/Users/${id}` }],
          }),
        },
        {
          name: 'members.$ref alone',
          method,
          path: groups,
          body: (id) => ({ ...group('fresh'), members: [{ $ref: `${BASE}/Users/${id}` }] }),
        },
      ];
    }),
    ...(['add', 'replace', 'remove'] as const).flatMap((op): readonly Slot[] => {
      const path = (_id: string, own: Own) => `/Groups/${own.group}?attributes=members`;
      const value = (id: string) => [{ value: id, $ref: `${BASE}/Users/${id}` }];
      return [
        {
          name: `${op} members`,
          method: 'PATCH',
          path,
          body: (id) => patch({ op, path: 'members', value: value(id) }),
        },
        {
          name: `${op} members by filter`,
          method: 'PATCH',
          path,
          body: (id) => patch({ op, path: `members[value eq "${id}"]`, value: { value: id } }),
        },
        {
          name: `${op} members.display by filter`,
          method: 'PATCH',
          path,
          body: (id) => patch({ op, path: `members[value eq "${id}"].display`, value: 'x' }),
        },
        {
          name: `${op} without path`,
          method: 'PATCH',
          path,
          body: (id) => patch({ op, value: { members: value(id), id } }),
        },
        {
          name: `${op} manager`,
          method: 'PATCH',
          path: (_id, own) => `/Users/${own.user}`,
          body: (id) => patch({ op, path: `${ENTERPRISE_URN}:manager`, value: { value: id } }),
        },
        {
          name: `${op} groups`,
          method: 'PATCH',
          path: (_id, own) => `/Users/${own.user}`,
          body: (id) => patch({ op, path: `groups[value eq "${id}"]`, value: { value: id } }),
        },
      ];
    }),
    ...[
      'id eq',
      'id ne',
      'id sw',
      'externalId eq',
      'groups.value eq',
      'manager.value eq',
      'meta.location co',
    ].flatMap((start): readonly Slot[] => [
      {
        name: `filter ${start}`,
        method: 'GET',
        path: (id) => `/Users?filter=${encodeURIComponent(`${start} "${id}"`)}`,
      },
      {
        name: `search ${start}`,
        method: 'POST',
        path: () => '/Users/.search',
        body: (id) => ({ schemas: [SEARCH_URN], filter: `${start} "${id}"` }),
      },
    ]),
    {
      name: 'filter members',
      method: 'GET',
      path: (id) =>
        `/Groups?filter=${encodeURIComponent(`members[value eq "${id}"] or members.value eq "${id}"`)}`,
    },
    { name: 'sortBy', method: 'GET', path: (id) => `/Users?sortBy=${id}` },
    { name: 'attributes', method: 'GET', path: (id) => `/Users?attributes=${id}` },
    { name: 'discovery', method: 'GET', path: (id) => `/Schemas/${id}` },
    { name: 'discovery', method: 'GET', path: (id) => `/ResourceTypes/${id}` },
  ];

  test(
    `id substitution: ${USER_SLOTS.length} slots × user and group ids × {B's, deleted, random}`,
    async () => {
      const { scim, database } = openScim();
      await scim.migrate();
      const rowsOf = rowReader(database);
      const a = await connect(scim, 'a');
      const b = await connect(scim, 'b');
      const asA = (path: string, more: Call = {}) => send(scim, path, { key: a.key, ...more });
      const asB = (path: string, more: Call = {}) => send(scim, path, { key: b.key, ...more });
      const foreignUser = (await asB('/Users', { body: user('of-b', { externalId: 'of-b' }) })).body.id;
      const foreignGroup = (await asB('/Groups', { body: group('of-b', [foreignUser]) })).body.id;
      const deletedUser = (await asA('/Users', { body: user('gone') })).body.id;
      const deletedGroup = (await asA('/Groups', { body: group('gone') })).body.id;
      await asA(`/Users/${deletedUser}`, { method: 'DELETE' });
      await asA(`/Groups/${deletedGroup}`, { method: 'DELETE' });
      const before = await rowsOf(b.connectionId);

      const attempt = async (slot: Slot, id: string) => {
        const own = {
          user: (await asA('/Users', { body: user('own') })).body.id,
          group: (await asA('/Groups', { body: group('own') })).body.id,
        };
        await asA(`/Groups/${own.group}`, {
          method: 'PATCH',
          body: patch({ op: 'add', path: 'members', value: [{ value: own.user }] }),
        });
        const answer = await asA(slot.path(id, own), {
          method: slot.method,
          ...(slot.body && { body: slot.body(id, own) }),
        });
        const listed = [await asA('/Users'), await asA('/Groups')].map(mask);
        for (const type of ['Users', 'Groups']) {
          for (const { id: made } of (await asA(`/${type}`)).body.Resources) {
            await asA(`/${type}/${made}`, { method: 'DELETE' });
          }
        }
        return { answer: mask(answer), listed, faults: findFaults(answer) };
      };

      const wrong: string[] = [];
      for (const slot of USER_SLOTS) {
        for (const [foreign, deleted] of [
          [foreignUser, deletedUser],
          [foreignGroup, deletedGroup],
        ]) {
          const random = await attempt(slot, randomUUID());
          for (const [kind, id] of [
            ['foreign', foreign],
            ['deleted', deleted],
          ] as const) {
            const outcome = await attempt(slot, id);
            const isSame = JSON.stringify(outcome) === JSON.stringify(random);
            if (!isSame || outcome.faults.length > 0) {
              wrong.push(
                `${slot.method} ${slot.name} ${kind}: ${outcome.answer}\n  random: ${random.answer}`,
              );
            }
          }
        }
      }
      expect(wrong).toEqual([]);
      expect(await rowsOf(b.connectionId)).toBe(before);
    },
    seconds(60),
  );
});

describe('case-S12 each statement names its connection', () => {
  test.skipIf(isOnPostgres())(
    'no statement of a SCIM request reaches a table without the connection of its key',
    async () => {
      const { scim, statements } = openSpied();
      const a = await connect(scim, 'a');
      const b = await connect(scim, 'b');
      const foreign = (await send(scim, '/Users', { key: b.key, body: user('of-b') })).body.id;
      const call = (path: string, more: Call = {}) => send(scim, path, { key: a.key, ...more });
      await call('/Users');
      statements.length = 0;
      const { id } = (await call('/Users', { body: user('ada', { emails: [{ value: 'ada@a.example' }] }) }))
        .body;
      const other = (await call('/Groups', { body: group('g', [id]) })).body.id;
      await call(`/Users/${id}`, {
        method: 'PUT',
        body: user('ada', { emails: [{ value: 'x@a.example' }] }),
      });
      await call(`/Users/${id}`, {
        method: 'PATCH',
        body: patch({ op: 'replace', value: { active: false } }),
      });
      for (const operation of [
        { op: 'add', path: 'members', value: [{ value: foreign }] },
        { op: 'replace', path: 'members', value: [{ value: id }] },
        { op: 'remove', path: 'members', value: [{ value: foreign }] },
        { op: 'remove', path: 'members[display co "x"]' },
        { op: 'remove', path: 'members' },
        { op: 'add', path: 'members', value: [{ value: id }, { value: other }] },
      ]) {
        await call(`/Groups/${other}?attributes=members`, { method: 'PATCH', body: patch(operation) });
      }
      for (const filter of [
        'userName eq "ada" and emails.value eq "x"',
        'emails[type eq "work" and value co "x"] or not (groups.value eq "1")',
        'groups.display co "g" or meta.created gt "2020-01-01T00:00:00Z"',
        'externalId pr or active eq true or displayName sw "x"',
        `${ENTERPRISE_URN}:manager.value eq "${foreign}"`,
      ]) {
        await call(`/Users?filter=${encodeURIComponent(filter)}&sortBy=emails.value&count=0`);
        await call(`/Users?filter=${encodeURIComponent(filter)}&sortBy=userName&startIndex=2`);
      }
      await call(`/Groups?filter=${encodeURIComponent(`members[value eq "${id}"] or members.display pr`)}`);
      await call(`/Users/${foreign}`);
      await call(`/Users/${foreign}`, { method: 'DELETE' });
      await call(`/Users/${id}`, { method: 'DELETE' });
      await call(`/Groups/${other}`, { method: 'DELETE' });

      const onTables = statements.filter(({ sql }) => /scim_(?!migrations)/.test(sql));
      expect(onTables.length).toBeGreaterThan(80);
      const isKeyLookUp = (sql: string) =>
        /^SELECT json_array\([\w,.\s]+ CAST\(c\.mapping AS TEXT\), CAST\(c\.policy AS TEXT\)[\w,.\s]+\) AS record FROM scim_connections c\s+JOIN scim_api_keys k ON [\w.\s=]+ WHERE k\.key_id = \?$/.test(
          sql,
        );
      const unscoped = onTables.filter(
        ({ sql, values }) =>
          !isKeyLookUp(sql) && !(/connection_id( = \?|,)/.test(sql) && values.includes(a.connectionId)),
      );
      expect(unscoped.map(({ sql }) => sql)).toEqual([]);
      // Every table in a statement, sub-queries included, is bound to the connection or joined to one that is.
      for (const { sql } of onTables.filter(
        ({ sql: text }) => text.startsWith('SELECT') && !isKeyLookUp(text),
      )) {
        const tables = sql.match(/(FROM|JOIN) scim_\w+/g) ?? [];
        const bounds = sql.match(/connection_id = (\?|\w+\.connection_id)/g) ?? [];
        expect(bounds.length, sql).toBeGreaterThanOrEqual(tables.length);
      }
      expect(onTables.filter(({ values }) => values.includes(b.connectionId))).toEqual([]);
    },
  );

  test.skipIf(isOnPostgres())('the schema itself refuses a membership across connections', async () => {
    const { scim, real } = openSpied();
    const a = await connect(scim, 'a');
    const b = await connect(scim, 'b');
    const ofA = (await send(scim, '/Groups', { key: a.key, body: group('g') })).body.id;
    const ofB = (await send(scim, '/Users', { key: b.key, body: user('u') })).body.id;
    const insert = real.prepare('INSERT INTO scim_members VALUES (?, ?, ?, ?, NULL)');
    expect(() => insert.run(a.connectionId, ofA, ofB, 'User')).toThrow(/FOREIGN KEY/);
    expect(() => insert.run(b.connectionId, ofA, ofB, 'User')).toThrow(/FOREIGN KEY/);
  });
});

describe('seq-S20 two customers with the same names', () => {
  test('hold the same userName, externalId and group name, and never see each other', async () => {
    const { scim, database } = openScim();
    const a = await connect(scim, 'a');
    const b = await connect(scim, 'b');
    const rowsOf = rowReader(database);
    const body = (owner: string) =>
      user('ada@shared.example', {
        externalId: 'ext-1',
        title: owner,
        emails: [{ value: 'ada@shared.example' }],
      });
    const make = async ({ key }: { key: string }, owner: string) => {
      const made = await send(scim, '/Users', { key, body: body(owner) });
      expect(made.status).toBe(201);
      const staff = await send(scim, '/Groups', { key, body: group('Staff', [made.body.id]) });
      expect(staff.status).toBe(201);
      return { id: made.body.id, staff: staff.body.id };
    };
    const ofA = await make(a, 'A');
    const ofB = await make(b, 'B');
    const before = await rowsOf(b.connectionId);
    const find = async (key: string, filter: string) =>
      (await send(scim, `/Users?filter=${encodeURIComponent(filter)}`, { key })).body;
    for (const filter of [
      'userName eq "ada@shared.example"',
      'externalId eq "ext-1"',
      'emails.value eq "ADA@shared.example"',
      'title pr',
    ]) {
      const [seenByA, seenByB] = [await find(a.key, filter), await find(b.key, filter)];
      expect([seenByA.totalResults, seenByA.Resources[0].title]).toEqual([1, 'A']);
      expect([seenByB.totalResults, seenByB.Resources[0].title]).toEqual([1, 'B']);
    }
    for (const [method, path, more] of [
      ['PATCH', `/Users/${ofA.id}`, patch({ op: 'replace', value: { active: false, userName: 'renamed' } })],
      ['PATCH', `/Groups/${ofA.staff}`, patch({ op: 'remove', path: 'members' })],
      ['DELETE', `/Users/${ofA.id}`, undefined],
      ['DELETE', `/Groups/${ofA.staff}`, undefined],
    ] as const) {
      const answer = await send(scim, path, { key: a.key, method, ...(more && { body: more }) });
      expect(answer.status).toBeLessThan(300);
      expect(await rowsOf(b.connectionId)).toBe(before);
    }
    const left = await send(scim, `/Users/${ofB.id}`, { key: b.key });
    expect([left.status, left.body.active, left.body.groups[0].value]).toEqual([200, true, ofB.staff]);
  });

  test('case-S13 a name or address that another customer has changes nothing there', async () => {
    const { scim, database } = openScim();
    const a = await connect(scim, 'a');
    const b = await connect(scim, 'b');
    const rowsOf = rowReader(database);
    await send(scim, '/Users', {
      key: b.key,
      body: user('eve@b.example', { emails: [{ value: 'eve@b.example' }] }),
    });
    const before = await rowsOf(b.connectionId);
    const body = user('eve@b.example', { emails: [{ value: 'eve@b.example' }], displayName: 'Mallory' });
    const made = await send(scim, '/Users', { key: a.key, body });
    expect(made.status).toBe(201);
    const changed = await send(scim, `/Users/${made.body.id}`, { key: a.key, method: 'PUT', body });
    expect(changed.body.id).toBe(made.body.id);
    expect(await rowsOf(b.connectionId)).toBe(before);
  });
});
