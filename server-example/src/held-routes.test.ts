import { describe, expect, test } from 'vitest';
import { people, startHarbor } from '../test/harbor.ts';

const path = '/api/setup/scim/held';

const off = {
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: [{ op: 'replace', path: 'active', value: false }],
};

/** Northwind's directory of 60, emptied. */
async function openStorm() {
  const harbor = await startHarbor({ rateLimits: 'off' });
  const idp = await harbor.connect();
  const ids: string[] = [];
  for (let number = 0; number < 60; number++) {
    ids.push((await idp('POST', '/Users', { userName: `person.${number}` })).body.id);
  }
  for (const id of ids) expect((await idp('PATCH', `/Users/${id}`, off)).status).toBe(200);
  const countActive = async () => {
    const row = await harbor.database.get(
      `SELECT count(*) AS total FROM users WHERE managed_by = 'directory' AND active = 1`,
    );
    return Number(row?.total);
  };
  return { harbor, idp, ids, countActive, nora: await harbor.signIn(people.northwindAdmin) };
}

describe('P23: held changes in Harbor', () => {
  test('an administrator sees them, releases one and then all, and rejects', async () => {
    const { ids, countActive, nora } = await openStorm();
    expect(await countActive()).toBe(40);
    const listed = await nora.send('GET', path);
    expect(listed.status).toBe(200);
    expect(listed.body).toMatchObject({ waiting: 40, releasing: 0, rejected: 0, pageSize: 10 });
    expect(listed.body.changes).toHaveLength(10);
    expect(listed.body.changes[0]).toMatchObject({ kind: 'deactivated', state: 'waiting' });

    const released = await nora.send('POST', `${path}/release`, { ids: [ids[20]] });
    expect(released.body).toEqual({ asked: 1, released: 1, failed: [], waiting: 39 });
    expect(await countActive()).toBe(39);
    const rejected = await nora.send('POST', `${path}/reject`, { ids: [ids[21]] });
    expect(rejected.body).toEqual({ rejected: 1, waiting: 38 });
    const rest = await nora.send('POST', `${path}/release`, { all: true });
    expect(rest.body).toEqual({ asked: 38, released: 38, failed: [], waiting: 0 });
    expect(await countActive()).toBe(1);
  }, 60_000);

  test('members, strangers and other customers have no part in it', async () => {
    const { harbor, countActive } = await openStorm();
    const member = await harbor.signIn(people.northwindMember);
    const stranger = await harbor.signIn(people.contosoAdmin);
    for (const [method, route] of [
      ['GET', path],
      ['POST', `${path}/release`],
      ['POST', `${path}/reject`],
    ] as const) {
      const body = method === 'GET' ? undefined : { all: true };
      expect((await member.send(method, route, body)).status).toBe(403);
      const foreign = await stranger.send(method, route, body);
      if (method === 'GET') expect(foreign.body).toMatchObject({ changes: [], waiting: 0 });
      else expect(foreign.status).toBe(404);
      const headers = { 'content-type': 'application/json' };
      const init = { headers, ...(body && { body: JSON.stringify(body) }) };
      expect((await harbor.request(method, route, init)).status).toBe(method === 'GET' ? 401 : 403);
    }
    expect(await countActive()).toBe(40);
  }, 60_000);

  test.each([{}, { ids: [] }, { all: false }, { ids: ['a'], all: true }, { ids: [1] }])(
    'what is to be released is said plainly, not %j',
    async (body) => {
      const harbor = await startHarbor();
      await harbor.connect();
      const nora = await harbor.signIn(people.northwindAdmin);
      expect((await nora.send('POST', `${path}/release`, body)).status).toBe(422);
    },
  );
});

describe('case-S17, row H2: the last owner', () => {
  /** Two people of the directory, of whom Harbor has made managers, and nobody else. */
  async function openManaged(roles: readonly string[]) {
    const harbor = await startHarbor();
    const idp = await harbor.connect();
    const ids: string[] = [];
    for (const [index, role] of roles.entries()) {
      const { body } = await idp('POST', '/Users', { userName: `manager.${index}` });
      ids.push(body.id);
      await harbor.database.transaction((tx) =>
        tx.run('UPDATE users SET role = ? WHERE user_name = ?', [role, `manager.${index}`]),
      );
    }
    await harbor.database.transaction((tx) =>
      tx.run(`UPDATE users SET active = 0 WHERE customer_id = 'northwind' AND managed_by = 'harbor'`),
    );
    return { harbor, idp, ids };
  }

  test.each([
    ['deactivation', 'PATCH', off],
    ['deletion', 'DELETE', undefined],
  ] as const)('is kept: its %s is refused, and nothing changes', async (_what, method, body) => {
    const { harbor, idp, ids } = await openManaged(['owner', 'admin']);
    const answer = await idp(method, `/Users/${ids[0]}`, body);
    expect([answer.status, answer.body.detail]).toEqual([
      403,
      'This person is the last owner of the organization. Give somebody else that role, then retry.',
    ]);
    expect((await idp('GET', `/Users/${ids[0]}`)).body.active).toBe(true);
    expect(
      await harbor.database.get(`SELECT active, role FROM users WHERE user_name = 'manager.0'`),
    ).toMatchObject({ active: 1, role: 'owner' });
  });

  test('may go once there is another; the last administrator may not', async () => {
    const { idp, ids } = await openManaged(['owner', 'owner']);
    expect((await idp('PATCH', `/Users/${ids[0]}`, off)).status).toBe(200);
    expect((await idp('PATCH', `/Users/${ids[1]}`, off)).status).toBe(403);
    const others = await openManaged(['admin']);
    expect((await others.idp('DELETE', `/Users/${others.ids[0]}`)).status).toBe(403);
  });

  test('of two who leave at once, one stays', async () => {
    const { idp, ids } = await openManaged(['owner', 'owner']);
    const answers = await Promise.all(ids.map((id) => idp('PATCH', `/Users/${id}`, off)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403]);
  });

  test('accounts the directory did not make are not its to touch: 404, and they stay as they are', async () => {
    const { harbor, idp } = await openManaged(['owner']);
    const before = await harbor.database.all(`SELECT * FROM users WHERE managed_by = 'harbor' ORDER BY id`);
    for (const id of [people.northwindAdmin, people.northwindMember, people.contosoAdmin]) {
      expect((await idp('GET', `/Users/${id}`)).status).toBe(404);
      expect((await idp('PATCH', `/Users/${id}`, off)).status).toBe(404);
      expect((await idp('DELETE', `/Users/${id}`)).status).toBe(404);
    }
    const listed = await idp('GET', '/Users');
    expect(listed.body.Resources.map(({ userName }: { userName: string }) => userName)).toEqual([
      'manager.0',
    ]);
    expect(await harbor.database.all(`SELECT * FROM users WHERE managed_by = 'harbor' ORDER BY id`)).toEqual(
      before,
    );
  });
});
