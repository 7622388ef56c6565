import { equal } from 'node:assert/strict';
import { people } from './runner/harbor.ts';
import type { Scenario } from './runner/scenario.ts';

const off = {
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: [{ op: 'replace', path: 'active', value: false }],
};

export const scenario: Scenario = {
  title: 'A directory empties itself by mistake; most of the company can go on working in Harbor.',
  async run({ tell, expectThat, startHarbor }) {
    const harbor = await startHarbor({ rateLimits: 'off' });
    tell('Northwind has connected its identity provider, which has brought 100 people.');
    const idp = await harbor.connect(people.northwindAdmin);
    const ids: string[] = [];
    for (let number = 1; number <= 100; number++) {
      const { body } = await idp('POST', '/Users', { userName: `person.${number}@northwind.example` });
      ids.push(body.id);
    }
    const nora = await harbor.signIn(people.northwindAdmin);
    const held = async () => (await nora.send('GET', '/api/setup/scim/held')).body;
    const countActive = async () => {
      const row = await harbor.database.get(
        `SELECT count(*) AS total FROM users WHERE managed_by = 'directory' AND active = 1`,
      );
      return Number(row?.total);
    };

    tell('Two people leave on the same day, as happens.');
    for (const id of ids.slice(0, 2)) await idp('PATCH', `/Users/${id}`, off);
    await expectThat('Harbor lets them out at once.', async () => equal(await countActive(), 98));

    tell(
      'Then somebody narrows the scope of the app at the identity provider, which deactivates all the others.',
    );
    for (const id of ids.slice(2)) await idp('PATCH', `/Users/${id}`, off);
    await expectThat(
      'The identity provider is told that all of them are inactive, so it has no error to retry.',
      async () => {
        const { body } = await idp('GET', '/Users?filter=active%20eq%20true');
        equal(body.totalResults, 0);
      },
    );
    await expectThat(
      'In Harbor 20 have lost access, the two of before among them; 80 go on working.',
      async () => equal(await countActive(), 80),
    );
    await expectThat('The other changes wait, for Nora to look at.', async () =>
      equal((await held()).waiting, 80),
    );

    tell('Among them is one who really left. Nora releases that one.');
    const leaver = String(ids.at(-1));
    await nora.send('POST', '/api/setup/scim/held/release', { ids: [leaver] });
    await expectThat('That one has lost access now.', async () => equal(await countActive(), 79));

    tell('The scope is put right: the identity provider activates everybody else again.');
    const on = { ...off, Operations: [{ op: 'replace', path: 'active', value: true }] };
    for (const id of ids.slice(2, -1)) await idp('PATCH', `/Users/${id}`, on);
    await expectThat('Those who were held never lost anything, and nothing waits any more.', async () =>
      equal((await held()).waiting, 0),
    );
    await expectThat('97 people are active: 100 without the three who left.', async () =>
      equal(await countActive(), 97),
    );
  },
};
