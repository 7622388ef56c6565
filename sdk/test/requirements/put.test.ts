import { expect, test, vi } from 'vitest';
import { expectRefusal } from '../support/answers.ts';
import { openQuickClient, openSecondClient } from '../support/client.ts';
import { BASE, ENTERPRISE_URN, GROUP_URN, group, USER_URN, user } from '../support/scim.ts';

vi.setConfig({ testTimeout: 30_000 });

const ENTERPRISE = { department: 'Research', manager: { value: 'boss-1' } };

const FULL = {
  schemas: [USER_URN, ENTERPRISE_URN],
  title: 'Engineer',
  externalId: 'e1',
  name: { givenName: 'Ann', familyName: 'Archer' },
  emails: [
    { value: 'ann@a.example', type: 'work', primary: true },
    { value: 'ann@home.example', type: 'home' },
  ],
  [ENTERPRISE_URN]: ENTERPRISE,
};

test('rfc 116: what PUT sends replaces what there was; what it leaves out, or sends as null, is gone', async () => {
  const { make, put, get } = await openQuickClient();
  const { id, meta } = await make('/Users', user('ann', FULL));
  const path = `/Users/${id}`;
  const common = { id, active: true, groups: [], meta: expect.anything() };
  const bare = user('ann');
  for (const [body, left = body] of [
    [user('ann', { title: 'Chief', name: { familyName: 'Baker' } })],
    [user('ann', FULL)],
    [user('ann', { ...FULL, emails: [{ value: 'new@a.example' }] })],
    [user('ann', { ...FULL, [ENTERPRISE_URN]: { costCenter: '7' } })],
    [{ ...bare, title: null, name: null, emails: [], externalId: null }, bare],
    [user('ann', FULL)],
    [
      user('ann', { ...FULL, [ENTERPRISE_URN]: null }),
      { ...user('ann', FULL), schemas: [USER_URN], [ENTERPRISE_URN]: undefined },
    ],
    [user('anna')],
  ] as readonly (readonly [object, object?])[]) {
    const answer = await put(path, body);
    expect([answer.status, answer.body]).toEqual([200, { ...common, ...left }]);
    expect((await get(path)).body).toEqual(answer.body);
    expect(answer.body.meta).toMatchObject({ created: meta.created, location: meta.location });
  }
  expect((await get('/Users')).body.totalResults).toBe(1);
});

test('rfc 116: PUT without active leaves a user as active as before; PUT that says so switches', async () => {
  const { make, put, get } = await openQuickClient();
  const { id } = await make('/Users', user('ann', { active: false }));
  const states = [];
  for (const more of [
    {},
    { active: null },
    { active: true },
    { title: 'x' },
    { active: false },
    { title: 'y' },
  ]) {
    const { body } = await put(`/Users/${id}`, user('ann', more));
    expect((await get(`/Users/${id}`)).body.active).toBe(body.active);
    states.push(body.active);
  }
  expect(states).toEqual([false, false, true, true, false, false]);
});

test('rfc 116: PUT of a group sets its members to those it names, and keeps them where it names none', async () => {
  const { make, put, get } = await openQuickClient();
  const [ann, ben, cyd] = [
    await make('/Users', user('ann')),
    await make('/Users', user('ben')),
    await make('/Users', user('cyd')),
  ];
  const { id } = await make('/Groups', { ...group('Crew', [ann.id, ben.id]), externalId: 'g1' });
  const ids = async () => {
    const { body } = await get(`/Groups/${id}`);
    const members = body.members.map(({ value }: { value: string }) => value);
    for (const one of [ann, ben, cyd]) {
      const groups = (await get(`/Users/${one.id}`)).body.groups;
      expect(groups.map(({ value }: { value: string }) => value)).toEqual(
        members.includes(one.id) ? [id] : [],
      );
    }
    return members;
  };
  expect((await put(`/Groups/${id}`, group('Crew', [cyd.id, ben.id]))).status).toBe(200);
  expect((await ids()).toSorted()).toEqual([ben.id, cyd.id].toSorted());
  expect((await get(`/Groups/${id}`)).body.externalId).toBeUndefined();
  await put(`/Groups/${id}`, { schemas: [GROUP_URN], displayName: 'Team' });
  expect((await ids()).toSorted()).toEqual([ben.id, cyd.id].toSorted());
  await put(`/Groups/${id}`, group('Team'));
  expect(await ids()).toEqual([]);
});

test('rfc 117: PUT ignores what is readOnly', async () => {
  const { make, put, get } = await openQuickClient();
  const crew = await make('/Groups', group('Crew'));
  const ann = await make('/Users', user('ann', FULL));
  const { body } = await put(`/Users/${ann.id}`, {
    ...user('ann', FULL),
    id: 'mine',
    meta: {
      created: '2001-01-01T00:00:00Z',
      location: 'https://evil.example',
      version: 'W/"9"',
      resourceType: 'Group',
    },
    groups: [{ value: crew.id }],
    [ENTERPRISE_URN]: {
      ...ENTERPRISE,
      manager: { value: 'boss-1', displayName: 'Boss' },
    },
  });
  expect(body).toEqual(ann);
  expect((await get(`/Groups/${crew.id}`)).body.members).toEqual([]);
});

test('rfc 117: PUT without what is required is 400 invalidValue, and changes nothing', async () => {
  const { make, put, get } = await openQuickClient();
  const ann = await make('/Users', user('ann', FULL));
  const crew = await make('/Groups', group('Crew', [ann.id]));
  for (const userName of [undefined, null, '', ' '])
    expectRefusal(await put(`/Users/${ann.id}`, { ...FULL, userName, title: 'x' }), 400, 'invalidValue');
  for (const displayName of [undefined, null, ''])
    expectRefusal(
      await put(`/Groups/${crew.id}`, { schemas: [GROUP_URN], displayName, members: [] }),
      400,
      'invalidValue',
    );
  expectRefusal(
    await put(`/Groups/${crew.id}`, { ...group('Crew'), members: [{ display: 'x' }] }),
    400,
    'invalidValue',
  );
  expect((await get(`/Users/${ann.id}`)).body.title).toBe('Engineer');
  expect((await get(`/Groups/${crew.id}`)).body).toEqual(crew);
});

test('rfc 118: PUT is 200 with the whole resource, or as much as is asked for, its place and its version', async () => {
  const { make, put, call, get } = await openQuickClient();
  const ann = await make('/Users', user('ann'));
  const crew = await make('/Groups', group('Crew', [ann.id]));
  for (const [path, id, body] of [
    ['/Users', ann.id, user('ann', FULL)],
    ['/Groups', crew.id, { ...group('Team', [ann.id]), externalId: 'g1' }],
  ] as const) {
    const whole = await put(`${path}/${id}`, body);
    const read = await get(`${path}/${id}`);
    expect([whole.status, whole.body]).toEqual([200, read.body]);
    expect(whole.headers.get('content-type')).toBe('application/scim+json');
    expect(whole.headers.get('content-location')).toBe(`${BASE}${path}/${id}`);
    expect(whole.headers.get('location')).toBeNull();
    expect(whole.headers.get('etag')).toBe(whole.body.meta.version);
    expect(whole.headers.get('etag')).toBe(read.headers.get('etag'));
    const part = await call(`${path}/${id}?attributes=externalId`, { method: 'PUT', body });
    expect([part.status, part.body]).toEqual([
      200,
      { schemas: body.schemas, id, externalId: 'externalId' in body ? body.externalId : undefined },
    ]);
    expect(part.headers.get('etag')).toBe(whole.headers.get('etag'));
  }
});

test('rfc 119: PUT changes the resource its URL names, whatever id the body has', async () => {
  const client = await openQuickClient();
  const { make, put, get } = client;
  const [ann, ben] = [await make('/Users', user('ann')), await make('/Users', user('ben'))];
  const other = await openSecondClient(client);
  const theirs = await other.make('/Users', user('ann'));
  for (const [index, id] of [ben.id, theirs.id, 'mine', '', '../Users/x', null].entries()) {
    const answer = await put(`/Users/${ann.id}`, user('ann', { id, title: `T${index}` }));
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      id: ann.id,
      title: `T${index}`,
      meta: { location: ann.meta.location },
    });
    expect((await get('/Users')).body.Resources).toEqual([answer.body, ben]);
  }
  expect((await other.get('/Users')).body.Resources).toEqual([theirs]);
});

test('rfc 120: PUT of what is there already changes neither version nor lastModified', async () => {
  let now = Date.parse('2026-01-01T00:00:00Z');
  const { make, put, get } = await openQuickClient({ clock: () => now });
  const ann = await make('/Users', user('ann', FULL));
  const crew = await make('/Groups', group('Crew', [ann.id]));
  const shown = (await get(`/Users/${ann.id}`)).body;
  now += 3_600_000;
  const reversed = (body: object) => Object.fromEntries(Object.entries(body).toReversed());
  for (const body of [
    user('ann', FULL),
    shown,
    reversed(shown),
    user('ann', { ...FULL, nickName: null, roles: [] }),
  ]) {
    const { status, body: answer } = await put(`/Users/${ann.id}`, body);
    expect([status, answer]).toEqual([200, shown]);
  }
  for (const body of [
    crew,
    group('Crew', [ann.id]),
    group('Crew', [ann.id, ann.id]),
    { schemas: [GROUP_URN], displayName: 'Crew' },
  ])
    expect((await put(`/Groups/${crew.id}`, body)).body).toEqual(crew);
  const changed = (await put(`/Users/${ann.id}`, user('ann', { ...FULL, title: 'engineer' }))).body;
  expect(changed.meta.version).not.toBe(shown.meta.version);
  expect(Date.parse(changed.meta.lastModified)).toBe(now);
});
