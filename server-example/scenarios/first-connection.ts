import { deepEqual, equal } from 'node:assert/strict';
import { people } from './runner/harbor.ts';
import type { Scenario } from './runner/scenario.ts';

export const scenario: Scenario = {
  title: 'Northwind has people in Harbor already, and connects its directory for the first time.',
  async run({ tell, expectThat, startHarbor }) {
    const harbor = await startHarbor();
    const { management } = harbor.scim;
    const customerId = 'northwind';
    const nora = await harbor.signIn(people.northwindAdmin);
    const milo = await harbor.signIn(people.northwindMember);
    const readMilo = async () => {
      const { body } = await nora.send('GET', '/api/team?limit=200');
      return body.people.find((person: { readonly id: string }) => person.id === people.northwindMember);
    };

    tell('Nora connects the directory on a dry run: Harbor is told nothing yet.');
    const idp = await harbor.connect(people.northwindAdmin);
    (await management.patchScimConnection({ customerId, policy: { effects: 'dryRun' } })).getOrThrow();
    tell('Northwind has shown that northwind.example is its own domain.');
    (await management.setVerifiedDomains({ customerId, domains: ['northwind.example'] })).getOrThrow();
    const create = async (userName: string, email: string) => {
      const emails = [{ value: email, primary: true }];
      const body = { userName, externalId: `id of ${userName}`, displayName: userName, emails };
      return (await idp('POST', '/Users', body)).body.id as string;
    };
    tell('The directory brings Milo, Ann who is new, and a stranger with the address of Theo of Contoso.');
    const miloId = await create('milo.b', 'milo@northwind.example');
    await create('ann', 'ann@northwind.example');
    const strangerId = await create('stranger', 'theo@contoso.example');

    const report = await nora.send('GET', '/api/setup/matches');
    await expectThat(
      'Harbor proposes Milo, by the address of the customer’s own domain, and nobody else.',
      () =>
        deepEqual(
          report.body.matches.map((match: { userName: string; outcome: string; proposedUserId: string }) => [
            match.userName,
            match.outcome,
            match.proposedUserId,
          ]),
          [['milo.b', 'verifiedEmail', people.northwindMember]],
        ),
    );
    await expectThat('Milo cannot confirm himself: that is for administrators.', async () =>
      equal((await milo.send('POST', '/api/setup/matches/confirm', { scimUserIds: [miloId] })).status, 403),
    );
    tell('Nora confirms Milo, and asks for the stranger too.');
    const confirmed = await nora.send('POST', '/api/setup/matches/confirm', {
      scimUserIds: [miloId, strangerId],
    });
    await expectThat('One account is linked: what was not proposed cannot be confirmed.', () =>
      deepEqual(confirmed.body, { linked: 1, asked: 2 }),
    );

    tell('The dry run ends, and Harbor is told.');
    (await management.endDryRun({ customerId, apply: true })).getOrThrow();
    await expectThat(
      'Milo has his one account, kept by the directory now, with his own address.',
      async () => {
        const { managedBy, email, name } = await readMilo();
        deepEqual([managedBy, email, name], ['directory', 'milo@northwind.example', 'Milo Brandt']);
        const { body } = await nora.send('GET', '/api/team?limit=200');
        const named = body.people.filter((person: { name: string }) => /milo/i.test(person.name));
        deepEqual(
          [named.length, body.people.some((person: { name: string }) => person.name === 'ann')],
          [1, true],
        );
      },
    );
    const patch = (value: object) =>
      idp('PATCH', `/Users/${miloId}`, {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'replace', value }],
      });
    tell('Somebody with the directory’s key gives Milo another address, to take his account over.');
    await patch({ emails: [{ value: 'thief@northwind.example', primary: true }] });
    await expectThat('Harbor keeps the address it knows.', async () =>
      equal((await readMilo()).email, 'milo@northwind.example'),
    );
    tell('The address is put right, and Milo signs in through the directory’s single sign-on.');
    await patch({ emails: [{ value: 'milo.brandt@northwind.example', primary: true }] });
    const claims = { sub: 'id of milo.b' };
    const checked = await harbor.scim.checkSignIn({
      customerId,
      strategy: 'OidcSubToScimExternalId',
      claims,
    });
    await expectThat(
      'It is his account he is let into, and from now on the directory may change his address.',
      async () => {
        deepEqual(checked.ok && checked.data.userId, people.northwindMember);
        equal((await readMilo()).email, 'milo.brandt@northwind.example');
      },
    );
    tell('Milo leaves.');
    await patch({ active: false });
    await expectThat('His account is switched off, and the browser he left open is signed out.', async () =>
      deepEqual([(await readMilo()).active, (await milo.send('GET', '/api/team')).status], [false, 401]),
    );
  },
};
