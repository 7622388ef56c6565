import { deepEqual, equal, notEqual } from 'node:assert/strict';
import { people } from './runner/harbor.ts';
import type { Scenario } from './runner/scenario.ts';

export const scenario: Scenario = {
  title: 'Three people leave and return: one was deactivated, one renamed, one deleted.',
  async run({ tell, expectThat, startHarbor }) {
    const harbor = await startHarbor();
    const idp = await harbor.connect(people.northwindAdmin);
    const nora = await harbor.signIn(people.northwindAdmin);
    const create = (userName: string, externalId: string, more: object = {}) =>
      idp('POST', '/Users', { userName, externalId, ...more });
    const deactivate = (id: string) =>
      idp('PATCH', `/Users/${id}`, {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'replace', value: { active: false } }],
      });
    const accountsOf = async (name: string) => {
      const { body } = await nora.send('GET', '/api/team?limit=200');
      return body.people.filter((person: { readonly name: string }) => person.name === name);
    };
    const events = async () =>
      (
        await harbor.database.all('SELECT type, resource_id AS id, data FROM scim_events ORDER BY position')
      ).map(({ type, id, data }) => ({ type, id, data: typeof data === 'string' ? JSON.parse(data) : data }));

    tell('Ann is unassigned from Harbor in the identity provider: it deactivates her.');
    const ann = (await create('ann@northwind.example', '00u1', { displayName: 'Ann' })).body;
    const [before] = await accountsOf('Ann');
    await deactivate(ann.id);
    tell('A year later she is assigned again, and the identity provider creates her once more.');
    const back = await create('ann@northwind.example', '00u1', { displayName: 'Ann' });
    await expectThat('It is answered 201 with the id she always had.', () =>
      deepEqual([back.status, back.body.id, back.body.active], [201, ann.id, true]),
    );
    await expectThat('Harbor has the same account for her, switched on again.', async () => {
      const [account, ...more] = await accountsOf('Ann');
      deepEqual([account.id, account.active, more], [before.id, true, []]);
    });
    await expectThat('The event says that she returned.', async () =>
      equal((await events()).at(-1)?.type, 'user.reactivated'),
    );
    await expectThat('Her name under the externalId of somebody else is taken.', async () =>
      equal((await create('ann@northwind.example', '00u9')).status, 409),
    );

    tell('Ben changes his name. Okta deactivates him and creates him under the new one, same externalId.');
    const ben = (await create('ben.old@northwind.example', '00u2', { displayName: 'Ben' })).body;
    await deactivate(ben.id);
    const renamed = await create('ben.new@northwind.example', '00u2', { displayName: 'Ben' });
    await expectThat('That is a new record; the old one stays, inactive.', async () => {
      notEqual(renamed.body.id, ben.id);
      deepEqual([renamed.status, (await idp('GET', `/Users/${ben.id}`)).body.active], [201, false]);
    });

    tell('Cleo is deleted, and hired again under the same name.');
    const cleo = (await create('cleo@northwind.example', '00u3', { displayName: 'Cleo' })).body;
    await idp('DELETE', `/Users/${cleo.id}`);
    await expectThat('Her id is gone for good.', async () =>
      equal((await idp('GET', `/Users/${cleo.id}`)).status, 404),
    );
    const again = await create('cleo@northwind.example', '00u3', { displayName: 'Cleo' });
    await expectThat('She is a new record with a new id.', () => {
      notEqual(again.body.id, cleo.id);
      equal(again.status, 201);
    });
    await expectThat('The event names the record she had before.', async () => {
      const created = (await events()).findLast(({ type }) => type === 'user.created');
      deepEqual([created?.id, created?.data.previousId], [again.body.id, cleo.id]);
    });
  },
};
