import { deepEqual, equal } from 'node:assert/strict';
import { people } from './runner/harbor.ts';
import type { Scenario } from './runner/scenario.ts';

export const scenario: Scenario = {
  title: 'Northwind’s directory sends its groups for the roles they give, not to make teams in Harbor.',
  async run({ tell, expectThat, startHarbor }) {
    const harbor = await startHarbor();
    const { management } = harbor.scim;
    const idp = await harbor.connect(people.northwindAdmin);
    const nora = await harbor.signIn(people.northwindAdmin);
    const customerId = 'northwind';
    const hire = async (name: string): Promise<string> =>
      (await idp('POST', '/Users', { userName: name, displayName: name })).body.id;
    const team = async () => (await nora.send('GET', '/api/team?limit=200')).body;
    const teams = async () =>
      (await team()).teams.map((one: { readonly name: string; readonly memberCount: number }) => [
        one.name,
        one.memberCount,
      ]);
    const roleOf = async (name: string) =>
      (await team()).people.find((one: { readonly name: string }) => one.name === name)?.role;

    tell('Northwind has teams of its own in Harbor. Nora has the directory’s groups ignored.');
    const before = await teams();
    const ignore = { customerId, policy: { groups: 'ignore' }, actor: 'Nora' } as const;
    (await management.patchScimConnection(ignore)).getOrThrow();

    tell('The directory brings Ann and Ben, and the group Operators with Ann.');
    const [ann, ben] = [await hire('Ann'), await hire('Ben')];
    const members = [{ value: ann }];
    const made = await idp('POST', '/Groups', { displayName: 'Operators', members });
    await expectThat('The directory is answered as ever, and reads back what it sent.', async () => {
      const read = await idp('GET', `/Groups/${made.body.id}`);
      deepEqual([made.status, read.body.members[0].value], [201, ann]);
    });
    await expectThat('Harbor has no new team.', async () => deepEqual(await teams(), before));

    tell('Nora makes the Operators administrators.');
    const rules = [{ kind: 'group', groupId: made.body.id, roleId: 'admin' }] as const;
    (await management.setRoleRules({ customerId, rules, actor: 'Nora' })).getOrThrow();
    await expectThat('Ann is one, without a team.', async () => {
      equal(await roleOf('Ann'), 'admin');
      deepEqual(await teams(), before);
    });
    tell('Ben joins the Operators.');
    await idp('PATCH', `/Groups/${made.body.id}`, {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'add', path: 'members', value: [{ value: ben }] }],
    });
    await expectThat('Now he is one too.', async () => equal(await roleOf('Ben'), 'admin'));

    tell('Later Northwind wants teams after all.');
    const sync = { customerId, policy: { groups: 'sync' }, actor: 'Nora' } as const;
    (await management.patchScimConnection(sync)).getOrThrow();
    await expectThat(
      'Nothing happens by that alone, but the comparison shows what Harbor lacks.',
      async () => {
        deepEqual(await teams(), before);
        const { body } = await nora.send('GET', '/api/setup/scim/reconcile');
        deepEqual(body.groups.counts, { missing: 1, extra: 0, differs: 0 });
      },
    );
    await nora.send('POST', '/api/setup/scim/reconcile', {});
    await expectThat('Once Harbor is told, the team is there with both.', async () => {
      const operators = (await teams()).find(([name]: readonly [string, number]) => name === 'Operators');
      deepEqual(operators, ['Operators', 2]);
    });
    await expectThat('A second look finds nothing.', async () => {
      const { body } = await nora.send('GET', '/api/setup/scim/reconcile');
      deepEqual([body.differences, body.groups.differences], [[], []]);
    });
  },
};
