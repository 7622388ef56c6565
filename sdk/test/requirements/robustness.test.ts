import { request } from 'node:http';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodeHandler } from '../../src/adapters/node.ts';
import { expectRefusal, findFaults, runs, seconds } from '../support/answers.ts';
import {
  type Answer,
  type Call,
  connect,
  defer,
  ENTERPRISE_URN,
  group,
  type OpenOptions,
  openScim,
  patch,
  send,
  user,
} from '../support/scim.ts';
import { startSecondProcess } from '../support/second-process.ts';
import { serve } from '../support/serve.ts';

const NUL = '\u0000';
const LONE = '\ud800';
const nested = (depth: number) => `${'{"x":'.repeat(depth)}1${'}'.repeat(depth)}`;
const HOSTILE = [
  [
    '10,000 keys',
    JSON.stringify({
      ...user('ann'),
      ...Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`k${index}`, index])),
    }),
  ],
  [
    'a list of 60,000 numbers',
    JSON.stringify({ ...user('ann'), emails: Array.from({ length: 60_000 }, () => 1) }),
  ],
  ['a depth of 20', `{"userName":"ann","name":${nested(20)}}`],
  ['a depth of 10,000', `{"userName":"ann","name":${nested(10_000)}}`],
  ['a name of 500,000 letters', JSON.stringify(user('x'.repeat(500_000)))],
  ['a title of 1,025 letters', JSON.stringify(user('ann', { title: 'x'.repeat(1025) }))],
  ['NUL in a name', JSON.stringify(user(`a${NUL}nn`))],
  ['NUL in a key', JSON.stringify({ ...user('ann'), [`title${NUL}`]: 'x' })],
  ['a lone surrogate in a name', `{"userName":"a${'\\ud800'}"}`],
  ['a lone surrogate as it is', JSON.stringify(user('ann', { title: LONE })).replace('\\ud800', LONE)],
  ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
  ['a number beyond all', '{"userName":"ann","active":1e999}'],
  ['the same key twice', '{"userName":"ann","userName":"bea"}'],
  ['__proto__', '{"userName":"ann","__proto__":{"admin":true},"constructor":{"prototype":{}}}'],
  ...['null', 'true', '0', '""', '[]', '[[]]', '{}', ''].map(
    (text) => [`${text || 'nothing'} as the body`, text] as const,
  ),
  ...['null', 'true', '0', '""', '[]', '{}', '[null]', '[{}]', '{"value":null}'].map(
    (text) =>
      [
        `${text} in every place`,
        `{"userName":${text},"name":${text},"emails":${text},"active":${text},"members":${text},"displayName":${text},"Operations":${text},"${ENTERPRISE_URN}":${text}}`,
      ] as const,
  ),
] as const;

describe('a hostile body', () => {
  test.each(HOSTILE)(
    'rfc 208: of %s is answered with 2xx or a SCIM error, and the server goes on',
    async (_name, body) => {
      const { call, log } = await open();
      const ann = (await call('/Users', { body: user('known') })).body.id;
      const staff = (await call('/Groups', { body: group('Staff', [ann]) })).body.id;
      for (const [method, path] of [
        ['POST', '/Users'],
        ['POST', '/Groups'],
        ['POST', '/Users/.search'],
        ['POST', '/.search'],
        ['POST', '/Bulk'],
        ['PUT', `/Users/${ann}`],
        ['PATCH', `/Users/${ann}`],
        ['PUT', `/Groups/${staff}`],
        ['PATCH', `/Groups/${staff}`],
      ] as const) {
        const answer = await call(path, { method, body });
        expect([method, path, findFaults(answer)]).toEqual([method, path, []]);
      }
      expect(log.filter(({ level }) => level === 'error')).toEqual([]);
      expect((await call(`/Users/${ann}`)).body.id).toBe(ann);
    },
    seconds(20),
  );
});

describe('the same create twice at once', () => {
  test('rfc 209: is one 201 and one 409, and one user', async () => {
    const { call } = await open();
    for (const [first, second] of [
      ['ann', 'ann'],
      ['Bob', 'bOB'],
      ['café', 'cafe\u0301'],
    ] as const) {
      const answers = await Promise.all([first, second].map((name) => call('/Users', { body: user(name) })));
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
      expectRefusal(answers.find(({ status }) => status === 409) as Answer, 409, 'uniqueness');
      const winner = answers.find(({ status }) => status === 201)?.body;
      const found = await call(`/Users?filter=${encodeURIComponent(`userName eq "${first}"`)}`);
      expect(found.body.Resources).toEqual([winner]);
    }
  });

  test('rfc 209: also from two processes on one database file', async () => {
    const { call, key, file } = await open();
    const other = await startSecondProcess(file);
    const names = Array.from({ length: 10 }, (_, index) => `user-${index}`);

    const pairs = await Promise.all(
      names.map((name) =>
        Promise.all([call('/Users', { body: user(name) }), other('/Users', { key, body: user(name) })]),
      ),
    );

    for (const pair of pairs) {
      expect(pair.map(({ status }) => status).sort()).toEqual([201, 409]);
      expectRefusal(pair.find(({ status }) => status === 409) as Answer, 409, 'uniqueness');
    }
    for (const list of [await call('/Users'), await other('/Users', { key })]) {
      const found = list.body.Resources.map(({ userName }: { userName: string }) => userName);
      expect(found.sort()).toEqual(names);
    }
  }, 30_000);

  test('rfc 155, rfc 209: of writers by the same If-Match in two processes one is 200, all others 412', async () => {
    const { call, key, file } = await open();
    const other = await startSecondProcess(file);
    const { id, meta } = (await call('/Users', { body: user('ann') })).body;
    const path = `/Users/${id}`;
    for (let version = meta.version, round = 0; round < 6; round += 1) {
      const write = (title: string) => ({
        key,
        method: 'PATCH',
        headers: { 'if-match': version },
        body: patch({ op: 'replace', path: 'title', value: `${round} ${title}` }),
      });
      const answers = await Promise.all(
        ['a', 'b', 'c', 'd'].flatMap((title) => [
          other(path, write(`${title} there`)),
          call(path, write(`${title} here`)),
        ]),
      );
      const statuses = answers.map(({ status }) => status).sort();
      expect(statuses).toEqual([200, ...Array.from({ length: 7 }, () => 412)]);
      const winner = answers.find(({ status }) => status === 200)?.body;
      for (const read of [await call(path), await other(path, { key })]) expect(read.body).toEqual(winner);
      version = winner.meta.version;
    }
  }, 30_000);
});

describe('what was written', () => {
  /** All ways to read Ann must show the same. */
  async function readEverywhere(call: (path: string) => Promise<Answer>, id: string, name: string) {
    const [byId, byName, all] = [
      await call(`/Users/${id}`),
      await call(`/Users?filter=${encodeURIComponent(`userName eq "${name}"`)}`),
      await call('/Users'),
    ];
    return [
      byId.body,
      byName.body.Resources[0],
      all.body.Resources.find((one: { id: string }) => one.id === id),
    ];
  }

  test('rfc 210: is seen by the very next request of the connection, in every process', async () => {
    const { call, file, key } = await open();
    const second = openScim({ database: `sqlite:${file}` }).scim;
    const elsewhere = (path: string) => send(second, path, { key });
    const made = (await call('/Users', { body: user('ann') })).body;
    const path = `/Users/${made.id}`;
    const writes = [
      () => call(path, { method: 'PATCH', body: patch({ op: 'replace', path: 'title', value: 'Boss' }) }),
      () => call(path, { method: 'PUT', body: user('ann', { nickName: 'A' }) }),
      () => call(path, { method: 'PATCH', body: patch({ op: 'replace', value: { active: false } }) }),
    ];
    for (const write of [async () => ({ body: made }), ...writes]) {
      const { body } = await write();
      for (const read of [call, elsewhere])
        expect(await readEverywhere(read, made.id, 'ann')).toEqual([body, body, body]);
    }

    const staff = (await call('/Groups', { body: group('Staff', [made.id]) })).body;
    for (const read of [call, elsewhere]) {
      expect((await read(path)).body.groups).toMatchObject([{ value: staff.id }]);
      expect((await read(`/Groups/${staff.id}`)).body).toEqual(staff);
    }
    await call(path, { method: 'DELETE' });
    for (const read of [call, elsewhere]) {
      expect((await read(path)).status).toBe(404);
      expect((await read('/Users')).body.totalResults).toBe(0);
      expect((await read(`/Groups/${staff.id}`)).body.members).toEqual([]);
    }
  });
});

describe('a create whose answer was lost', () => {
  test('rfc 211: sent again it is a 409, and a filter finds the user to be linked', async () => {
    const entered = defer();
    const release = defer();
    const { scim } = openScim({
      hooks: {
        userCreated() {
          entered.resolve();
          return release.promise;
        },
      },
    });
    const { key } = await connect(scim);
    const port = await serve(nodeHandler(scim));
    const body = user('ann', { externalId: 'e-1' });
    const lost = request({
      port,
      host: '127.0.0.1',
      method: 'POST',
      path: '/scim/v2/Users',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/scim+json' },
    });
    lost.on('error', () => undefined).end(JSON.stringify(body));
    await entered.promise;
    lost.destroy();
    release.resolve();

    expectRefusal(await send(scim, '/Users', { key, body }), 409, 'uniqueness');

    for (const filter of ['userName eq "ann"', 'externalId eq "e-1"']) {
      const found = await send(scim, `/Users?filter=${encodeURIComponent(filter)}`, { key });
      expect(found.body.Resources).toMatchObject([
        { userName: 'ann', externalId: 'e-1', meta: { version: 'W/"1"' } },
      ]);
      const { id } = found.body.Resources[0];
      const linked = await send(scim, `/Users/${id}`, { key, method: 'PUT', body });
      expect([linked.status, linked.body.id]).toEqual([200, id]);
    }
  });
});

describe('version and lastModified', () => {
  test('rfc 212: lastModified never goes back, whatever the clock does', async () => {
    let now = Date.parse('2026-06-01T00:00:00Z');
    const { call } = await open({ clock: () => now });
    const ann = (await call('/Users', { body: user('ann') })).body;
    const staff = (await call('/Groups', { body: group('Staff') })).body;
    let [ofAnn, ofStaff] = [ann.meta, staff.meta];
    for (const [index, step] of [
      1000,
      -3_600_000,
      1,
      -86_400_000 * 30,
      0,
      7_200_000,
      86_400_000 * 31,
    ].entries()) {
      now += step;
      await call(`/Groups/${staff.id}`, {
        method: 'PATCH',
        body: patch({ op: 'replace', path: 'externalId', value: `${index}` }),
      });
      const { meta } = (
        await call(`/Users/${ann.id}`, {
          method: 'PATCH',
          body: patch({ op: 'replace', path: 'title', value: `${index}` }),
        })
      ).body;
      const groupMeta = (await call(`/Groups/${staff.id}`)).body.meta;
      for (const [before, after] of [
        [ofAnn, meta],
        [ofStaff, groupMeta],
      ]) {
        expect(Date.parse(after.lastModified)).toBeGreaterThanOrEqual(Date.parse(before.lastModified));
        expect(after.created).toBe(before.created);
        expect(toNumber(after.version)).toBe(toNumber(before.version) + 1);
      }
      [ofAnn, ofStaff] = [meta, groupMeta];
    }
    expect(ofAnn.lastModified).toBe(new Date(now).toISOString());
  });

  test(
    'rfc 212: a version changes exactly when what is shown changes, and none comes back',
    async () => {
      const name = fc.constantFrom('ann', 'bea', 'Ann');
      const attribute = fc.constantFrom('title', 'nickName', 'displayName', 'externalId', 'userName');
      const who = fc.nat(2);
      const step = fc.oneof(
        fc.record({ kind: fc.constant('set' as const), who, attribute, value: name }),
        fc.record({
          kind: fc.constant('clear' as const),
          who,
          attribute: fc.constantFrom('title', 'emails', 'name'),
        }),
        fc.record({ kind: fc.constant('put' as const), who, value: name }),
        fc.record({ kind: fc.constant('activate' as const), who, active: fc.boolean() }),
        fc.record({ kind: fc.constant('mail' as const), who, value: name }),
        fc.record({ kind: fc.constant('join' as const), who, group: fc.nat(1) }),
        fc.record({ kind: fc.constant('leave' as const), who, group: fc.nat(1) }),
        fc.record({ kind: fc.constant('rename' as const), group: fc.nat(1), value: name }),
        fc.record({ kind: fc.constant('nest' as const), in: fc.boolean() }),
        fc.record({ kind: fc.constant('delete' as const), who }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 12 }), async (steps) => {
          const { scim } = openScim({ database: 'sqlite::memory:' });
          const { key } = await connect(scim);
          const call = (path: string, more: Call = {}) => send(scim, path, { key, ...more });
          const users: string[] = [];
          for (const userName of ['one', 'two', 'three'])
            users.push(`/Users/${(await call('/Users', { body: user(userName) })).body.id}`);
          const groups: string[] = [];
          for (const displayName of ['red', 'blue'])
            groups.push(`/Groups/${(await call('/Groups', { body: group(displayName) })).body.id}`);
          const idOf = (path: string | undefined) => String(path?.split('/').at(-1));
          const show = async () =>
            new Map(
              await Promise.all([...users, ...groups].map(async (path) => [path, await call(path)] as const)),
            );
          const change = (path: string, operation: object) =>
            call(path, { method: 'PATCH', body: patch(operation) });

          const seen = new Map<string, Set<string>>();
          let before = await show();
          for (const [path, { body }] of before) seen.set(path, new Set([body.meta.version]));
          for (const one of steps) {
            const answer = await (() => {
              switch (one.kind) {
                case 'set':
                  return change(users[one.who] ?? NOBODY, {
                    op: 'replace',
                    path: one.attribute,
                    value: one.value,
                  });
                case 'clear':
                  return change(users[one.who] ?? NOBODY, { op: 'remove', path: one.attribute });
                case 'put':
                  return call(users[one.who] ?? NOBODY, {
                    method: 'PUT',
                    body: user(`put-${one.who}`, { title: one.value }),
                  });
                case 'activate':
                  return change(users[one.who] ?? NOBODY, { op: 'replace', value: { active: one.active } });
                case 'mail':
                  return change(users[one.who] ?? NOBODY, {
                    op: 'add',
                    path: 'emails',
                    value: [{ value: `${one.value}@x` }],
                  });
                case 'join':
                  return change(String(groups[one.group]), {
                    op: 'add',
                    path: 'members',
                    value: [{ value: idOf(users[one.who]) }],
                  });
                case 'leave':
                  return change(String(groups[one.group]), {
                    op: 'remove',
                    path: `members[value eq "${idOf(users[one.who])}"]`,
                  });
                case 'rename':
                  return change(String(groups[one.group]), {
                    op: 'replace',
                    path: 'displayName',
                    value: `${one.value} ${one.group}`,
                  });
                case 'delete':
                  return call(users.splice(one.who, 1)[0] ?? NOBODY, { method: 'DELETE' });
                case 'nest':
                  return one.in
                    ? change(String(groups[0]), {
                        op: 'add',
                        path: 'members',
                        value: [{ value: idOf(groups[1]) }],
                      })
                    : change(String(groups[0]), {
                        op: 'remove',
                        path: `members[value eq "${idOf(groups[1])}"]`,
                      });
              }
            })();
            expect(answer.status === 409 ? [] : findFaults(answer)).toEqual([]);
            const after = await show();
            for (const [path, { body }] of after) {
              const was = before.get(path)?.body;
              const [shown, shownBefore] = [body, was].map(({ meta: _meta, ...rest }) =>
                JSON.stringify(rest),
              );
              const isSame = body.meta.version === was.meta.version;
              expect([one, path, isSame]).toEqual([one, path, shown === shownBefore]);
              if (!isSame && path.startsWith('/Groups')) {
                expect(toNumber(body.meta.version)).toBeGreaterThan(toNumber(was.meta.version));
                expect(seen.get(path)?.has(body.meta.version)).toBe(false);
              }
              expect(body.meta.lastModified >= was.meta.lastModified).toBe(true);
              seen.get(path)?.add(body.meta.version);
            }
            before = after;
          }
          await scim.close();
        }),
        { numRuns: runs(40) },
      );
    },
    seconds(60),
  );
});

describe('more than can be served', () => {
  test('rfc 213: every create of a storm is done or refused with Retry-After, and nothing of the refused is there', async () => {
    const { scim } = openScim({
      limited: true,
      limits: { rateLimit: { requestsPerSecond: 1, burst: 12, concurrent: 2 } },
    });
    const { key, connectionId } = await connect(scim);
    const names = Array.from({ length: 40 }, (_, index) => `user-${index}`);

    const answers = await Promise.all(
      names.map(async (name) => ({ name, answer: await send(scim, '/Users', { key, body: user(name) }) })),
    );

    const done = answers.filter(({ answer }) => answer.status === 201).map(({ name }) => name);
    const refused = answers.filter(({ answer }) => answer.status !== 201);
    expect([done.length, refused.length]).toEqual([12, 28]);
    for (const { answer } of refused) {
      expectRefusal(answer, 429);
      expect(answer.headers.get('retry-after')).toMatch(/^([1-9]|[12]\d|30)$/);
    }
    const kept = (
      await scim.management.getScimUsers({ scimConnectionId: connectionId, pageSize: 100 })
    ).getOrThrow();
    expect(JSON.stringify(kept).match(/"userName":"[^"]+"/g)).toHaveLength(12);
    for (const name of names) expect(JSON.stringify(kept).includes(`"${name}"`)).toBe(done.includes(name));
  });

  test('rfc 213: a full queue refuses at once; those who wait are served in their order', async () => {
    const entered = defer();
    const release = defer();
    const order: unknown[] = [];
    const { scim } = openScim({
      limits: { rateLimit: { requestsPerSecond: 1_000_000, burst: 3, concurrent: 1 }, hookTimeoutMs: 20_000 },
      clock: (() => {
        let now = 1_800_000_000_000;
        return () => (now += 1000);
      })(),
      hooks: {
        userCreated({ resource }) {
          order.push(resource.userName);
          entered.resolve();
          return release.promise;
        },
      },
    });
    const { key } = await connect(scim);
    const create = (name: string) => send(scim, '/Users', { key, body: user(name) });
    const first = create('first');
    await entered.promise;
    const waiting = ['second', 'third', 'fourth'].map(create);
    const refused = await create('fifth');
    expectRefusal(refused, 429);
    expect(refused.headers.get('retry-after')).toBe('1');
    release.resolve();

    expect((await Promise.all([first, ...waiting])).map(({ status }) => status)).toEqual([
      201, 201, 201, 201,
    ]);
    expect(order).toEqual(['first', 'second', 'third', 'fourth']);
    const list = await send(scim, '/Users', { key });
    expect(list.body.Resources.map(({ userName }: { userName: string }) => userName)).toEqual(order);
  });

  test('rfc 213: what was given up on is 503 with Retry-After, leaves nothing behind, and can be sent again', async () => {
    const time = { isSlow: true };
    const { scim } = openScim({
      limits: { hookTimeoutMs: 20 },
      hooks: { membersChanged: () => (time.isSlow ? new Promise<never>(() => undefined) : undefined) },
    });
    const { key } = await connect(scim);
    const call = (path: string, more: Call = {}) => send(scim, path, { key, ...more });
    const ann = (await call('/Users', { body: user('ann') })).body;
    const staff = (await call('/Groups', { body: group('Staff') })).body;
    const before = [(await call(`/Users/${ann.id}`)).text, (await call(`/Groups/${staff.id}`)).text];
    // The name and the members in one request: neither is kept without the other.
    const change = {
      method: 'PATCH',
      body: patch({ op: 'replace', value: { displayName: 'Crew', members: [{ value: ann.id }] } }),
    };

    const late = await call(`/Groups/${staff.id}`, change);

    expect([late.status, late.headers.get('retry-after')]).toEqual([503, '5']);
    expect([(await call(`/Users/${ann.id}`)).text, (await call(`/Groups/${staff.id}`)).text]).toEqual(before);
    time.isSlow = false;
    expect((await call(`/Groups/${staff.id}`, change)).status).toBe(204);
    expect((await call(`/Groups/${staff.id}`)).body).toMatchObject({
      displayName: 'Crew',
      members: [{ value: ann.id }],
    });
  });
});

/** Everybody may have been deleted. */
const NOBODY = '/Users/nobody';

/** The counted part of a version. */
function toNumber(version: string): number {
  return Number(/\d+/.exec(version)?.[0]);
}

async function open(options: OpenOptions = {}) {
  const opened = openScim(options);
  const { key } = await connect(opened.scim);
  const call = (path: string, more: Call = {}) => send(opened.scim, path, { key, ...more });
  return { ...opened, key, call };
}
