import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { createScim, type Scim } from '../src/index.ts';
import { expectRefusal, runs, seconds } from './support/answers.ts';
import {
  type Answer,
  BASE,
  connect,
  ENTERPRISE_URN,
  openScim,
  patch,
  SEARCH_URN,
  send,
  user,
} from './support/scim.ts';

type Query = Readonly<Record<string, string>>;
type List = (query: Query) => Promise<Answer>;

const toPath = (query: Query) => `/Users?${new URLSearchParams(query)}`;
const idsOf = ({ body }: Answer): readonly string[] => body.Resources.map(({ id }: { id: string }) => id);

/** All pages by cursor, from the first or from a given one. */
async function walk(list: List, query: Query, from = ''): Promise<readonly Answer[]> {
  const pages: Answer[] = [];
  let cursor: string | undefined = from;
  while (cursor !== undefined) {
    const page: Answer = await list({ ...query, cursor });
    expect([page.status, page.text]).toEqual([200, page.text]);
    pages.push(page);
    cursor = page.body.nextCursor;
  }
  return pages;
}

/** All pages by index. */
async function count(list: List, query: Query): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let total = 1; ids.length < total; ) {
    const page = await list({ ...query, startIndex: String(ids.length + 1) });
    total = page.body.totalResults;
    ids.push(...idsOf(page));
  }
  return ids;
}

/** scimkit with a customer and users of one letter each, made at different times so that their ids ascend. */
async function open(names = 'abcdefg', options: Parameters<typeof openScim>[0] = {}) {
  let now = Date.now();
  const clock = () => {
    now += 3;
    return now;
  };
  const opened = openScim({ clock, ...options });
  const { key } = await connect(opened.scim);
  const call = (path: string, more: object = {}) => send(opened.scim, path, { key, ...more });
  const list: List = (query) => call(toPath(query));
  const ids: string[] = [];
  for (const name of names) ids.push((await call('/Users', { body: user(name) })).body.id);
  return { ...opened, key, call, list, ids };
}

/** The cursor of the second page. */
async function readCursor(list: List, query: Query = { count: '2' }): Promise<string> {
  return (await list({ ...query, cursor: '' })).body.nextCursor;
}

describe('the first page', () => {
  test.each([
    '/Users?cursor=&count=3',
    '/Users?cursor&count=3',
    '/Users?count=3&cursor',
    '/Users?CURSOR=&count=3',
  ])('rfc 167: is that of %s, and its cursor is of letters, digits, - and _', async (path) => {
    const { call, ids } = await open();
    const page = await call(path);
    expect(page.status).toBe(200);
    expect(idsOf(page)).toEqual(ids.slice(0, 3));
    expect(page.body.nextCursor).toMatch(/^[A-Za-z0-9_-]+$/);
  });
});

test('rfc 168, rfc 169, rfc 172: every page but the last has a nextCursor, none a previousCursor or a total', async () => {
  const { list, ids } = await open();
  for (const size of [1, 2, 3, 6, 7, 8]) {
    const pages = await walk(list, { count: String(size) });
    expect(pages.flatMap(idsOf)).toEqual(ids);
    expect(pages).toHaveLength(Math.ceil(ids.length / size));
    for (const page of pages) {
      const next = page === pages.at(-1) ? [] : ['nextCursor'];
      expect(Object.keys(page.body)).toEqual(['schemas', 'itemsPerPage', ...next, 'Resources']);
    }
  }
  const none = await list({ cursor: '', filter: 'userName eq "nobody"' });
  expect([none.body.Resources, 'nextCursor' in none.body]).toEqual([[], false]);
});

describe('a cursor goes with its query', () => {
  const QUERY = { count: '2', filter: 'userName pr', sortBy: 'userName', attributes: 'userName' };

  test.each([
    { filter: 'userName sw "a"' },
    { filter: 'userName pr ' },
    { sortBy: 'title' },
    { sortOrder: 'descending' },
    { attributes: 'title' },
  ])('rfc 170: %o instead is 400 invalidCursor', async (other) => {
    const { list } = await open();
    const cursor = await readCursor(list, QUERY);
    expect((await list({ ...QUERY, cursor })).status).toBe(200);
    expectRefusal(await list({ ...QUERY, ...other, cursor }), 400, 'invalidCursor');
  });

  test('rfc 170: a parameter left out, and another resource type, are 400 invalidCursor', async () => {
    const { list, call } = await open();
    const { filter, ...rest } = QUERY;
    const cursor = await readCursor(list, QUERY);
    expectRefusal(await list({ ...rest, cursor }), 400, 'invalidCursor');
    const plain = await readCursor(list);
    expectRefusal(await call(`/Groups?count=2&cursor=${plain}`), 400, 'invalidCursor');
  });

  test('rfc 170, rfc 173: another count is 400 invalidCount', async () => {
    const { list } = await open();
    const cursor = await readCursor(list);
    for (const other of ['1', '3', '0', '-1', '']) {
      expectRefusal(await list({ count: other, cursor }), 400, 'invalidCount');
    }
  });
});

describe('count', () => {
  test.each(['0', '-1', '-9007199254740993'])(
    'rfc 171: %s gives the total and no resources',
    async (size) => {
      const { list } = await open();
      const { body } = await list({ count: size, cursor: '' });
      expect(body).toEqual({ schemas: body.schemas, totalResults: 7, itemsPerPage: 0, Resources: [] });
    },
  );

  test('rfc 171: more than the largest page is the largest page, on every page', async () => {
    const { list, ids } = await open('abcdefg', { limits: { maxPageSize: 3 } });
    const pages = await walk(list, { count: '1000000' });
    expect(pages.map((page) => page.body.itemsPerPage)).toEqual([3, 3, 1]);
    expect(pages.flatMap(idsOf)).toEqual(ids);
  });

  test.each(['1.5', 'x'])('rfc 171: %s is 400 invalidValue', async (size) => {
    const { list } = await open();
    expectRefusal(await list({ count: size, cursor: '' }), 400, 'invalidValue');
  });
});

describe('errors', () => {
  test('rfc 173, rfc 180: a cursor is good for the time that is told, then 400 expiredCursor', async () => {
    let now = Date.parse('2026-01-01T00:00:00Z');
    const { list, call } = await open('abcdefg', { clock: () => now, limits: { cursorTimeoutSeconds: 60 } });
    const { cursorTimeout } = (await call('/ServiceProviderConfig')).body.pagination;
    const cursor = await readCursor(list);
    now += cursorTimeout * 1000;
    expect((await list({ count: '2', cursor })).status).toBe(200);
    now += 1001;
    expectRefusal(await list({ count: '2', cursor }), 400, 'expiredCursor');
  });

  test('rfc 174: a cursor given twice, or with startIndex, is 400 invalidValue', async () => {
    const { call, list } = await open();
    expectRefusal(await call('/Users?cursor=&cursor='), 400, 'invalidValue');
    expectRefusal(await list({ cursor: '', startIndex: '1' }), 400, 'invalidValue');
    const cursor = await readCursor(list);
    expectRefusal(await list({ count: '2', cursor, startIndex: '3' }), 400, 'invalidValue');
  });
});

const SORTS = [
  undefined,
  'id',
  'userName',
  'title',
  'active',
  'name.familyName',
  'emails',
  'emails.value',
  'externalId',
  'displayName',
  'meta.created',
  'meta.lastModified',
  'roles.display',
  `${ENTERPRISE_URN}:department`,
  'urn:example:params:scim:schemas:extension:badge:2.0:User:level',
  'urn:example:params:scim:schemas:extension:badge:2.0:User:issued',
  'urn:example:params:scim:schemas:extension:badge:2.0:User:weight',
  'groups',
  'nothing',
] as const;

describe('the order', () => {
  const BADGE = 'urn:example:params:scim:schemas:extension:badge:2.0:User';
  let scim: Scim;
  let list: List;

  beforeAll(async () => {
    scim = createScim({
      database: 'sqlite::memory:',
      endpointUrl: BASE,
      pepper: 'a pepper for tests',
      limits: { rateLimit: false },
      extensions: [
        {
          resourceType: 'User',
          schema: {
            id: BADGE,
            name: 'Badge',
            attributes: [
              { name: 'level', type: 'integer' },
              { name: 'issued', type: 'dateTime' },
              { name: 'weight', type: 'decimal' },
            ],
          },
        },
      ],
    });
    const { key } = await connect(scim);
    list = (query) => send(scim, toPath(query), { key });
    const texts = ['a', 'A', 'b', 'ΟΔΟΣ', '😀', '\uFFFD', `it's`, 'x'.repeat(600), `${'x'.repeat(600)}y`];
    const pick = <T>(index: number, values: readonly T[]) =>
      index % 4 === 0 ? undefined : values[index % values.length];
    const numbers = [0, -1, 0.1, 0.30000000000000004, 2 ** 60, 2 ** 60 + 256, 1e21, 5e-7, -(2 ** 53)];
    for (let index = 0; index < 500; index += 1) {
      const text = pick(index, texts);
      const body = user(`user-${(index * 7919) % 500}`, {
        title: text,
        externalId: pick(index, ['e', 'E', 'f', text ?? 'g']),
        displayName: text,
        active: pick(index, [true, false, true]),
        name: { familyName: text },
        emails:
          text === undefined
            ? undefined
            : [{ value: `${text.slice(0, 2)}@x` }, { value: 'b@x', primary: index % 3 === 0 }],
        roles: text === undefined ? undefined : [{ value: text, display: text }],
        [ENTERPRISE_URN]: { department: text },
        [BADGE]: {
          level: pick(index, [1, 2, 3, -7, Number.MAX_SAFE_INTEGER]),
          issued: pick(index, ['2026-01-01T00:00:00Z', '2026-01-01T01:00:00.5+01:00']),
          weight: pick(index, numbers),
        },
      });
      const made = await send(scim, '/Users', { key, body });
      expect([made.status, made.text]).toEqual([201, made.text]);
    }
    return () => scim.close();
  }, 60_000);

  test.each(
    SORTS.flatMap((sortBy) => ['ascending', 'descending'].map((sortOrder) => ({ sortBy, sortOrder }))),
  )('rfc 175: of $sortBy $sortOrder is that of paging by index', async ({ sortBy, sortOrder }) => {
    const query = { sortOrder, attributes: 'id', ...(sortBy === undefined ? {} : { sortBy }) };
    const expected = await count(list, { ...query, count: '200' });
    expect(new Set(expected).size).toBe(500);
    for (const size of ['7', '100', '200']) {
      expect((await walk(list, { ...query, count: size })).flatMap(idsOf)).toEqual(expected);
    }
  });

  test('rfc 167: a cursor fits into a URL, however long what is sorted by', async () => {
    for (const page of await walk(list, { sortBy: 'title', count: '20' })) {
      expect(String(page.body.nextCursor ?? '').length).toBeLessThan(4200);
    }
  });

  test('rfc 175: with a filter, of those it finds', async () => {
    const query = { sortBy: 'title', filter: 'active eq true and title pr', attributes: 'id' };
    const expected = await count(list, { ...query, count: '200' });
    expect(expected.length).toBeGreaterThan(100);
    expect((await walk(list, { ...query, count: '11' })).flatMap(idsOf)).toEqual(expected);
  });
});

test('rfc 175: what is made, changed or deleted between pages moves no other resource', async () => {
  const { call, list, ids } = await open('cegikmoqsuwy');
  for (const sort of [{}, { sortBy: 'userName' }, { sortBy: 'userName', sortOrder: 'descending' }]) {
    const query = { ...sort, count: '3' };
    const [first] = await walk(list, query);
    const seen = [...idsOf(first as Answer)];
    // The last of the page goes, so that the cursor names a resource that is no more.
    const [gone] = seen.splice(-1);
    const { body } = await call(`/Users/${gone}`);
    await call(`/Users/${gone}`, { method: 'DELETE' });
    const made: string[] = [];
    for (const name of ['A', 'h', 'z']) made.push((await call('/Users', { body: user(name) })).body.id);
    await call(`/Users/${ids[6]}`, {
      method: 'PATCH',
      body: patch({ op: 'replace', path: 'title', value: 'new' }),
    });
    const rest = (await walk(list, query, first?.body.nextCursor)).flatMap(idsOf);
    const unchanged = [...seen, ...rest].filter((id) => !made.includes(id));
    const current = await count(list, { ...sort, count: '100' });
    expect(unchanged).toEqual(current.filter((id) => !made.includes(id)));
    for (const id of made) await call(`/Users/${id}`, { method: 'DELETE' });
    const again = await call('/Users', { body: user(body.userName) });
    ids.splice(ids.indexOf(String(gone)), 1, again.body.id);
  }
});

test('rfc 172, rfc 176: a request that names no way of paging is answered by index', async () => {
  const { list, ids } = await open();
  const page = await list({ count: '2' });
  expect(page.body).toMatchObject({ totalResults: 7, startIndex: 1, itemsPerPage: 2 });
  expect('nextCursor' in page.body).toBe(false);
  expect(idsOf(page)).toEqual(ids.slice(0, 2));
});

test('rfc 177: .search takes cursor and count in its body, and its cursors are those of GET', async () => {
  const { call, list, ids } = await open();
  const search: List = ({ count: size, ...query }) =>
    call('/Users/.search', { body: { schemas: [SEARCH_URN], ...query, count: Number(size) } });
  const query = { count: '3', filter: 'userName pr', sortBy: 'userName' };
  expect((await walk(search, query)).flatMap(idsOf)).toEqual(ids);
  const cursor = await readCursor(search, query);
  expect(idsOf(await list({ ...query, cursor }))).toEqual(idsOf(await search({ ...query, cursor })));
  expectRefusal(await search({ ...query, cursor: 'x' }), 400, 'invalidCursor');
});

test('rfc 178: /ServiceProviderConfig says what holds', async () => {
  const limits = { maxPageSize: 5, defaultPageSize: 4, cursorTimeoutSeconds: 120 };
  const { call, list } = await open('abcdefg', { limits });
  expect((await call('/ServiceProviderConfig')).body.pagination).toEqual({
    cursor: true,
    index: true,
    defaultPaginationMethod: 'index',
    defaultPageSize: 4,
    maxPageSize: 5,
    cursorTimeout: 120,
  });
  expect((await list({ cursor: '' })).body.itemsPerPage).toBe(4);
  expect((await list({ cursor: '', count: '100' })).body.itemsPerPage).toBe(5);
});

describe('a cursor cannot be forged', () => {
  test(
    'rfc 173, rfc 179: altered anywhere, it is 400 invalidCursor',
    async () => {
      const { list, log } = await open();
      const query = { count: '2', sortBy: 'userName' };
      const cursor = await readCursor(list, query);
      const edit = fc.oneof(
        fc
          .tuple(fc.nat(cursor.length - 1), fc.constantFrom(...'AZaz09-_~.+/= é\u0000'))
          .map(([at, letter]) => cursor.slice(0, at) + letter + cursor.slice(at + 1)),
        fc.nat(cursor.length - 1).map((at) => cursor.slice(0, at)),
        fc.nat(cursor.length - 1).map((at) => cursor.slice(at + 1)),
        fc
          .tuple(fc.nat(cursor.length), fc.string({ minLength: 1, maxLength: 9 }))
          .map(([at, text]) => cursor.slice(0, at) + text + cursor.slice(at)),
        fc.string({ unit: 'binary', minLength: 1 }),
        fc.base64String({ minLength: 1, maxLength: 300 }),
      );
      await fc.assert(
        fc.asyncProperty(
          edit.filter((text) => text !== cursor && text !== ''),
          async (text) => expectRefusal(await list({ ...query, cursor: text }), 400, 'invalidCursor'),
        ),
        { numRuns: runs(2000) },
      );
      expect(log.filter(({ level }) => level === 'error')).toEqual([]);
    },
    seconds(60),
  );

  test('rfc 161, rfc 179: one of another connection is refused by the answer a forged one gets', async () => {
    const { scim, list } = await open();
    const { key } = await connect(scim, 'globex');
    for (const name of 'abcdefg') await send(scim, '/Users', { key, body: user(name) });
    const foreign: List = (query) => send(scim, toPath(query), { key });
    const stolen = await foreign({ count: '2', cursor: await readCursor(list) });
    const forged = await foreign({ count: '2', cursor: 'A'.repeat(120) });
    expectRefusal(stolen, 400, 'invalidCursor');
    expect(stolen.text).toBe(forged.text);
  });

  test('rfc 179: with a key of the same connection that is no longer good it is 401', async () => {
    const { scim, list, key } = await open();
    const cursor = await readCursor(list);
    await scim.management.resetScimApiKey({ customerId: 'acme' });
    const answer = await send(scim, toPath({ count: '2', cursor }), { key });
    expectRefusal(answer, 401);
  });
});

test('rfc 180: a cursor shows nothing of what it stands for', async () => {
  const { call, list } = await open('');
  const ids: string[] = [];
  for (const name of ['ada.lovelace', 'grace.hopper', 'zoe'])
    ids.push((await call('/Users', { body: user(name, { title: `${name} esq.` }) })).body.id);
  for (const sortBy of ['userName', 'title', 'id']) {
    for (const cursor of [
      await readCursor(list, { count: '1', sortBy }),
      await readCursor(list, { count: '2', sortBy }),
    ]) {
      const bytes = Buffer.from(cursor, 'base64url');
      for (const text of [cursor, bytes.toString('latin1'), bytes.toString('utf16le')]) {
        for (const word of ['ada', 'lovelace', 'grace', 'hopper', ...ids]) expect(text).not.toContain(word);
      }
    }
  }
});

test('rfc 180: used again, a cursor gives the same page', async () => {
  const { list } = await open();
  const cursor = await readCursor(list);
  const pages = await Promise.all([1, 2, 3].map(() => list({ count: '2', cursor })));
  expect(new Set(pages.map((page) => JSON.stringify(page.body.Resources))).size).toBe(1);
  for (const page of pages) {
    const next = await list({ count: '2', cursor: page.body.nextCursor });
    expect(next.body.itemsPerPage).toBe(2);
  }
});

test('cursors hold across processes and restarts, and not across databases', async () => {
  const { scim, database, key, list, ids } = await open();
  const another = openScim({ on: database }).scim;
  const other: List = (query) => send(another, toPath(query), { key });
  const theirs = await other({ count: '2', cursor: await readCursor(list) });
  expect(idsOf(theirs)).toEqual(ids.slice(2, 4));
  await scim.close();
  const third = openScim({ on: database }).scim;
  const late = await send(third, toPath({ count: '2', cursor: theirs.body.nextCursor }), { key });
  expect(idsOf(late)).toEqual(ids.slice(4, 6));
  const apart = await open();
  expectRefusal(await apart.list({ count: '2', cursor: theirs.body.nextCursor }), 400, 'invalidCursor');
});

test('two processes that need the first cursor at once agree on the secret', async () => {
  const { database, key, list } = await open();
  const another = openScim({ on: database }).scim;
  const other: List = (query) => send(another, toPath(query), { key });
  const cursors = await Promise.all([
    readCursor(list),
    readCursor(other),
    readCursor(list),
    readCursor(other),
  ]);
  for (const cursor of cursors) {
    for (const by of [list, other]) expect((await by({ count: '2', cursor })).status).toBe(200);
  }
});
