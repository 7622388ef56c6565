import { describe, expect, test } from 'vitest';
import { expectRefusal } from '../support/answers.ts';
import { countInputs, runs, seconds, tryInputsInTurn } from '../support/counts.ts';
import { type Call, connect, group, openScim, patch, SEARCH_URN, send, user } from '../support/scim.ts';

const BULK_URN = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';

async function open(limits: NonNullable<Parameters<typeof openScim>[0]>['limits'] = {}) {
  const { scim, log } = openScim({ database: 'sqlite::memory:', limits });
  const { key } = await connect(scim);
  const call = (path: string, more: Call = {}) => send(scim, path, { key, ...more });
  return { call, log };
}

const bulk = (count: number) => ({
  schemas: [BULK_URN],
  Operations: Array.from({ length: count }, (_, index) => ({
    method: 'DELETE',
    path: `/Users/nobody${index}`,
  })),
});

const pad = (body: object, bytes: number) => {
  const text = JSON.stringify(body);
  return text + ' '.repeat(Math.max(0, bytes - text.length));
};

describe('what is advertised is what is enforced', () => {
  test(
    'case S21: whatever the limits are set to, exactly what they allow is taken and one more is refused',
    async () => {
      await tryInputsInTurn('S21 sets of limits', runs(40), async (dice) => {
        const { call, log } = await open({
          maxBulkOperations: 1 + dice.int(30),
          maxBodyBytes: 2000 + dice.int(5000),
          maxPageSize: 1 + dice.int(20),
          maxUrlLength: 200 + dice.int(800),
          maxHeaderBytes: 300 + dice.int(700),
        });
        const config = (await call('/ServiceProviderConfig')).body;
        const { maxOperations, maxPayloadSize } = config.bulk;
        expect((await call('/Bulk', { body: pad(bulk(maxOperations), 0) })).status).toBe(200);
        expectRefusal(await call('/Bulk', { body: bulk(maxOperations + 1) }), 413);
        expect((await call('/Bulk', { body: pad(bulk(1), maxPayloadSize) })).status).toBe(200);
        expectRefusal(await call('/Bulk', { body: pad(bulk(1), maxPayloadSize + 1) }), 413);
        for (let index = 0; index <= config.filter.maxResults; index += 1)
          expect((await call('/Users', { body: user(`u${index}`) })).status).toBe(201);
        const page = (await call('/Users?count=1000000')).body;
        expect([page.Resources.length, page.totalResults]).toEqual([
          config.filter.maxResults,
          config.filter.maxResults + 1,
        ]);
        expect(log.filter(({ level }) => level === 'error')).toEqual([]);
        return undefined;
      });
    },
    seconds(60),
  );

  const FULL = 'userName eq "a"';
  /** A limit of P10 to P15: a request at it, one beyond it, and how the latter is refused. */
  const CASES: readonly {
    readonly name: string;
    readonly limit: number;
    readonly make: (size: number, id: string) => readonly [string, Call];
    readonly refusal: readonly [number, string | undefined];
  }[] = [
    {
      name: 'a filter of so many characters',
      limit: 4096,
      make: (size) => ['/Users/.search', { body: { schemas: [SEARCH_URN], filter: FULL.padEnd(size) } }],
      refusal: [400, 'invalidFilter'],
    },
    {
      name: 'brackets so deep in a filter',
      limit: 32,
      make: (size) => [
        '/Users/.search',
        { body: { schemas: [SEARCH_URN], filter: '('.repeat(size) + FULL + ')'.repeat(size) } },
      ],
      refusal: [400, 'invalidFilter'],
    },
    {
      name: 'so many terms in a filter',
      limit: 64,
      make: (size) => [
        '/Users/.search',
        { body: { schemas: [SEARCH_URN], filter: Array(size).fill(FULL).join(' or ') } },
      ],
      refusal: [400, 'invalidFilter'],
    },
    {
      name: 'so many operations in a PATCH',
      limit: 1000,
      make: (size, id) => [
        `/Users/${id}`,
        { method: 'PATCH', body: patch(...Array(size).fill({ op: 'replace', path: 'title', value: 't' })) },
      ],
      refusal: [413, undefined],
    },
    {
      name: 'JSON so deep',
      limit: 32,
      // The body itself is the first level.
      make: (size) => [
        '/Users',
        { body: `{"userName":"u${size}","x":${'['.repeat(size - 1)}${']'.repeat(size - 1)}}` },
      ],
      refusal: [400, 'invalidSyntax'],
    },
    {
      name: 'so many values in a body',
      limit: 50_000,
      // The body, the name and the list are three of them.
      make: (size) => ['/Users', { body: { userName: `n${size}`, x: Array(size - 3).fill(1) } }],
      refusal: [400, 'invalidSyntax'],
    },
    {
      name: 'a string of so many characters',
      limit: 65_536,
      make: (size) => ['/Users', { body: { userName: `s${size}`, x: 'x'.repeat(size) } }],
      refusal: [400, 'invalidSyntax'],
    },
    {
      name: 'a userName of so many characters',
      limit: 320,
      make: (size) => ['/Users', { body: user('u'.repeat(size)) }],
      refusal: [400, 'invalidValue'],
    },
    {
      name: 'an attribute of so many characters',
      limit: 1024,
      make: (size) => ['/Users', { body: user(`t${size}`, { title: 't'.repeat(size) }) }],
      refusal: [400, 'invalidValue'],
    },
    {
      name: 'so many values of one attribute',
      limit: 1000,
      make: (size) => [
        '/Users',
        {
          body: user(`e${size}`, {
            emails: Array.from({ length: size }, (_, index) => ({ value: `${index}@a.example` })),
          }),
        },
      ],
      refusal: [400, 'invalidValue'],
    },
    {
      name: 'a URL of so many characters',
      limit: 8192,
      make: (size) => [`/Users?x=${'x'.repeat(size - '/Usersx='.length)}`, {}],
      refusal: [414, undefined],
    },
  ];

  test.each(CASES)('case S21: $name are taken, $limit, and one more is refused', async (limit) => {
    const { call } = await open();
    const { id } = (await call('/Users', { body: user('somebody') })).body;
    const [path, at] = limit.make(limit.limit, id);
    const taken = await call(path, at);
    expect([taken.status < 300, taken.text.slice(0, 300)]).toEqual([true, taken.text.slice(0, 300)]);
    const [beyondPath, beyond] = limit.make(limit.limit + 1, id);
    expectRefusal(await call(beyondPath, beyond), ...limit.refusal);
    countInputs('S21 limits', 2);
  });

  test('case S21: 10,000 members are added or removed by one PATCH, and one more is 413 and adds none', async () => {
    const { call } = await open();
    const { id } = (await call('/Groups', { body: group('g') })).body;
    const change = (count: number) =>
      call(`/Groups/${id}`, {
        method: 'PATCH',
        body: patch({
          op: 'remove',
          path: 'members',
          value: Array.from({ length: count }, (_, index) => ({ value: `nobody${index}` })),
        }),
      });
    expect((await change(10_000)).status).toBe(204);
    expectRefusal(await change(10_001), 413);
    countInputs('S21 limits', 2);
  });
});

test('case S29: what is logged and counted comes from fixed sets, never from the request', async () => {
  const { scim, log } = openScim({ database: 'sqlite::memory:', limited: true });
  const { key, connectionId } = await connect(scim);
  const canary = 'canary-5f3a';
  for (const [path, call] of [
    [`/${canary}`, {}],
    [`/Users/${canary}?${canary}=${canary}`, { method: canary.toUpperCase() }],
    ['/Users', { body: { userName: canary, [canary]: canary, active: 'True', schemas: [canary] } }],
    [`/Users?filter=${canary}+eq+"${canary}"`, {}],
    ['/Users', { headers: { authorization: `Bearer ${canary}`, 'user-agent': canary } }],
    ['/Users', { body: `{"${canary}":` }],
  ] as const) {
    await send(scim, path, { key, ...call });
  }
  const { leniencies } = (
    await scim.management.getScimLeniencies({ scimConnectionId: connectionId })
  ).getOrThrow();
  expect(leniencies.length).toBeGreaterThan(0);
  expect(JSON.stringify([log, leniencies])).not.toContain(canary);
});
