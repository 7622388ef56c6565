import { expect, test } from 'vitest';
import { ManagementError, type UserRoleChange } from '../src/index.ts';
import { openClient } from './support/client.ts';
import { ENTERPRISE_URN, openScim, patch, send } from './support/scim.ts';

const BULK_URN = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';

test('the example of those who come from configure: one call makes a connection that works as it says', async () => {
  const profiles: unknown[] = [];
  const told: string[] = [];
  const roles: (string | null)[] = [];
  const { scim } = openScim({
    roles: [{ id: 'admin' }, { id: 'member' }],
    hooks: {
      userCreated({ parsedUserData }) {
        profiles.push({ ...parsedUserData });
        return { userId: 'app-ann' };
      },
      userUpdated: () => void told.push('updated'),
      userDeactivated: () => void told.push('deactivated'),
      userReactivated: () => {
        told.push('reactivated');
      },
      userRoleChanged: ({ after }: UserRoleChange) => void roles.push(after),
    },
  });

  const configured = await scim.configure({
    customerId: 'acme',
    status: 'active',
    security: { maxRequestSize: 100_000 },
    profile: {
      mapping: { subject: 'externalId', email: 'emails.primary', active: 'active', roles: 'roles' },
      extraFields: { department: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department' },
    },
  });
  const { connectionId, token } = configured;
  expect(configured).toEqual({
    connectionId,
    configId: connectionId,
    basePath: `/scim/v2/${connectionId}`,
    token: expect.stringMatching(/^scimk_/),
  });
  const key = token ?? '';
  const call = (method: string, path: string, body?: object) =>
    send(scim, `/${connectionId}${path}`, { method, key, ...(body && { body }) });

  const ann = await call('POST', '/Users', {
    userName: 'ann@acme.example',
    externalId: '00u1',
    emails: [{ value: 'ann@acme.example', type: 'work' }],
    roles: [{ value: 'staff' }],
    [ENTERPRISE_URN]: { department: 'Engines' },
  });
  const group = await call('POST', '/Groups', { displayName: 'Staff', members: [{ value: ann.body.id }] });
  await scim.management.setRoleRules({
    scimConnectionId: connectionId,
    rules: [{ kind: 'group', groupId: group.body.id, roleId: 'admin' }],
  });
  const change = (...operations: readonly object[]) =>
    call('PATCH', `/Users/${ann.body.id}`, patch(...operations));

  // department resolves
  expect(ann.status).toBe(201);
  expect(profiles).toEqual([
    expect.objectContaining({
      subject: '00u1',
      email: 'ann@acme.example',
      active: true,
      roles: ['staff'],
      department: 'Engines',
    }),
  ]);
  // "False" deactivates
  await change({ op: 'Replace', path: 'active', value: 'False' });
  expect(told.splice(0)).toEqual(['deactivated']);
  // a change of the profile does not re-activate
  const renamed = await change({ op: 'replace', path: 'displayName', value: 'Ann B' });
  expect([renamed.body.active, told.splice(0)]).toEqual([false, ['updated']]);
  // roles survive it
  expect(roles).toEqual(['admin']);
  const { users } = (await scim.management.getScimUsers({ scimConnectionId: connectionId })).getOrThrow();
  expect(users).toMatchObject([{ role: 'admin', active: false, userId: 'app-ann' }]);
});

test('configure never makes or rotates a key of a connection there is', async () => {
  const { scim } = openScim();
  const first = await scim.configure({ customerId: 'acme' });
  const { connectionId } = first;
  const keysOf = async () =>
    (await scim.management.fetchScimConnection({ scimConnectionId: connectionId }))
      .getOrThrow()
      .keys.map(({ keyId }) => keyId);
  const before = await keysOf();

  const again = await scim.configure({ connectionId, status: 'active', security: { maxRequestSize: 5000 } });
  const byCustomer = await scim.configure({
    customerId: 'acme',
    profile: { extraFields: { desk: 'title' } },
  });

  expect([again.token, byCustomer.token, byCustomer.connectionId]).toEqual([null, null, connectionId]);
  expect(await keysOf()).toEqual(before);
  expect((await send(scim, '/Users', { key: first.token })).status).toBe(200);
});

test('get answers the configuration, and nothing of a key', async () => {
  const { scim } = openScim();
  const { connectionId, token } = await scim.configure({
    customerId: 'acme',
    status: 'draft',
    profile: { mapping: { name: 'name.formatted' }, extraFields: { desk: 'title' } },
  });

  const configuration = await scim.get(connectionId);

  expect(configuration).toMatchObject({
    connectionId,
    configId: connectionId,
    customerId: 'acme',
    basePath: `/scim/v2/${connectionId}`,
    status: 'draft',
    security: { maxRequestSize: 1_048_576 },
    profile: {
      mapping: { email: 'emails.primary', name: 'name.formatted' },
      extraFields: { desk: 'title', department: `${ENTERPRISE_URN}:department` },
    },
  });
  expect(JSON.stringify(configuration)).not.toContain(token?.slice(-20));
});

test('rule H3: security.maxRequestSize is enforced for its connection, and advertised', async () => {
  const { scim, connectionId, key } = await openClient();
  await scim.configure({ connectionId, security: { maxRequestSize: 2048 } });
  const other = await scim.configure({ customerId: 'other' });
  const phoneNumbers = Array.from({ length: 100 }, (_, at) => ({ value: `+49 30 ${100_000 + at}` }));
  const large = { userName: 'large', phoneNumbers };
  const many = { displayName: 'large', externalId: 'x'.repeat(2500) };
  const bulk = {
    schemas: [BULK_URN],
    Operations: [{ method: 'POST', path: '/Users', bulkId: '1', data: large }],
  };

  for (const [path, body] of [
    ['/Users', large],
    ['/Groups', many],
    ['/Bulk', bulk],
    ['/Users/.search', { ...large }],
  ] as const) {
    const answer = await send(scim, path, { key, body });
    expect([path, answer.status, answer.body.detail]).toEqual([
      path,
      413,
      expect.stringContaining('2048 bytes'),
    ]);
  }
  const small = await send(scim, '/Users', { key, body: { userName: 'small' } });
  const config = await send(scim, '/ServiceProviderConfig', { key });
  expect([small.status, config.body.bulk.maxPayloadSize]).toEqual([201, 2048]);
  expect((await send(scim, '/Users', { key: other.token, body: large })).status).toBe(201);
});

test('draft and disabled connections answer no request; active ones do', async () => {
  const { scim } = openScim();
  const { connectionId, token } = await scim.configure({ customerId: 'acme', status: 'draft' });
  const states: unknown[] = [];
  for (const status of ['draft', 'active', 'disabled', 'active'] as const) {
    await scim.configure({ connectionId, status });
    const { configured, ready, checks } = await scim.status(connectionId);
    const answer = await send(scim, '/Users', { key: token });
    states.push([(await scim.get(connectionId)).status, answer.status, configured, ready]);
    const check = checks.find(({ name }) => name === 'accepts_requests');
    expect(check?.ok).toBe(status === 'active');
    if (status === 'draft') expect(check?.message).toMatch(/is a draft/);
  }
  expect(states).toEqual([
    ['draft', 401, true, false],
    ['active', 200, true, true],
    ['disabled', 401, true, false],
    ['active', 200, true, true],
  ]);
});

test('validate reads each capability from what is served, and leaves nothing behind', async () => {
  const { scim, connectionId, get, database } = await openClient({ limits: { maxBulkOperations: 0 } });
  const interop = await openClient({ profile: 'interop' });

  const validation = await scim.validate(connectionId);

  expect(validation).toEqual({
    ok: true,
    checks: [
      { name: 'accepts_requests', ok: true },
      { name: 'has_key', ok: true },
      { name: 'mapping_resolves', ok: true },
    ],
    capabilities: {
      users: true,
      groups: true,
      patch: true,
      put: true,
      filters: true,
      sort: true,
      bulk: false,
      etag: true,
      cursorPaging: true,
    },
  });
  expect((await interop.scim.validate(interop.connectionId)).capabilities).toMatchObject({
    put: interop.scim !== undefined && (await interop.put('/Users/nobody', {})).status !== 405,
    bulk: (await interop.get('/ServiceProviderConfig')).body.bulk.supported,
    etag: (await interop.get('/ServiceProviderConfig')).body.etag.supported,
  });
  expect((await get('/Users')).body.totalResults).toBe(0);
  const keys = await database.rows(`SELECT kind FROM {p}api_keys WHERE kind = 'temporary'`);
  expect(keys).toEqual([]);
});

test('validate names a path that users do not have', async () => {
  const { scim, connectionId } = await openClient();
  await scim.configure({ connectionId, profile: { extraFields: { badge: 'urn:acme:2.0:User:badge' } } });

  const { ok, checks } = await scim.validate(connectionId);

  expect([ok, checks.at(-1)]).toEqual([
    false,
    {
      name: 'mapping_resolves',
      ok: false,
      message: expect.stringContaining('urn:acme:2.0:User:badge'),
    },
  ]);
});

test('what cannot be configured is thrown with its type, and changes nothing', async () => {
  const { scim, connectionId } = await openClient();
  const before = await scim.get(connectionId);
  const attempt = async (parameters: Parameters<typeof scim.configure>[0]) => {
    try {
      await scim.configure(parameters);
      return undefined;
    } catch (error) {
      return error instanceof ManagementError ? error.error : error;
    }
  };

  expect(await attempt({ connectionId: 'nobody', status: 'active' })).toEqual({
    type: 'ScimConnectionNotFound',
  });
  expect(await attempt({ connectionId, customerId: 'other', status: 'draft' })).toEqual({
    type: 'ScimConnectionNotFound',
  });
  expect(await attempt({ connectionId, profile: { extraFields: { desk: 'title[' } } })).toMatchObject({
    type: 'InvalidFields',
    fields: [{ field: 'profile.extraFields.desk' }],
  });
  expect(await attempt({ connectionId, security: { maxRequestSize: 2 ** 30 } })).toMatchObject({
    type: 'InvalidFields',
    fields: [{ field: 'security.maxRequestSize', code: 'outOfRange' }],
  });
  expect(await scim.get(connectionId)).toEqual(before);
  await expect(scim.get('nobody')).rejects.toThrow(ManagementError);
});
