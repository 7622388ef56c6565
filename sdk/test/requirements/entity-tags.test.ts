import { describe, expect, test } from 'vitest';
import { expectRefusal } from '../support/answers.ts';
import { type Answer, connect, group, openScim, patch, SEARCH_URN, send, user } from '../support/scim.ts';

const ANN = { collection: '/Users', body: user('ann'), other: user('ann', { title: 'Boss' }) };
const STAFF = { collection: '/Groups', body: group('Staff'), other: group('Staff 2') };

describe.each([ANN, STAFF])('in $collection', ({ collection, body, other }) => {
  test('rfc 153: the ETag of every answer with one resource is its meta.version', async () => {
    const { call } = await open();
    const created = await call(collection, { body });
    const path = `${collection}/${created.body.id}`;
    const answers = [
      created,
      await call(path),
      await call(path, { method: 'PUT', body: other }),
      await call(`${path}?attributes=id,meta.version`, { method: 'PATCH', body: change('externalId', 'e') }),
      await call(`${path}?attributes=meta`),
    ];
    for (const answer of answers) {
      expect(tagOf(answer)).toMatch(/^W\/"[^"]+"$/);
      expect(answer.body.meta.version).toBe(tagOf(answer));
    }
    expect(answers.map(tagOf)).toEqual(['1', '1', '2', '3', '3'].map((version) => `W/"${version}"`));
  });

  test('rfc 153: lists have the versions of their resources, and no tag of their own', async () => {
    const { call } = await open();
    const created = await call(collection, { body });
    for (const list of [
      await call(collection),
      await call(`${collection}/.search`, { body: { schemas: [SEARCH_URN] } }),
    ]) {
      expect(list.body.Resources[0].meta.version).toBe(tagOf(created));
      expect(list.headers.get('etag')).toBeNull();
    }
  });

  test('rfc 153: what asks for no representation still gets the tag the next GET has', async () => {
    const { call } = await open();
    const { body: made } = await call(collection, { body });
    const path = `${collection}/${made.id}`;
    const changed = await call(path, { method: 'PATCH', body: change('externalId', 'e') });
    expect(tagOf(changed)).toBe('W/"2"');
    expect(tagOf(await call(path))).toBe('W/"2"');
  });

  test.each([
    ['the tag', (tag: string) => tag, 304],
    ['the tag as a strong one', (tag: string) => tag.slice(2), 304],
    ['a list with it', (tag: string) => `"a, b", W/"c",${tag}`, 304],
    ['anything', () => '*', 304],
    ['an older one', () => 'W/"1"', 200],
    ['a list without it', () => 'W/"1", "3"', 200],
    ['a part of it', (tag: string) => tag.slice(0, -1), 200],
  ] as const)('rfc 154: If-None-Match with %s', async (_name, toHeader, status) => {
    const { call } = await open();
    const { body: made } = await call(collection, { body });
    const path = `${collection}/${made.id}`;
    const { headers } = await call(path, { method: 'PUT', body: other });
    const tag = headers.get('etag') ?? '';

    const answer = await call(path, { headers: { 'if-none-match': toHeader(tag) } });

    expect([answer.status, answer.text === '', tagOf(answer)]).toEqual([status, status === 304, tag]);
    expect(answer.headers.has('content-type')).toBe(status === 200);
  });

  test('rfc 154: what does not exist is 404, whatever the tag', async () => {
    const { call } = await open();
    for (const tag of ['*', 'W/"1"'])
      expectRefusal(await call(`${collection}/nobody`, { headers: { 'if-none-match': tag } }), 404);
  });

  const WRITES = [
    ['PUT', other, 200],
    ['PATCH', change('externalId', 'e'), collection === '/Users' ? 200 : 204],
    ['DELETE', undefined, 204],
  ] as const;

  test.each(WRITES)('rfc 155: %s goes by If-Match', async (method, changed, status) => {
    const { call } = await open();
    const { body: made } = await call(collection, { body });
    const path = `${collection}/${made.id}`;
    await call(path, { method: 'PATCH', body: change('externalId', 'first') });
    const before = (await call(path)).text;
    const write = (tag?: string) =>
      call(path, {
        method,
        ...(changed && { body: changed }),
        ...(tag === undefined ? {} : { headers: { 'if-match': tag } }),
      });

    for (const stale of ['W/"1"', '"1"', 'W/"1", W/"3"', 'W/"22"', '"W/2"', '2', 'x']) {
      expectRefusal(await write(stale), 412);
      expect((await call(path)).text).toBe(before);
    }
    const fits = [
      (tag: string) => `W/"7", ${tag}`,
      (tag: string) => tag,
      (tag: string) => tag.slice(2),
      () => '*',
      () => undefined,
    ];
    // What is deleted can be deleted once.
    for (const toHeader of method === 'DELETE' ? fits.slice(0, 1) : fits) {
      // Another state than the one the write leaves, so that each is a change.
      const { body: current } = await call(`${path}?attributes=meta`, {
        method: 'PATCH',
        body: change('externalId', 'before'),
      });
      expect((await write(toHeader(current.meta.version))).status).toBe(status);
    }
  });

  test('rfc 155: * matches what exists, and nothing else', async () => {
    const { call } = await open();
    const { body: made } = await call(collection, { body });
    const path = `${collection}/${made.id}`;
    const headers = { 'if-match': '*' };
    expect((await call(path, { method: 'DELETE', headers })).status).toBe(204);
    expectRefusal(await call(path, { method: 'PUT', body: other, headers }), 404);
    expect((await call(collection)).body.totalResults).toBe(0);
  });
});

test('rfc 155: of two writers with the same If-Match one is 200, the other 412, and nothing of the other is kept', async () => {
  const { call } = await open();
  const made = await call('/Users', { body: user('ann') });
  const path = `/Users/${made.body.id}`;
  const headers = { 'if-match': tagOf(made) };
  const names = ['title', 'nickName', 'displayName', 'locale', 'timezone', 'userType'];

  const answers = await Promise.all(
    names.map((name) => call(path, { method: 'PATCH', headers, body: change(name, 'mine') })),
  );

  expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412, 412, 412]);
  const { body } = await call(path);
  expect(names.filter((name) => body[name] === 'mine')).toHaveLength(1);
  expect(body.meta.version).toBe('W/"2"');
});

function change(path: string, value: string) {
  return patch({ op: 'replace', path, value });
}

function tagOf({ headers }: Answer): string {
  return headers.get('etag') ?? '';
}

async function open() {
  const { scim } = openScim();
  const { key } = await connect(scim);
  return { call: (path: string, more: object = {}) => send(scim, path, { key, ...more }) };
}
