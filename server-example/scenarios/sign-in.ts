import { deepEqual, equal } from 'node:assert/strict';
import { people } from './runner/harbor.ts';
import type { Scenario } from './runner/scenario.ts';

export const scenario: Scenario = {
  title: 'Somebody leaves; the browser, the script and the sign-in that were left open lead nowhere.',
  async run({ tell, expectThat, startHarbor }) {
    const harbor = await startHarbor();
    const idp = await harbor.connect(people.northwindAdmin);
    tell(
      'Northwind’s identity provider creates Ann. She signs in, and makes an API key for a script of hers.',
    );
    const { id } = (await idp('POST', '/Users', { userName: 'ann@northwind.example', externalId: '00u1' }))
      .body;
    const nora = await harbor.signIn(people.northwindAdmin);
    const { body } = await nora.send('GET', '/api/team?limit=200');
    const ann = body.people.find(
      (person: { readonly name: string }) => person.name === 'ann@northwind.example',
    );
    const browser = await harbor.signIn(ann.id);
    const { apiKey } = (await browser.send('POST', '/api/keys', { name: 'script' })).body;
    const runScript = () =>
      harbor.request('GET', '/api/team', { headers: { authorization: `Bearer ${apiKey}` } });
    const signIn = () =>
      harbor.request('POST', '/api/sign-in', {
        headers: { origin: harbor.url, 'content-type': 'application/json' },
        body: JSON.stringify({ userId: ann.id }),
      });
    const setActive = (active: boolean) =>
      idp('PATCH', `/Users/${id}`, {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'replace', value: { active } }],
      });
    await expectThat('Her script reads the team.', async () => equal((await runScript()).status, 200));

    tell('She leaves, and is deactivated.');
    await setActive(false);
    await expectThat('Her script and her open browser are refused from the next request on.', async () =>
      deepEqual([(await runScript()).status, (await browser.send('GET', '/api/team')).status], [401, 401]),
    );
    tell('By mistake, somebody switches her account on in Harbor’s own tables.');
    await harbor.database.transaction((tx) => tx.run('UPDATE users SET active = 1 WHERE id = ?', [ann.id]));
    await expectThat('She is refused all the same: her directory is asked at sign-in.', async () => {
      const answer = await signIn();
      deepEqual([answer.status, answer.body.error.code], [403, 'refused_by_directory']);
    });
    await expectThat('The refusal is in the audit, by ids and without her name.', async () => {
      const rows = await harbor.database.all("SELECT detail FROM scim_audit WHERE action = 'signIn.refused'");
      const text = JSON.stringify(rows);
      deepEqual([rows.length, text.includes(id), text.includes('ann@')], [1, true, false]);
    });

    tell('She comes back, and is activated again.');
    await setActive(true);
    await expectThat('She can sign in.', async () => equal((await signIn()).status, 200));
    await expectThat('The old key and the old browser stay ended.', async () =>
      deepEqual([(await runScript()).status, (await browser.send('GET', '/api/team')).status], [401, 401]),
    );
    await expectThat('Nora, whose account Harbor made, could sign in all the time.', async () =>
      equal((await nora.send('GET', '/api/team')).status, 200),
    );
  },
};
