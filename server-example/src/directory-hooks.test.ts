import { describe, expect, test } from 'vitest';
import { people, startHarbor } from '../test/harbor.ts';

type Harbor = Awaited<ReturnType<typeof startHarbor>>;

const patchSchema = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

function patch(...Operations: object[]) {
  return { schemas: [patchSchema], Operations };
}

function user(userName: string, more: object = {}) {
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName,
    emails: [{ value: `${userName}@northwind.example`, type: 'work', primary: true }],
    ...more,
  };
}

function group(displayName: string, memberIds: string[] = []) {
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
    displayName,
    members: memberIds.map((value) => ({ value })),
  };
}

/** Accounts the directory made, as rows. */
function accounts(harbor: Harbor) {
  return harbor.database.all(
    `SELECT id, customer_id, user_name, email, email_verified, name, title, role, active
    FROM users WHERE managed_by = 'directory' ORDER BY user_name, customer_id DESC`,
  );
}

/** Accounts Harbor made, byte for byte. */
async function ownAccounts(harbor: Harbor) {
  return JSON.stringify(
    await harbor.database.all(`SELECT * FROM users WHERE managed_by = 'harbor' ORDER BY id`),
  );
}

/** Teams with the userNames of their members. */
async function teams(harbor: Harbor) {
  const rows = await harbor.database.all(
    `SELECT teams.name, string_agg(user_name, ',' ORDER BY user_name) AS members
    FROM teams LEFT JOIN team_members ON team_id = teams.id LEFT JOIN users ON users.id = user_id
    GROUP BY teams.id ORDER BY teams.name`,
  );
  return rows.map((row) => ({ ...row }));
}

describe('people', () => {
  test('a userName is enough', async () => {
    const harbor = await startHarbor();
    const idp = await harbor.connect();
    expect((await idp('POST', '/Users', { userName: 'ann' })).status).toBe(201);
    expect(await accounts(harbor)).toEqual([
      {
        id: expect.stringMatching(/^usr_/),
        customer_id: 'northwind',
        user_name: 'ann',
        email: null,
        email_verified: 0,
        name: 'ann',
        title: null,
        role: 'member',
        active: 1,
      },
    ]);
  });

  test('the profile is kept, and follows each change', async () => {
    const harbor = await startHarbor();
    const idp = await harbor.connect();
    const { id } = (
      await idp(
        'POST',
        '/Users',
        user('ann', { name: { givenName: 'Ann', familyName: 'Lee' }, title: 'Planner' }),
      )
    ).body;
    expect(await accounts(harbor)).toMatchObject([
      { name: 'Ann Lee', title: 'Planner', email: 'ann@northwind.example' },
    ]);

    await idp(
      'PATCH',
      `/Users/${id}`,
      patch({ op: 'replace', value: { displayName: 'Ann Lee-Park', title: 'Lead' } }),
    );
    expect(await accounts(harbor)).toMatchObject([{ name: 'Ann Lee-Park', title: 'Lead' }]);
  });

  test('the account has an id of its own, linked to the SCIM user', async () => {
    const harbor = await startHarbor();
    const idp = await harbor.connect();
    const { id } = (await idp('POST', '/Users', user('ann'))).body;
    const [account] = await accounts(harbor);
    expect(account?.id).not.toBe(id);
    const found = await harbor.harbor.scim.management.getScimUsers({
      customerId: 'northwind',
      filter: { userId: String(account?.id) },
    });
    expect(found.getOrThrow().users).toHaveLength(1);
  });

  test('P40: an address the directory changes is unverified again', async () => {
    const harbor = await startHarbor();
    const idp = await harbor.connect();
    const { id } = (await idp('POST', '/Users', user('ann'))).body;
    await harbor.database.transaction((tx) => tx.run('UPDATE users SET email_verified = 1'));

    await idp('PATCH', `/Users/${id}`, patch({ op: 'replace', path: 'title', value: 'Lead' }));
    expect(await accounts(harbor)).toMatchObject([{ email_verified: 1 }]);

    await idp(
      'PATCH',
      `/Users/${id}`,
      patch({ op: 'replace', path: 'emails[type eq "work"].value', value: 'lee@northwind.example' }),
    );
    expect(await accounts(harbor)).toMatchObject([{ email: 'lee@northwind.example', email_verified: 0 }]);
  });

  test('deactivated, reactivated, deleted', async () => {
    const harbor = await startHarbor();
    const idp = await harbor.connect();
    const { id } = (await idp('POST', '/Users', user('ann'))).body;

    await idp('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: false } }));
    expect(await accounts(harbor)).toMatchObject([{ active: 0 }]);
    await idp('PATCH', `/Users/${id}`, patch({ op: 'replace', path: 'active', value: true }));
    expect(await accounts(harbor)).toMatchObject([{ active: 1 }]);
    await idp('PUT', `/Users/${id}`, user('ann', { active: false, title: 'Gone' }));
    expect(await accounts(harbor)).toMatchObject([{ active: 0, title: 'Gone' }]);
    expect((await idp('DELETE', `/Users/${id}`)).status).toBe(204);
    expect(await accounts(harbor)).toEqual([]);
  });

  test('a person created inactive cannot sign in', async () => {
    const harbor = await startHarbor();
    const idp = await harbor.connect();
    await idp('POST', '/Users', user('ann', { active: false }));
    expect(await accounts(harbor)).toMatchObject([{ active: 0 }]);
  });

  test('a customer that Harbor never heard of is taken in', async () => {
    const harbor = await startHarbor();
    const { scimApiKey } = (
      await harbor.harbor.scim.management.createScimConnection({ customerId: 'acme' })
    ).getOrThrow();
    expect((await harbor.idp(scimApiKey)('POST', '/Users', { userName: 'ann' })).status).toBe(201);
    expect(await accounts(harbor)).toMatchObject([{ customer_id: 'acme', user_name: 'ann' }]);
  });

  test('a change that is refused leaves no account behind', async () => {
    const harbor = await startHarbor();
    const idp = await harbor.connect();
    await idp('POST', '/Users', user('ann'));
    expect((await idp('POST', '/Users', user('ANN'))).status).toBe(409);
    expect(await accounts(harbor)).toHaveLength(1);
  });
});

describe('accounts that the directory did not make', () => {
  test('S2, S31: a person with the address of an existing account becomes a second one', async () => {
    const harbor = await startHarbor();
    const idp = await harbor.connect();
    const before = await ownAccounts(harbor);

    const created = await idp('POST', '/Users', {
      userName: 'nora@northwind.example',
      emails: [{ value: 'nora@northwind.example', primary: true }],
    });
    const change = patch({
      op: 'replace',
      path: 'emails',
      value: [{ value: 'evil@evil.example', primary: true }],
    });
    await idp('PATCH', `/Users/${created.body.id}`, change);
    await idp('PUT', `/Users/${created.body.id}`, user('nora@northwind.example', { active: false }));
    await idp('DELETE', `/Users/${created.body.id}`);

    expect(created.status).toBe(201);
    expect(await ownAccounts(harbor)).toBe(before);
  });

  test('S1: ids of accounts sent as any identifier reach no account', async () => {
    const harbor = await startHarbor();
    const idp = await harbor.connect();
    const before = await ownAccounts(harbor);

    for (const id of [...Object.values(people), '0', '-1', '1e0', ' 1']) {
      const created = await idp('POST', '/Users', {
        id,
        externalId: id,
        userName: `x${id}`,
        emails: [{ value: id }],
        active: false,
      });
      expect(created.status).toBe(201);
      expect(Object.values(people)).not.toContain(created.body.id);
    }

    expect(await ownAccounts(harbor)).toBe(before);
    expect(await accounts(harbor)).toHaveLength(8);
  });

  test.each(['GET', 'PATCH', 'PUT', 'DELETE'])(
    'S17: %s of an account by its own id answers 404',
    async (method) => {
      const harbor = await startHarbor();
      const idp = await harbor.connect();
      const before = await ownAccounts(harbor);
      const body = {
        GET: undefined,
        DELETE: undefined,
        PUT: user('nora'),
        PATCH: patch({ op: 'add', value: { title: 'x' } }),
      }[method];
      expect((await idp(method, `/Users/${people.northwindAdmin}`, body)).status).toBe(404);
      expect(await ownAccounts(harbor)).toBe(before);
    },
  );
});

describe('teams', () => {
  test('a group becomes a team whose members come and go', async () => {
    const harbor = await startHarbor();
    const idp = await harbor.connect();
    const ann = (await idp('POST', '/Users', user('ann'))).body.id;
    const ben = (await idp('POST', '/Users', user('ben'))).body.id;

    const { id } = (await idp('POST', '/Groups', group('Engineering', [ann]))).body;
    expect(await teams(harbor)).toEqual([{ name: 'Engineering', members: 'ann' }]);

    await idp('PATCH', `/Groups/${id}`, patch({ op: 'add', path: 'members', value: [{ value: ben }] }));
    expect(await teams(harbor)).toEqual([{ name: 'Engineering', members: 'ann,ben' }]);

    await idp('PATCH', `/Groups/${id}`, patch({ op: 'remove', path: `members[value eq "${ann}"]` }));
    await idp('PATCH', `/Groups/${id}`, patch({ op: 'replace', path: 'displayName', value: 'Platform' }));
    expect(await teams(harbor)).toEqual([{ name: 'Platform', members: 'ben' }]);

    await idp('DELETE', `/Users/${ben}`);
    expect(await teams(harbor)).toEqual([{ name: 'Platform', members: null }]);

    await idp('DELETE', `/Groups/${id}`);
    expect(await teams(harbor)).toEqual([]);
  });

  test('a group named like a role gives nobody that role', async () => {
    const harbor = await startHarbor();
    const idp = await harbor.connect();
    const ann = (await idp('POST', '/Users', user('ann'))).body.id;
    await idp('POST', '/Groups', group('Administrators', [ann]));
    expect(await accounts(harbor)).toMatchObject([{ role: 'member' }]);
  });
});

describe('a deleted connection', () => {
  async function reconnected() {
    const harbor = await startHarbor();
    const idp = await harbor.connect();
    const ann = (await idp('POST', '/Users', user('ann'))).body.id;
    await idp('POST', '/Groups', group('Engineering', [ann]));
    const before = await accounts(harbor);
    const admin = await harbor.signIn(people.northwindAdmin);
    await admin.send('DELETE', '/api/setup/scim');
    return { harbor, before };
  }

  test('leaves people and teams as they are', async () => {
    const { harbor, before } = await reconnected();
    expect(await accounts(harbor)).toEqual(before);
    expect(await teams(harbor)).toEqual([{ name: 'Engineering', members: 'ann' }]);
  });

  test('the next one of the same customer takes them back by userName and name', async () => {
    const { harbor, before } = await reconnected();
    const idp = await harbor.connect();
    const ann = (await idp('POST', '/Users', user('ann'))).body.id;
    await idp('POST', '/Groups', group('Engineering', [ann]));
    expect(await accounts(harbor)).toEqual(before);
    expect(await teams(harbor)).toEqual([{ name: 'Engineering', members: 'ann' }]);
  });

  test(`the next one of another customer does not`, async () => {
    const { harbor } = await reconnected();
    const idp = await harbor.connect(people.contosoAdmin);
    await idp('POST', '/Users', user('ann'));
    expect((await accounts(harbor)).map((account) => account.customer_id)).toEqual(['northwind', 'contoso']);
  });
});
