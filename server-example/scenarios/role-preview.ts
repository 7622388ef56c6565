import { deepEqual, equal } from 'node:assert/strict';
import { people } from './runner/harbor.ts';
import type { Scenario } from './runner/scenario.ts';

export const scenario: Scenario = {
  title: 'Northwind wants its operators to be administrators, and looks first at who would be one.',
  async run({ tell, expectThat, startHarbor }) {
    const harbor = await startHarbor();
    const { management } = harbor.scim;
    const idp = await harbor.connect(people.northwindAdmin);
    const nora = await harbor.signIn(people.northwindAdmin);
    const customerId = 'northwind';
    const hire = async (name: string): Promise<string> =>
      (await idp('POST', '/Users', { userName: name, displayName: name })).body.id;
    const group = async (displayName: string, ids: readonly string[]): Promise<string> =>
      (await idp('POST', '/Groups', { displayName, members: ids.map((value) => ({ value })) })).body.id;
    const patch = (path: string, operation: object) =>
      idp('PATCH', path, {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [operation],
      });
    const rolesInHarbor = async (): Promise<Record<string, string>> => {
      const { body } = await nora.send('GET', '/api/team?limit=200');
      return Object.fromEntries(
        body.people
          .filter(({ managedBy }: { readonly managedBy: string }) => managedBy === 'directory')
          .map(({ name, role }: { readonly name: string; readonly role: string }) => [name, role]),
      );
    };

    tell(
      'The directory brings Ann, Ben and Cleo. Ann is in the group Operators; Operators is in the group IT.',
    );
    const [ann, ben, cleo] = [await hire('Ann'), await hire('Ben'), await hire('Cleo')];
    const operators = await group('Operators', [ann]);
    const it = await group('IT', [operators, ben]);
    await expectThat('In Harbor they are members.', async () =>
      deepEqual(await rolesInHarbor(), { Ann: 'member', Ben: 'member', Cleo: 'member' }),
    );

    tell('Nora thinks of the rule "whoever is in IT is an administrator", and asks for a preview.');
    const rules = [{ kind: 'group', groupId: it, roleId: 'admin' }] as const;
    const preview = (await management.previewRoleRules({ customerId, rules })).getOrThrow();
    await expectThat('Two people would gain, nobody would lose: Ann through Operators, and Ben.', () =>
      deepEqual(
        [preview.gains, preview.loses, preview.users.map(({ userName, after }) => [userName, after])],
        [
          2,
          0,
          [
            ['Ann', 'admin'],
            ['Ben', 'admin'],
          ],
        ],
      ),
    );
    await expectThat('Nothing has changed by looking.', async () =>
      deepEqual(await rolesInHarbor(), { Ann: 'member', Ben: 'member', Cleo: 'member' }),
    );

    tell('That is one too many. She takes the group Operators instead, and saves.');
    const narrower = [{ kind: 'group', groupId: operators, roleId: 'admin' }] as const;
    (await management.setRoleRules({ customerId, rules: narrower, actor: 'Nora' })).getOrThrow();
    await expectThat('Ann is an administrator, and nobody else.', async () =>
      deepEqual(await rolesInHarbor(), { Ann: 'admin', Ben: 'member', Cleo: 'member' }),
    );

    tell('Somebody renames a group Cleo is in to "Administrators".');
    const book = await group('Book club', [cleo]);
    await patch(`/Groups/${book}`, { op: 'replace', path: 'displayName', value: 'Administrators' });
    await expectThat('Cleo is what she was: a name is no role.', async () =>
      equal((await rolesInHarbor()).Cleo, 'member'),
    );

    tell('Ann changes her title, and leaves the Operators.');
    await patch(`/Users/${ann}`, { op: 'replace', path: 'title', value: 'Owner' });
    await expectThat('The title changed nothing.', async () => equal((await rolesInHarbor()).Ann, 'admin'));
    await patch(`/Groups/${operators}`, { op: 'remove', path: `members[value eq "${ann}"]` });
    await expectThat('Leaving the group did, at once.', async () =>
      equal((await rolesInHarbor()).Ann, 'member'),
    );

    tell('Nora tries a rule that makes owners.');
    const refused = await management.setRoleRules({
      customerId,
      rules: [{ kind: 'group', groupId: it, roleId: 'owner' }],
    });
    await expectThat('It is refused: no directory makes an owner.', () =>
      equal(refused.ok ? 'saved' : refused.error.type, 'InvalidFields'),
    );
  },
};
