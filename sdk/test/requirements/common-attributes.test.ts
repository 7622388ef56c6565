import { expect, test } from 'vitest';
import { nodeHandler } from '../../src/adapters/node.ts';
import { expectRefusal } from '../support/answers.ts';
import { openClient, openSecondClient } from '../support/client.ts';
import { BASE, group, patch, user } from '../support/scim.ts';
import { sendTo, serve } from '../support/serve.ts';

test('rfc 21: id, externalId and meta are on users and groups, and not id and externalId on the server’s own', async () => {
  const { make, get } = await openClient();
  const ann = await make('/Users', user('ann', { externalId: 'e1' }));
  const crew = await make('/Groups', { ...group('Crew'), externalId: 'e2' });
  for (const [path, externalId] of [
    [`/Users/${ann.id}`, 'e1'],
    [`/Groups/${crew.id}`, 'e2'],
  ]) {
    const { body } = await get(String(path));
    expect(body).toMatchObject({
      id: expect.stringMatching(/./),
      externalId,
      meta: { created: expect.any(String) },
    });
  }
  for (const path of ['/ServiceProviderConfig', '/ResourceTypes/User']) {
    const { body } = await get(path);
    expect(body).not.toHaveProperty('externalId');
    expect(Object.keys(body.meta).sort()).toEqual(['location', 'resourceType']);
  }
  expect((await get('/ServiceProviderConfig')).body).not.toHaveProperty('id');
});

test('rfc 22: an id is there at once, is nobody else’s, stays, and never comes back', async () => {
  const client = await openClient();
  const other = await openSecondClient(client);
  const ids: string[] = [];
  for (let round = 0; round < 20; round += 1) {
    for (const { make, remove } of [client, other]) {
      const ann = await make('/Users', user('ann', { externalId: 'e1' }));
      const crew = await make('/Groups', group('Crew', [ann.id]));
      ids.push(ann.id, crew.id);
      await remove(`/Users/${ann.id}`);
      await remove(`/Groups/${crew.id}`);
    }
  }
  expect(new Set(ids).size).toBe(80);
  for (const id of ids) expect(id).toMatch(/^\S+$/);

  const { id } = await client.make('/Users', user('ann'));
  const path = `/Users/${id}`;
  await client.put(path, user('eve', { id: ids[0] }));
  await client.patch(path, { op: 'replace', value: { userName: 'eva', externalId: 'e9' } });
  expect((await client.get(path)).body).toMatchObject({ id, userName: 'eva' });
  for (const gone of ids) expectRefusal(await client.get(`/Users/${gone}`), 404);
});

test('rfc 23: an id the client names is not taken, and none contains bulkId', async () => {
  const { make, put, post, get } = await openClient();
  for (const [index, id] of ['mine', 'bulkId:1', 'bulkid', null, 7, { a: 1 }].entries()) {
    const made = await make('/Users', user(`u${index}`, { id }));
    expect(made.id).not.toBe(id);
    expect((await put(`/Users/${made.id}`, user(`u${index}`, { id }))).body.id).toBe(made.id);
    expectRefusal(await get(`/Users/${encodeURIComponent(String(id))}`), 404);
  }
  const made = await post('/Bulk', {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
    Operations: [
      { method: 'POST', path: '/Users', bulkId: 'bulkId', data: user('bulk') },
      { method: 'POST', path: '/Groups', bulkId: 'g', data: group('g', ['bulkId:bulkId']) },
    ],
  });
  expect(made.body.Operations.map(({ status }: { status: string }) => status)).toEqual(['201', '201']);
  for (const path of ['/Users', '/Groups']) expect((await get(path)).text).not.toMatch(/bulkid/i);
});

test('rfc 24: externalId is the client’s alone: never made up, exact in case, and not unique', async () => {
  const client = await openClient();
  const other = await openSecondClient(client);
  const { make, get, find, put } = client;
  const bare = await make('/Users', user('bare'));
  expect((await get(`/Users/${bare.id}`)).body).not.toHaveProperty('externalId');
  const first = await make('/Users', user('old', { externalId: '00uA' }));
  const second = await make('/Users', user('new', { externalId: '00uA' }));
  await make('/Users', user('third', { externalId: '00Ua' }));
  await make('/Groups', { ...group('Crew'), externalId: '00uA' });
  await other.make('/Users', user('theirs', { externalId: '00uA' }));

  const idsOf = ({ body }: { body: { Resources: { id: string }[] } }) => body.Resources.map(({ id }) => id);
  expect(idsOf(await find('/Users', 'externalId eq "00uA"'))).toEqual([first.id, second.id]);
  expect(idsOf(await find('/Users', 'externalId eq "00ua"'))).toEqual([]);
  expect((await other.find('/Users', 'externalId eq "00uA"')).body.totalResults).toBe(1);
  expect((await put(`/Users/${first.id}`, user('old'))).body).not.toHaveProperty('externalId');
});

test('rfc 25: meta is the server’s: what a client sends of it is ignored, or 400 where it is the target', async () => {
  const {
    make,
    put,
    patch: change,
    get,
  } = await openClient({ clock: () => Date.parse('2026-01-01T00:00:00Z') });
  const meta = {
    resourceType: 'Group',
    created: '2001-01-01T00:00:00Z',
    lastModified: '2001-01-01T00:00:00Z',
    location: 'https://evil.example/1',
    version: 'W/"99"',
  };
  const { id } = await make('/Users', user('ann', { meta }));
  const path = `/Users/${id}`;
  const expected = (version: string) => ({
    resourceType: 'User',
    created: '2026-01-01T00:00:00.000Z',
    lastModified: '2026-01-01T00:00:00.000Z',
    location: `${BASE}${path}`,
    version,
  });
  expect((await get(path)).body.meta).toEqual(expected('W/"1"'));
  expect((await put(path, user('ann', { meta, title: 'x' }))).body.meta).toEqual(expected('W/"2"'));
  expect((await change(path, { op: 'replace', value: { meta, title: 'y' } })).body.meta).toEqual(
    expected('W/"3"'),
  );
  for (const [name, value] of Object.entries(meta))
    expectRefusal(await change(path, { op: 'replace', path: `meta.${name}`, value }), 400, 'mutability');
  expectRefusal(await change(path, { op: 'remove', path: 'meta' }), 400, 'mutability');
});

test('rfc 25: meta.resourceType is compared by case', async () => {
  const { make, find } = await openClient();
  await make('/Users', user('ann'));
  expect((await find('/Users', 'meta.resourceType eq "USER"')).body.totalResults).toBe(0);
  expect((await find('/Users', 'meta.resourceType eq "User"')).body.totalResults).toBe(1);
});

test('rfc 26: created stays, lastModified equals it until the first change and then tells of the last', async () => {
  const time = { now: Date.parse('2026-01-01T00:00:00Z') };
  const { make, put, patch: change, get } = await openClient({ clock: () => time.now });
  const at = (day: number) => `2026-01-0${day}T00:00:00.000Z`;
  const { id, meta } = await make('/Users', user('ann'));
  const path = `/Users/${id}`;
  const times = ({ body }: { body: { meta: Record<string, string> } }) => [
    body.meta.created,
    body.meta.lastModified,
  ];
  expect([meta.created, meta.lastModified]).toEqual([at(1), at(1)]);

  time.now += 86_400_000;
  expect(times(await get(path))).toEqual([at(1), at(1)]);
  expect(times(await put(path, user('ann', { title: 'x' })))).toEqual([at(1), at(2)]);
  time.now += 86_400_000;
  expect(times(await change(path, { op: 'replace', path: 'title', value: 'y' }))).toEqual([at(1), at(3)]);
  time.now += 86_400_000;
  expect(times(await change(path, { op: 'replace', path: 'title', value: 'y' }))).toEqual([at(1), at(3)]);
});

test('rfc 27: meta.location is the URL of the resource, in the body and in the header', async () => {
  const { call, connectionId, get } = await openClient();
  for (const base of ['', `/${connectionId}`]) {
    for (const [endpoint, body] of [
      ['/Users', user(`ann${base}`)],
      ['/Groups', group(`Crew${base}`)],
    ] as const) {
      const made = await call(base + endpoint, { method: 'POST', body });
      const path = `${base}${endpoint}/${made.body.id}`;
      const read = await call(path);
      const listed = (await call(base + endpoint)).body.Resources;
      expect(made.headers.get('location')).toBe(BASE + path);
      expect(read.headers.get('content-location')).toBe(BASE + path);
      expect(listed.find(({ id }: { id: string }) => id === made.body.id).meta.location).toBe(BASE + path);
      for (const { meta } of [made.body, read.body]) expect(meta.location).toBe(BASE + path);
      expect((await get(read.body.meta.location.slice(BASE.length))).body).toEqual(read.body);
    }
  }
});

test('rfc 27: behind a proxy the public URL is shown; without one, the URL the client used', async () => {
  for (const [endpointUrl, expected] of [
    ['https://id.example/tenants/7/scim/v2', () => 'https://id.example/tenants/7/scim/v2'],
    [undefined, (port: number) => `http://127.0.0.1:${port}/scim/v2`],
  ] as const) {
    const { scim, key } = await openClient({ endpointUrl: endpointUrl as string });
    const port = await serve(nodeHandler(scim));
    const made = await sendTo(port, {
      method: 'POST',
      path: '/scim/v2/Users',
      headers: { authorization: `Bearer ${key}`, host: `127.0.0.1:${port}` },
      body: JSON.stringify(user('ann')),
    });
    const location = `${expected(port)}/Users/${made.body.id}`;
    expect([made.headers.location, made.body.meta.location]).toEqual([location, location]);
  }
});

test('rfc 28: the version of a group too is its ETag, weak, in single answers, lists and a 204', async () => {
  const { call, get, patch: change, make } = await openClient();
  const crew = await make('/Groups', group('Crew'));
  const path = `/Groups/${crew.id}`;
  const silent = await change(path, { op: 'replace', path: 'displayName', value: 'Team' });
  expect([silent.status, silent.text]).toEqual([204, '']);
  const read = await get(path);
  const listed = (await get('/Groups')).body.Resources[0];
  const asked = await call(`${path}?attributes=displayName`, {
    method: 'PATCH',
    body: patch({ op: 'replace', path: 'displayName', value: 'Team' }),
  });
  for (const tag of [
    silent.headers.get('etag'),
    read.headers.get('etag'),
    listed.meta.version,
    asked.headers.get('etag'),
  ]) {
    expect(tag).toMatch(/^W\/"[^"]+"$/);
    expect(tag).toBe(read.body.meta.version);
  }
  expect(read.body.meta.version).not.toBe(crew.meta.version);
});
