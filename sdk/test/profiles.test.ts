import { describe, expect, test } from 'vitest';
import type { ProfileName } from '../src/index.ts';
import { ENTERPRISE_URN, GROUP_URN, openScim, PATCH_URN, send, USER_URN } from './support/scim.ts';

const USER = { schemas: [USER_URN], userName: 'ann' };

/** What `compat` tolerates and `strict` refuses: the tolerance, the request, the error keyword. */
const TOLERANCES = [
  ['op-case', 'PATCH', patch({ op: 'Replace', path: 'title', value: 'x' }), 'invalidSyntax'],
  ['boolean-as-string', 'PATCH', patch({ op: 'replace', path: 'active', value: 'False' }), 'invalidValue'],
  ['path-as-key', 'PATCH', patch({ op: 'replace', value: { 'name.givenName': 'Ann' } }), 'invalidPath'],
  [
    'path-as-key',
    'PATCH',
    patch({ op: 'replace', value: { [`${ENTERPRISE_URN}:department`]: 'R&D' } }),
    'invalidPath',
  ],
  [
    'empty-reference',
    'PATCH',
    patch({ op: 'replace', path: `${ENTERPRISE_URN}:manager`, value: { value: '' } }),
    'invalidValue',
  ],
  [
    'schema-unlisted',
    'POST',
    { ...USER, userName: 'bob', [ENTERPRISE_URN]: { department: 'R&D' } },
    'invalidSyntax',
  ],
  ['read-only-in-value', 'PATCH', patch({ op: 'replace', value: { id: 'x', title: 'y' } }), 'mutability'],
  [
    'remove-with-value',
    'PATCH',
    patch({ op: 'remove', path: 'emails', value: [{ value: 'a@b.example' }] }),
    'invalidValue',
  ],
  [
    'create-by-filter',
    'PATCH',
    patch({ op: 'add', path: 'phoneNumbers[type eq "work"].value', value: '1' }),
    'noTarget',
  ],
  [
    'value-for-complex',
    'PATCH',
    patch({ op: 'add', path: `${ENTERPRISE_URN}:manager`, value: 'x' }),
    'invalidValue',
  ],
  [
    'list-for-single',
    'PATCH',
    patch({ op: 'add', path: `${ENTERPRISE_URN}:manager`, value: [{ value: 'x' }] }),
    'invalidValue',
  ],
  [
    'single-for-list',
    'PATCH',
    patch({ op: 'add', path: 'emails', value: { value: 'a@b.example' } }),
    'invalidValue',
  ],
  ['unknown-attribute', 'POST', { ...USER, userName: 'bob', department: 'x' }, 'invalidSyntax'],
  [
    'unknown-schema',
    'POST',
    { ...USER, userName: 'bob', schemas: [USER_URN, 'urn:scim:schemas:core:1.0'] },
    'invalidSyntax',
  ],
  ['schemas-missing', 'POST', { userName: 'bob' }, 'invalidSyntax'],
  [
    'enterprise-at-root',
    'PATCH',
    patch({ op: 'add', path: 'manager', value: { value: 'x' } }),
    'invalidPath',
  ],
  ['unknown-path', 'PATCH', patch({ op: 'add', path: 'nonsense', value: 'x' }), 'invalidPath'],
  ['reference-dropped', 'POST', { ...USER, userName: 'bob', profileUrl: 'http://x.example' }, 'invalidValue'],
] as const;

describe('row D7: the profile of a connection', () => {
  test.each(TOLERANCES)(
    '%s: tolerated and counted by compat, refused by strict and interop',
    async (name, method, body, scimType) => {
      const compat = await start('compat');
      const strict = await start('strict');
      const interop = await start('interop');

      const tolerated = await compat.write(method, body);
      const refused = await strict.write(method, body);
      const refusedToo = await interop.write(method, body);

      expect(tolerated.status).toBeLessThan(300);
      expect(await compat.leniencies()).toMatchObject({ [name]: 1 });
      expect(refused).toMatchObject({ status: 400, body: { scimType } });
      expect(refusedToo.status).toBe(400);
      expect(await strict.leniencies()).toEqual({});
      expect(await interop.leniencies()).toEqual({});
    },
  );

  test.each([
    ['unknown-in-filter', 'email co "x"'],
    ['enterprise-at-root', 'manager eq "x"'],
    ['value-for-complex', `${ENTERPRISE_URN}:manager eq "x"`],
    ['boolean-as-string', 'active eq "True"'],
  ])('%s: in a filter too', async (name, filter) => {
    const compat = await start('compat');
    const strict = await start('strict');
    const path = `/Users?filter=${encodeURIComponent(filter)}`;

    expect((await compat.read(path)).status).toBe(200);
    expect(await compat.leniencies()).toMatchObject({ [name]: 1 });
    expect(await strict.read(path)).toMatchObject({ status: 400, body: { scimType: 'invalidFilter' } });
  });

  test.each(['strict', 'interop'] as const)(
    'a client that keeps to the RFCs, and to paths, needs no tolerance and is served by %s',
    async (profile) => {
      const strict = await start(profile);

      const title = await strict.write('PATCH', patch({ op: 'replace', path: 'title', value: 'Boss' }));
      const path = `${ENTERPRISE_URN}:manager.value`;
      const manager = await strict.write('PATCH', patch({ op: 'add', path, value: 'x' }));
      const group = await strict.write('POST', { schemas: [GROUP_URN], displayName: 'Crew' }, '/Groups');

      expect([title.status, manager.status, group.status]).toEqual([200, 200, 201]);
      expect(await strict.leniencies()).toEqual({});
    },
  );

  test('changing the profile acts on the next request, in every direction', async () => {
    const connection = await start('compat');
    const statuses: number[] = [];
    for (const profile of ['strict', 'interop', 'compat', 'interop', 'strict'] as const) {
      await connection.setProfile(profile);
      expect(await connection.readProfile()).toBe(profile);
      const { status } = await connection.write('POST', { userName: `bob-${statuses.length}` });
      statuses.push(status);
    }

    expect(statuses).toEqual([400, 400, 201, 400, 400]);
  });

  test('E4: counts add up over requests, and outlive the process', async () => {
    const connection = await start('compat');
    await connection.read(`/Users?filter=${encodeURIComponent('email eq "x"')}`);
    await connection.read(`/Users?filter=${encodeURIComponent('email eq "y"')}`);
    await connection.close();

    const again = openScim({ on: connection.database });
    const { leniencies } = (
      await again.scim.management.getScimLeniencies({ customerId: 'acme' })
    ).getOrThrow();

    expect(leniencies).toMatchObject([{ name: 'unknown-in-filter', count: 2 }]);
    expect(leniencies[0]?.evidence).toContain('PingOne');
  });

  test('a connection that is not there is a typed failure', async () => {
    const { scim } = openScim();

    expect(await scim.management.getScimLeniencies({ customerId: 'nobody' })).toMatchObject({
      ok: false,
      error: { type: 'ScimConnectionNotFound' },
    });
  });
});

function patch(operation: object) {
  return { schemas: [PATCH_URN], Operations: [operation] };
}

/** A connection of the profile with one user, who has one e-mail address. */
async function start(profile: ProfileName) {
  const { scim, database } = openScim();
  const { scimApiKey: key } = (
    await scim.management.createScimConnection({ customerId: 'acme', profile })
  ).getOrThrow();
  const body = { ...USER, emails: [{ value: 'a@b.example', type: 'home' }] };
  const created = await send(scim, '/Users', { key, body });
  return {
    database,
    close: () => scim.close(),
    read: (path: string) => send(scim, path, { key }),
    write: (method: string, data: object, collection = '/Users') =>
      send(scim, method === 'POST' ? collection : `/Users/${created.body.id}`, { method, key, body: data }),
    async leniencies() {
      const found = await scim.management.getScimLeniencies({ customerId: 'acme' });
      return Object.fromEntries(found.getOrThrow().leniencies.map(({ name, count }) => [name, count]));
    },
    async readProfile() {
      const found = await scim.management.fetchScimConnection({ customerId: 'acme' });
      return found.getOrThrow().profile;
    },
    setProfile: (changed: ProfileName) =>
      scim.management.patchScimConnection({ customerId: 'acme', profile: changed }),
  };
}
