import { describe, expect, test } from 'vitest';
import { type Call, connect, openScim, PATCH_URN, send as sendTo } from '../../test/support/scim.ts';

describe('ETag and conditional requests', () => {
  test('rfc 28, rfc 153: ETag equals meta.version, on POST, GET, PUT and PATCH', async () => {
    const { send } = await startScim();

    const created = await send('POST', '/Users', { body: { userName: 'ann' } });
    const path = `/Users/${created.body.id}`;
    const read = await send('GET', path);
    const patched = await send('PATCH', path, { body: patch('replace', 'title', 'Boss') });
    const replaced = await send('PUT', path, { body: { userName: 'ann', title: 'Chief' } });

    for (const answer of [created, read, patched, replaced]) {
      expect(answer.etag).toMatch(/^W\/"\d+"$/);
      expect(answer.body.meta.version).toBe(answer.etag);
    }
    expect([created.etag, read.etag, patched.etag, replaced.etag]).toEqual([
      'W/"1"',
      'W/"1"',
      'W/"2"',
      'W/"3"',
    ]);
  });

  test('rfc 212: a change that changes nothing keeps the version', async () => {
    const { send } = await startScim();
    const created = await send('POST', '/Users', { body: { userName: 'ann', title: 'Boss' } });

    const same = await send('PATCH', `/Users/${created.body.id}`, {
      body: patch('replace', 'title', 'Boss'),
    });

    expect(same.etag).toBe(created.etag);
  });

  test.each([
    ['the tag', (tag: string) => tag, 304],
    ['the tag as a strong one', (tag: string) => tag.replace('W/', ''), 304],
    ['a list with it', (tag: string) => `W/"x", ${tag}`, 304],
    ['anything', () => '*', 304],
    ['another', () => 'W/"7"', 200],
    ['no tag at all', () => 'nonsense', 200],
  ])('rfc 154: If-None-Match with %s', async (_name, toHeader, status) => {
    const { send } = await startScim();
    const created = await send('POST', '/Users', { body: { userName: 'ann' } });

    const read = await send('GET', `/Users/${created.body.id}`, {
      headers: { 'if-none-match': toHeader(created.etag) },
    });

    expect(read.status).toBe(status);
    expect(read.etag).toBe(created.etag);
    expect(read.text === '').toBe(status === 304);
  });

  test.each(['PUT', 'PATCH', 'DELETE'])(
    'rfc 155, rfc 143: %s with another If-Match is 412 and changes nothing',
    async (method) => {
      const { send } = await startScim();
      const created = await send('POST', '/Users', { body: { userName: 'ann' } });
      const path = `/Users/${created.body.id}`;
      const body = method === 'PUT' ? { userName: 'bob' } : patch('replace', 'userName', 'bob');

      const refused = await send(method, path, {
        headers: { 'if-match': 'W/"9"' },
        ...(method === 'DELETE' ? {} : { body }),
      });

      expect(refused.status).toBe(412);
      expect(refused.body).toMatchObject({ status: '412' });
      expect((await send('GET', path)).body).toMatchObject({ userName: 'ann' });
    },
  );

  test.each([
    ['the version known', (tag: string) => tag],
    ['anything', () => '*'],
  ])('rfc 155: If-Match with %s lets the change through', async (_name, toHeader) => {
    const { send } = await startScim();
    const created = await send('POST', '/Users', { body: { userName: 'ann' } });

    const deleted = await send('DELETE', `/Users/${created.body.id}`, {
      headers: { 'if-match': toHeader(created.etag) },
    });

    expect(deleted.status).toBe(204);
  });

  test('rfc 155: two writers with the same If-Match: one 200, one 412', async () => {
    const { send } = await startScim();
    const created = await send('POST', '/Users', { body: { userName: 'ann' } });
    const write = (title: string) =>
      send('PATCH', `/Users/${created.body.id}`, {
        headers: { 'if-match': created.etag },
        body: patch('replace', 'title', title),
      });

    const answers = await Promise.all([write('One'), write('Two')]);

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
  });

  test('rfc 38, rfc 212: joining, leaving and renaming a group changes the version of its members', async () => {
    const { send } = await startScim();
    const user = await send('POST', '/Users', { body: { userName: 'ann' } });
    const path = `/Users/${user.body.id}`;
    const group = await send('POST', '/Groups', {
      body: { displayName: 'Crew', members: [{ value: user.body.id }] },
    });
    const joined = await send('GET', path);
    const renamed = await send('PATCH', `/Groups/${group.body.id}`, {
      body: patch('replace', 'displayName', 'Team'),
    });
    const after = await send('GET', path, { headers: { 'if-none-match': joined.etag } });

    expect(joined.etag).not.toBe(user.etag);
    expect(renamed).toMatchObject({ status: 204, etag: 'W/"2"' });
    expect(after.status).toBe(200);
    expect(after.body.groups).toMatchObject([{ display: 'Team' }]);
  });

  test('rfc 42, rfc 212: deleting a member raises the version of its groups', async () => {
    const { send } = await startScim();
    const user = await send('POST', '/Users', { body: { userName: 'ann' } });
    const group = await send('POST', '/Groups', {
      body: { displayName: 'Crew', members: [{ value: user.body.id }] },
    });

    await send('DELETE', `/Users/${user.body.id}`);
    const after = await send('GET', `/Groups/${group.body.id}`, { headers: { 'if-none-match': group.etag } });

    expect(after).toMatchObject({ status: 200, etag: 'W/"2"', body: { members: [] } });
  });
});

function patch(op: string, path: string, value: string) {
  return {
    schemas: [PATCH_URN],
    Operations: [{ op, path, value }],
  };
}

async function startScim() {
  const { scim } = openScim();
  const { key } = await connect(scim);
  return {
    async send(method: string, path: string, call: Call = {}) {
      const answer = await sendTo(scim, path, { method, key, ...call });
      return { ...answer, etag: answer.headers.get('etag') ?? '' };
    },
  };
}
