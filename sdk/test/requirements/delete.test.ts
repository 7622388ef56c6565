import { expect, test, vi } from 'vitest';
import { expectRefusal } from '../support/answers.ts';
import { openQuickClient } from '../support/client.ts';
import { group, patch, SEARCH_URN, user } from '../support/scim.ts';

vi.setConfig({ testTimeout: 30_000 });

test('rfc 141: DELETE is 204 without a body; from then on the resource is nowhere', async () => {
  const { make, remove, call, get, find, post } = await openQuickClient();
  const [ann, ben] = [await make('/Users', user('ann')), await make('/Users', user('ben'))];
  const inner = await make('/Groups', group('Inner', [ann.id]));
  const outer = await make('/Groups', group('Outer', [ann.id, ben.id, inner.id]));
  for (const [path, gone, body] of [
    ['/Users', ann, user('ann')],
    ['/Groups', inner, group('Inner')],
  ] as const) {
    const deleted = await remove(`${path}/${gone.id}`);
    expect([deleted.status, deleted.text, deleted.headers.get('content-type')]).toEqual([204, '', null]);
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
      const sent = method === 'PATCH' ? patch({ op: 'replace', path: 'externalId', value: 'x' }) : body;
      const answer = await call(`${path}/${gone.id}`, {
        method,
        ...(method.startsWith('P') ? { body: sent } : {}),
      });
      expectRefusal(answer, 404);
    }
    for (const answer of [
      await get(path),
      await get('/'),
      await get('/Groups'),
      await get('/Users'),
      await post('/.search', { schemas: [SEARCH_URN] }),
      await post(`${path}/.search`, { schemas: [SEARCH_URN], sortBy: 'id' }),
      await find(path, `id eq "${gone.id}"`),
      await find('/Groups', `members.value eq "${gone.id}"`),
      await find('/Users', `groups.value eq "${gone.id}"`),
    ]) {
      expect(answer.status).toBe(200);
      expect(answer.text).not.toContain(gone.id);
      expect(answer.body.totalResults).toBe(answer.body.Resources.length);
    }
    expectRefusal(
      await call(`/Groups/${outer.id}`, {
        method: 'PATCH',
        body: patch({ op: 'add', path: 'members', value: [{ value: gone.id }] }),
      }),
      400,
      'invalidValue',
    );
  }
  const left = (await get(`/Groups/${outer.id}`)).body.members;
  expect(left.map(({ value }: { value: string }) => value)).toEqual([ben.id]);
  expect((await get('/Users')).body.totalResults).toBe(1);
});

test('rfc 142: what is deleted takes no name: the same can be made again, as another resource', async () => {
  const { make, remove, put, get, patch: change } = await openQuickClient();
  const seen = new Set<string>();
  for (let round = 0; round < 3; round += 1) {
    const ann = await make('/Users', user('Ann', { externalId: 'e1', title: `T${round}` }));
    const crew = await make('/Groups', { ...group('Crew', [ann.id]), externalId: 'g1' });
    expect((await get(`/Users/${ann.id}`)).body).toMatchObject({
      title: `T${round}`,
      groups: [{ value: crew.id }],
    });
    seen.add(ann.id).add(crew.id);
    await remove(`/Users/${ann.id}`);
    expect((await get(`/Groups/${crew.id}`)).body.members).toEqual([]);
    await remove(`/Groups/${crew.id}`);
  }
  expect(seen.size).toBe(6);
  // By PUT and PATCH the name can be taken too.
  const ben = await make('/Users', user('ben'));
  expect((await put(`/Users/${ben.id}`, user('ANN'))).body.userName).toBe('ANN');
  await make('/Groups', group('Other')).then(({ id }) =>
    change(`/Groups/${id}?attributes=displayName`, { op: 'replace', path: 'displayName', value: 'crew' }),
  );
  expect(
    (await get('/Groups')).body.Resources.map(({ displayName }: { displayName: string }) => displayName),
  ).toEqual(['crew']);
});

test('rfc 143: DELETE with an If-Match of another version is 412 and deletes nothing; with this one, 204', async () => {
  const { make, call, get, patch: change } = await openQuickClient();
  const ann = await make('/Users', user('ann'));
  const crew = await make('/Groups', group('Crew', [ann.id]));
  for (const [path, stale] of [
    [`/Users/${ann.id}`, ann.meta.version],
    [`/Groups/${crew.id}`, crew.meta.version],
  ] as const) {
    await change(path, { op: 'replace', path: 'externalId', value: 'x' });
    const now = await get(path);
    for (const tag of [stale, 'W/"999"', '"x"', `${stale}, W/"999"`, 'nonsense'])
      expectRefusal(await call(path, { method: 'DELETE', headers: { 'if-match': tag } }), 412);
    expect((await get(path)).body).toEqual(now.body);
    expect((await get(`/Groups/${crew.id}`)).body.members).toHaveLength(1);
  }
  for (const [path, tagOf] of [
    [`/Groups/${crew.id}`, (tag: string) => tag],
    [`/Users/${ann.id}`, (tag: string) => `W/"999", ${tag}`],
  ] as const) {
    const tag = (await get(path)).headers.get('etag') ?? '';
    const deleted = await call(path, { method: 'DELETE', headers: { 'if-match': tagOf(tag) } });
    expect(deleted.status).toBe(204);
    expectRefusal(await get(path), 404);
    // Where there is nothing, no version of it matches.
    expectRefusal(await call(path, { method: 'DELETE', headers: { 'if-match': '*' } }), 404);
  }
});
