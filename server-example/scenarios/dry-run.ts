import { deepEqual, equal } from 'node:assert/strict';
import { people } from './runner/harbor.ts';
import type { Scenario } from './runner/scenario.ts';

export const scenario: Scenario = {
  title: 'A directory is connected on trial: what it would do is shown, and done when somebody says so.',
  async run({ tell, expectThat, startHarbor }) {
    const harbor = await startHarbor();
    const idp = await harbor.connect(people.northwindAdmin);
    const nora = await harbor.signIn(people.northwindAdmin);
    const team = async () => (await nora.send('GET', '/api/team?limit=200')).body;
    const fromDirectory = async () =>
      (await team()).people
        .filter((person: { readonly managedBy: string }) => person.managedBy === 'directory')
        .map((person: { readonly name: string; readonly active: boolean }) => [person.name, person.active]);
    const create = (name: string) =>
      idp('POST', '/Users', { userName: `${name}@northwind.example`, displayName: name });

    tell('Nora connects her directory, but wants to see first what it would do to Harbor.');
    await nora.send('POST', '/api/setup/scim/dry-run', {});
    tell('The directory sends three people and a group, corrects a name, and takes one of the three away.');
    const [ann, ben, cleo] = [await create('Ann'), await create('Ben'), await create('Cleo')];
    await idp('POST', '/Groups', {
      displayName: 'Crew',
      members: [{ value: ann.body.id }, { value: ben.body.id }],
    });
    await idp('PATCH', `/Users/${ann.body.id}`, {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'replace', value: { displayName: 'Ann Lee' } }],
    });
    await idp('DELETE', `/Users/${cleo.body.id}`);
    await expectThat('The directory is answered as ever.', () =>
      deepEqual([ann.status, ben.status, cleo.status], [201, 201, 201]),
    );
    await expectThat('Nobody is in Harbor who was not there before.', async () =>
      deepEqual(await fromDirectory(), []),
    );
    await expectThat('Nora sees what would have happened.', async () => {
      const { body } = await nora.send('GET', '/api/setup/scim/dry-run');
      deepEqual(body.summary, {
        'group.created': 1,
        'group.members_changed': 1,
        'user.created': 3,
        'user.deleted': 1,
        'user.updated': 1,
      });
    });
    await expectThat('A member of the team is not shown it.', async () => {
      const member = await harbor.signIn(people.northwindMember);
      equal((await member.send('GET', '/api/setup/scim/dry-run')).status, 403);
    });

    tell('She likes what she sees, and ends the trial.');
    const ended = await nora.send('POST', '/api/setup/scim/dry-run/end', { apply: true });
    await expectThat('Harbor was told of all there is: two people and their group.', () =>
      deepEqual([ended.body.complete, ended.body.told, ended.body.left], [true, 3, 0]),
    );
    await expectThat(
      'Ann is there by the name she has now, Ben too; of Cleo Harbor has never heard.',
      async () =>
        deepEqual(await fromDirectory(), [
          ['Ann Lee', true],
          ['Ben', true],
        ]),
    );
    await expectThat('Their team has two members.', async () => {
      const crew = (await team()).teams.find((one: { readonly name: string }) => one.name === 'Crew');
      equal(crew?.memberCount, 2);
    });
    await expectThat('What comes next happens at once.', async () => {
      await create('Dora');
      equal((await fromDirectory()).length, 3);
    });
  },
};
