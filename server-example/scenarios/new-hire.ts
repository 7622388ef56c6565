import { deepEqual, equal } from 'node:assert/strict';
import { people } from './runner/harbor.ts';
import type { Scenario } from './runner/scenario.ts';

export const scenario: Scenario = {
  title: 'Somebody is hired, changes her name, and leaves; the directory says so, and Harbor follows.',
  async run({ tell, expectThat, startHarbor }) {
    const harbor = await startHarbor();
    tell('Nora, an administrator of Northwind, makes a key and gives it to her identity provider.');
    const idp = await harbor.connect(people.northwindAdmin);
    const nora = await harbor.signIn(people.northwindAdmin);
    const findInTeam = async (name: string) => {
      const { body } = await nora.send('GET', '/api/team?limit=200');
      return body.people.find((person: { readonly name: string }) => person.name === name);
    };

    tell('Northwind hires Ann Lee. The identity provider creates her, and calls her an owner.');
    const created = await idp('POST', '/Users', {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName: 'ann.lee@northwind.example',
      name: { givenName: 'Ann', familyName: 'Lee' },
      title: 'Owner',
      emails: [{ value: 'ann.lee@northwind.example', primary: true }],
    });
    await expectThat('The identity provider is told that she was created.', () => equal(created.status, 201));
    const ann = await findInTeam('Ann Lee');
    await expectThat('She is in the team, as an ordinary member: a title is no role.', () =>
      deepEqual(
        { role: ann?.role, managedBy: ann?.managedBy, active: ann?.active },
        { role: 'member', managedBy: 'directory', active: true },
      ),
    );

    tell('Ann signs in, and keeps her browser open.');
    const browser = await harbor.signIn(ann.id);
    const user = `/Users/${created.body.id}`;
    const patch = (value: object) =>
      idp('PATCH', user, {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'replace', value }],
      });

    tell('She marries. The identity provider sends her new name.');
    await patch({ name: { givenName: 'Ann', familyName: 'Brown' } });
    const renamed = await findInTeam('Ann Brown');
    await expectThat('It is the same account, under the new name.', () => equal(renamed?.id, ann.id));
    await expectThat('Her role is what it was.', () => equal(renamed.role, 'member'));
    await expectThat('She is still signed in.', async () => {
      const { body } = await browser.send('GET', '/api/session');
      equal(body.session?.person.name, 'Ann Brown');
    });

    tell('She leaves. The identity provider deactivates her.');
    const left = await patch({ active: false });
    await expectThat('The identity provider is told that she is inactive.', () =>
      deepEqual([left.status, left.body.active], [200, false]),
    );
    await expectThat('Her session has ended, in the browser she left open too.', async () => {
      const { body } = await browser.send('GET', '/api/session');
      equal(body.session, null);
    });
    await expectThat('She cannot sign in again.', async () => {
      const answer = await (await harbor.signIn(ann.id)).send('GET', '/api/team');
      equal(answer.status, 401);
    });
    await expectThat('Her account is still there, so that what she made keeps its author.', async () => {
      const account = await findInTeam('Ann Brown');
      deepEqual([account?.id, account?.active], [ann.id, false]);
    });
  },
};
