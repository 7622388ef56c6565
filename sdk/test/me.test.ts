import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createScim, type FindMe, type MeRequest, type ScimOptions } from '../src/index.ts';
import { verify } from '../src/verifier/verify.ts';
import { expectRefusal } from './support/answers.ts';
import {
  BASE,
  type Call,
  connect,
  group,
  type OpenOptions,
  openScim,
  patch,
  send,
  user,
} from './support/scim.ts';

/** Ann and Ben, of whom a header says which one asks, and Eve, who is another customer's. */
async function open({ isSilent = false, ...options }: OpenOptions & { readonly isSilent?: boolean } = {}) {
  const asked: MeRequest[] = [];
  const ids = new Map<string | null, string>();
  const me: FindMe = async (request) => {
    asked.push(request);
    return ids.get(request.header('X-Person')) ?? null;
  };
  const { scim, log } = openScim(isSilent ? {} : { me, ...options });
  const { key, connectionId } = await connect(scim);
  const other = await connect(scim, 'globex');
  const create = async (of: string, body: object, path = '/Users') =>
    (await send(scim, path, { key: of, body })).body.id as string;
  ids.set('ann', await create(key, user('ann', { title: 'Chief' })));
  ids.set('ben', await create(key, user('ben')));
  ids.set('eve', await create(other.key, user('eve')));
  ids.set('staff', await create(key, group('Staff'), '/Groups'));
  ids.set('nobody', 'no such id');
  const call = (path: string, more: Call = {}) => send(scim, path, { key, ...more });
  const asPerson = (person: string | undefined, { headers = {}, ...more }: Call = {}, query = '') =>
    call(`/Me${query}`, {
      ...more,
      headers: { ...headers, ...(person === undefined ? {} : { 'x-person': person }) },
    });
  const id = ids.get('ann') ?? '';
  return { scim, log, asked, key, other, connectionId, call, me: asPerson, id, path: `/Users/${id}` };
}

const set = (path: string, value: unknown) => ({
  method: 'PATCH',
  body: patch({ op: 'replace', path, value }),
});

describe('/Me of a host that says who is meant', () => {
  test('rfc 156: GET shows the user as its own URL does, and says in Location where that is', async () => {
    const { me, call, id, path } = await open();

    const [mine, own] = [await me('ann'), await call(path)];

    expect([mine.status, mine.text]).toEqual([200, own.text]);
    expect(mine.body.meta.location).toBe(`${BASE}/Users/${id}`);
    expect(mine.headers.get('location')).toBe(`${BASE}/Users/${id}`);
    expect(Object.fromEntries(mine.headers)).toEqual({
      ...Object.fromEntries(own.headers),
      location: `${BASE}/Users/${id}`,
    });
    expect((await me('ben')).body.userName).toBe('ben');
  });

  test('rfc 156, rfc 116, rfc 126: PUT and PATCH change the user', async () => {
    const { me, call, id, path } = await open();

    const replaced = await me('ann', { method: 'PUT', body: user('ann.lee') });
    const patched = await me('ann', set('nickName', 'Annie'));

    expect([replaced.status, patched.status]).toEqual([200, 200]);
    for (const { headers } of [replaced, patched]) expect(headers.get('location')).toBe(`${BASE}${path}`);
    const { body } = await call(path);
    expect(body).toMatchObject({ id, userName: 'ann.lee', nickName: 'Annie', meta: { version: 'W/"3"' } });
    expect(body.title).toBeUndefined();
  });

  test('rfc 156, rfc 141: DELETE deletes the user, who is nobody from then on', async () => {
    const { me, call, path } = await open();

    const deleted = await me('ann', { method: 'DELETE' });

    expect([deleted.status, deleted.text, deleted.headers.get('location')]).toEqual([
      204,
      '',
      `${BASE}${path}`,
    ]);
    expectRefusal(await call(path), 404);
    expectRefusal(await me('ann'), 404);
  });

  test('rfc 156, rfc 111: the attributes of the answer can be chosen', async () => {
    const { me } = await open();
    const { body } = await me('ann', {}, '?attributes=title');
    expect(Object.keys(body).sort()).toEqual(['id', 'schemas', 'title']);
    expect((await me('ann', {}, '?excludedAttributes=title')).body.title).toBeUndefined();
    expectRefusal(await me('ann', {}, '?attributes=title&excludedAttributes=userName'), 400, 'invalidValue');
  });

  test('rfc 156, rfc 154, rfc 155: conditions hold, and every answer has the Location', async () => {
    const { me, path } = await open();

    const unchanged = await me('ann', { headers: { 'if-none-match': 'W/"1"' } });
    const stale = await me('ann', { ...set('title', 'x'), headers: { 'if-match': 'W/"7"' } });
    const wrong = await me('ann', set('active', 'perhaps'));
    const fresh = await me('ann', { ...set('title', 'x'), headers: { 'if-match': 'W/"1"' } });

    expect([unchanged.status, unchanged.text]).toEqual([304, '']);
    expectRefusal(stale, 412);
    expectRefusal(wrong, 400, 'invalidValue');
    expect(fresh.headers.get('etag')).toBe('W/"2"');
    for (const { headers } of [unchanged, stale, wrong, fresh])
      expect(headers.get('location')).toBe(`${BASE}${path}`);
  });

  test.each([undefined, 'nobody', 'eve', 'staff'])(
    'rfc 156: %s is no user of this connection: one and the same 404, and nothing is changed',
    async (person) => {
      const { scim, me, call, other } = await open();
      const unknown = await call('/Users/unknown');

      for (const more of [{}, set('title', 'x'), { method: 'DELETE' }, { method: 'PUT', body: '{' }]) {
        const answer = await me(person, more);
        expect([answer.status, answer.text, answer.headers.get('location')]).toEqual([
          404,
          unknown.text,
          null,
        ]);
      }
      expect((await call('/Users')).body.totalResults).toBe(2);
      expect((await send(scim, '/Users', { key: other.key })).body.Resources).toMatchObject([
        { userName: 'eve', meta: { version: 'W/"1"' } },
      ]);
    },
  );

  test('rfc 156, rfc 71: POST creates nobody: 405, with what is answered', async () => {
    const { me, asked } = await open();

    for (const method of ['POST', 'HEAD', 'OPTIONS', 'PROPFIND']) {
      const answer = await me('ann', { method });
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, PUT, PATCH, DELETE']);
    }
    expectRefusal(await me('ann', { body: user('ann.2') }), 405);
    expect(asked).toEqual([]);
  });

  test('rfc 156, rfc 161: below the URL of a connection, Location is below it too', async () => {
    const { call, connectionId, path } = await open();
    const answer = await call(`/${connectionId}/Me/`, { headers: { 'x-person': 'ann' } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('location')).toBe(`${BASE}/${connectionId}${path}`);
    expect(answer.body.meta.location).toBe(`${BASE}/${connectionId}${path}`);
  });

  test('rfc 156: the host is told connection, customer and key, and any header but the key itself', async () => {
    const { asked, me, connectionId } = await open();
    await me('ann', { headers: { 'X-Other': '1' } });
    expect(asked).toEqual([
      {
        connectionId,
        customerId: 'acme',
        keyId: expect.stringMatching(/^\w+$/),
        header: expect.any(Function),
        signal: expect.any(AbortSignal),
      },
    ]);
    const header = (name: string) => asked[0]?.header(name);
    expect(['x-other', 'X-OTHER', 'absent', 'authorization', 'Authorization'].map(header)).toEqual([
      '1',
      '1',
      null,
      null,
      null,
    ]);
  });

  test('rfc 156, rfc 67: without a key the host is not even asked', async () => {
    const { asked, me } = await open();
    expectRefusal(await me('ann', { key: null }), 401);
    expectRefusal(await me('ann', { key: 'wrong' }), 401);
    expect(asked).toEqual([]);
  });

  test('rfc 156, rfc 151: an operation of a bulk request names its user by id', async () => {
    const { call } = await open();
    const data = set('title', 'x').body;
    const operations = ['/Me', '/Me/', '/Me/1'].map((path) => ({ method: 'PATCH', path, data }));
    const answer = await call('/Bulk', {
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
        Operations: operations,
      },
      headers: { 'x-person': 'ann' },
    });
    expect(answer.body.Operations.map(({ status }: { status: string }) => status)).toEqual([
      '400',
      '400',
      '400',
    ]);
  });

  test('rfc 156, rfc 160: what the host throws, or an answer that is no id, is an opaque 500', async () => {
    for (const answer of [undefined, 7, '', {}, new Error('secret')]) {
      const { me, log } = await open({
        me: (() => {
          if (answer instanceof Error) throw answer;
          return answer;
        }) as unknown as FindMe,
      });
      const refused = await me('ann');
      expect([refused.status, refused.body.status]).toEqual([500, '500']);
      expect(refused.text).not.toContain('secret');
      expect(log.filter(({ level }) => level === 'error')).toHaveLength(1);
    }
  });

  test('rfc 156, rfc 213: a host that does not answer in time is a 503, and is told', async () => {
    const signals: AbortSignal[] = [];
    const { me } = await open({
      limits: { hookTimeoutMs: 20 },
      me: async ({ signal }) => {
        signals.push(signal);
        await setTimeout(60_000, undefined, { signal }).catch(() => undefined);
        return null;
      },
    });
    const refused = await me('ann');
    expect([refused.status, refused.body.status]).toEqual([503, '503']);
    expect([refused.headers.get('retry-after'), signals[0]?.aborted]).toEqual(['5', true]);
  });
});

describe('/Me of any other host', () => {
  test('rfc 156: is 501, whatever is asked of it', async () => {
    const { call } = await open({ isSilent: true });
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
      expectRefusal(await call('/Me', { method }), 501);
    expectRefusal(await call('/Me/1'), 404);
  });
});

test('rfc 156: the verifier accepts a server with /Me, without it, and with nobody there', async () => {
  for (const person of ['ann', 'nobody', undefined]) {
    const { scim, key } = await open({ isSilent: person === undefined });
    const headers = { 'x-person': person ?? '' };
    const report = await verify({
      url: BASE,
      key,
      only: ['rfc-156'],
      fetch: (url, init) => {
        const request = new Request(url, init);
        for (const [name, value] of Object.entries(headers)) request.headers.set(name, value);
        return scim.fetch(request);
      },
    });
    expect(report.requirements).toMatchObject([{ id: 'rfc-156', status: 'passed' }]);
  }
});

test.each([null, 'ann', {}, { id: 'x' }])('me: %j is refused at construction', (me) => {
  const make = () => createScim({ database: 'sqlite::memory:', me } as unknown as ScimOptions);
  expect(make).toThrow(TypeError);
  expect(make).toThrow(/me/);
});
