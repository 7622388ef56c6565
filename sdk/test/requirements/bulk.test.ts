import { describe, expect, test } from 'vitest';
import { refuse } from '../../src/index.ts';
import { expectRefusal } from '../support/answers.ts';
import { connect, ENTERPRISE_URN, group, openScim, patch, send, user } from '../support/scim.ts';

const BULK_URN = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';

/** Refused for what they are, as single requests and as operations of a bulk request. `ANN` stands for a user's id. */
const REFUSED = [
  ['a name that is taken', 'POST', '/Users', user('ANN@example.com')],
  ['no name', 'POST', '/Users', { displayName: 'x' }],
  ['a value of the wrong type', 'POST', '/Users', user('ben', { active: 'perhaps' })],
  ['a value that is too long', 'POST', '/Users', user('x'.repeat(321))],
  ['another schema', 'POST', '/Users', { schemas: ['urn:nothing'], userName: 'ben' }],
  ['a hook that refuses', 'POST', '/Users', user('ben')],
  ['a member nobody knows', 'POST', '/Groups', group('Staff', ['nobody'])],
  ['an unknown resource', 'PUT', '/Users/nobody', user('ben')],
  ['a group as a user', 'DELETE', '/Users/STAFF', undefined],
  ['a read-only attribute', 'PATCH', '/Users/ANN', patch({ op: 'replace', path: 'id', value: 'x' })],
  ['a broken path', 'PATCH', '/Users/ANN', patch({ op: 'replace', path: 'emails[', value: 'x' })],
  [
    'no target',
    'PATCH',
    '/Users/ANN',
    patch({ op: 'replace', path: 'emails[not (type eq "x")].value', value: 'x' }),
  ],
  ['a required attribute removed', 'PATCH', '/Users/ANN', patch({ op: 'remove', path: 'userName' })],
  ['a method there is not', 'PUT', '/Users', user('ben')],
] as const;

describe('an operation of a bulk request', () => {
  test.each(REFUSED)(
    'rfc 151: is refused by the words of the single request: %s',
    async (_name, method, path, body) => {
      const { call, ann, staff } = await open();
      const before = (await call('/')).text;
      const named = path.replace('ANN', ann).replace('STAFF', staff);

      const alone = await call(named, { method, ...(body && { body }) });
      const within = await call('/Bulk', {
        body: { schemas: [BULK_URN], Operations: [{ method, path: named, bulkId: '1', data: body }] },
      });

      expect(alone.status).toBeGreaterThanOrEqual(400);
      const [result] = within.body.Operations;
      expect([result.status, result.response]).toEqual([String(alone.status), alone.body]);
      expect((await call('/')).text).toBe(before);
    },
  );

  test('rfc 151: writes what the single request writes', async () => {
    const { call } = await open();
    const body = (userName: string) =>
      user(userName, {
        active: 'True',
        emails: [{ value: 'a@x', primary: true }],
        [ENTERPRISE_URN]: { department: 'R' },
      });
    const read = async (name: string) => {
      const { id, meta, userName, ...rest } = (await call(`/Users?filter=userName%20eq%20%22${name}%22`)).body
        .Resources[0];
      return { ...rest, version: meta.version };
    };

    await call('/Users', { body: body('single') });
    await call('/Bulk', {
      body: {
        schemas: [BULK_URN],
        Operations: [{ method: 'POST', path: '/Users', bulkId: '1', data: body('bulk') }],
      },
    });

    expect(await read('bulk')).toEqual(await read('single'));
    expect(await read('bulk')).toMatchObject({ active: true, [ENTERPRISE_URN]: { department: 'R' } });
  });
});

describe('a server without bulk', () => {
  test('rfc 152: says so, and /Bulk is 501 to every method', async () => {
    const { scim } = openScim({ limits: { maxBulkOperations: 0 } });
    const { key } = await connect(scim);
    const body = {
      schemas: [BULK_URN],
      Operations: [{ method: 'POST', path: '/Users', bulkId: '1', data: user('ann') }],
    };

    expect((await send(scim, '/ServiceProviderConfig')).body.bulk).toEqual({
      supported: false,
      maxOperations: 1000,
      maxPayloadSize: 0,
    });
    expectNotImplemented(await send(scim, '/Bulk', { key, body }));
    expectNotImplemented(await send(scim, '/Bulk', { key }));
    expectRefusal(await send(scim, '/Bulk', { body }), 401);
    expect((await send(scim, '/Users', { key })).body.totalResults).toBe(0);
  });
});

function expectNotImplemented(answer: Parameters<typeof expectRefusal>[0]): void {
  expectRefusal(answer, 501);
  expect(answer.body.detail).toBe('This endpoint is not supported by this server.');
}

/** A connection with Ann and the group Staff, whose host refuses everybody called Ben. */
async function open() {
  const { scim } = openScim({
    hooks: {
      userCreated({ resource }) {
        if (resource.userName === 'ben') throw refuse({ status: 403, detail: 'Not ben.' });
      },
    },
  });
  const { key } = await connect(scim);
  const call = (path: string, more: object = {}) => send(scim, path, { key, ...more });
  const ann: string = (await call('/Users', { body: user('ann@example.com') })).body.id;
  const staff: string = (await call('/Groups', { body: group('Staff', [ann]) })).body.id;
  return { call, ann, staff };
}
