import { deepEqual, equal, notEqual } from 'node:assert/strict';
import { people } from './runner/harbor.ts';
import type { Scenario } from './runner/scenario.ts';

export const scenario: Scenario = {
  title:
    'Harbor’s tables come from an old backup, the directory’s do not: the difference is shown, then told.',
  async run({ tell, expectThat, startHarbor }) {
    const harbor = await startHarbor();
    const idp = await harbor.connect(people.northwindAdmin);
    const nora = await harbor.signIn(people.northwindAdmin);
    const create = async (name: string) =>
      (await idp('POST', '/Users', { userName: `${name}@northwind.example`, displayName: name })).body;
    const patch = (id: string, value: object) =>
      idp('PATCH', `/Users/${id}`, {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'replace', value }],
      });
    const accounts = async () =>
      (
        await harbor.database.all(
          "SELECT name, active FROM users WHERE managed_by = 'directory' ORDER BY name",
        )
      ).map(({ name, active }) => [name, Number(active)]);

    tell('The directory has brought Ann and Ben. Harbor’s users are backed up.');
    const ann = await create('Ann');
    await create('Ben');
    const backup = await harbor.database.all(
      "SELECT id, name, active FROM users WHERE managed_by = 'directory'",
    );
    tell('Ann leaves, and Cleo is hired.');
    await patch(ann.id, { active: false });
    await create('Cleo');
    const etag = (await idp('GET', `/Users/${ann.id}`)).headers.get('etag') ?? '';

    tell('A disk fails. Harbor’s users are restored from the backup: Ann can sign in again, Cleo is gone.');
    await harbor.database.transaction(async (tx) => {
      await tx.run("DELETE FROM users WHERE managed_by = 'directory' AND name = 'Cleo'", []);
      for (const { id, active } of backup)
        await tx.run('UPDATE users SET active = ? WHERE id = ?', [Number(active), String(id)]);
    });
    await harbor.scim.management.noteRestore({ actor: 'operations' });
    await expectThat('A copy of Ann that somebody read before is known to be old.', async () => {
      const now = (await idp('GET', `/Users/${ann.id}`)).headers.get('etag');
      notEqual(now, etag);
    });
    await expectThat('Nora sees who differs, and nothing has been done yet.', async () => {
      const { body } = await nora.send('GET', '/api/setup/scim/reconcile');
      deepEqual(body.counts, { missing: 1, unlinked: 0, extra: 0, differs: 1 });
      deepEqual(await accounts(), [
        ['Ann', 1],
        ['Ben', 1],
      ]);
    });
    await expectThat('A member of the team may not do it.', async () => {
      const member = await harbor.signIn(people.northwindMember);
      equal((await member.send('POST', '/api/setup/scim/reconcile', {})).status, 403);
    });

    tell('She has Harbor told.');
    const { body } = await nora.send('POST', '/api/setup/scim/reconcile', {});
    await expectThat('Two accounts were set right.', () => deepEqual([body.applied, body.left], [2, 0]));
    await expectThat('Ann is out, and Cleo is back.', async () =>
      deepEqual(await accounts(), [
        ['Ann', 0],
        ['Ben', 1],
        ['Cleo', 1],
      ]),
    );
    await expectThat('A second look finds nothing.', async () => {
      const again = await nora.send('GET', '/api/setup/scim/reconcile');
      deepEqual(again.body.differences, []);
    });
  },
};
