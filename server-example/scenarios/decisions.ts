import { deepEqual, equal } from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { createScim } from 'scimkit';
import { createAccounts } from '../../sdk/docs/decisions/accounts.ts';
import { createApp } from '../../sdk/docs/decisions/app.ts';
import type { Scenario } from './runner/scenario.ts';

const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

export const scenario: Scenario = {
  title: 'An app whose accounts are in another database is asked before anybody is let in or out.',
  async run({ tell, expectThat, onEnd }) {
    tell('A helpdesk keeps its accounts in a database of its own, where scimkit has no tables.');
    const scim = createScim({ database: 'sqlite::memory:', logger: { error() {}, warn() {}, info() {} } });
    onEnd(() => scim.close());
    const database = new DatabaseSync(':memory:');
    const helpdesk = await createApp(scim, createAccounts(database));
    await once(helpdesk.listen(0, '127.0.0.1'), 'listening');
    onEnd(() => helpdesk.closeAllConnections());
    onEnd(() => void helpdesk.close());
    const { connectionId, scimApiKey } = (
      await scim.management.createScimConnection({ customerId: 'northwind' })
    ).getOrThrow();
    const { port } = helpdesk.address() as AddressInfo;
    const idp = async (method: string, path: string, body?: object) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        method,
        headers: { authorization: `Bearer ${scimApiKey}`, 'content-type': 'application/scim+json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
    };
    const accounts = () => database.prepare('SELECT name, active FROM accounts').all();
    const ask = (method: string, pathAndQueryParams: string, body?: object) =>
      scim.scimRequest({ method, pathAndQueryParams, body, scimApiKey });

    tell('The identity provider creates Ann. The helpdesk makes an account, links it, and answers.');
    const created = await idp('POST', '/Users', { userName: 'ann@northwind.example' });
    await expectThat('The identity provider is told that she was created.', () => equal(created.status, 201));
    await expectThat('The helpdesk has one account, and it is hers.', () =>
      deepEqual(
        accounts().map((row) => ({ ...row })),
        [{ name: 'ann@northwind.example', active: 1 }],
      ),
    );

    tell('A second one of that name is refused before the helpdesk is asked anything.');
    const taken = await idp('POST', '/Users', { userName: 'ANN@northwind.example' });
    await expectThat('It is a conflict, and there is still one account.', () =>
      deepEqual([taken.status, accounts().length], [409, 1]),
    );

    tell('She leaves. This time we look at the question itself, and answer nothing yet.');
    const off = { schemas: [PATCH], Operations: [{ op: 'replace', path: 'active', value: 'False' }] };
    const asked = (await ask('PATCH', `/Users/${created.body.id}`, off)).getOrThrow();
    await expectThat('The helpdesk is to disable her account.', () =>
      equal(asked.status === 'ActionRequired' && asked.action, 'DisableUser'),
    );
    await expectThat('Nothing has changed so far.', async () =>
      equal((await idp('GET', `/Users/${created.body.id}`)).body.active, true),
    );
    if (asked.status !== 'ActionRequired') return;

    tell('The process that was asked dies. The identity provider sends its request again.');
    await expectThat('Now she is disabled, in the directory and in the helpdesk.', async () => {
      const again = await idp('PATCH', `/Users/${created.body.id}`, off);
      deepEqual([again.body.active, accounts().map(({ active }) => active)], [false, [0]]);
    });
    await expectThat('The first question can no longer be answered: nothing happens twice.', async () => {
      const late = await scim.commitScimUserChange({ connectionId, commitId: asked.commitId });
      equal(!late.ok && late.error.type, 'StagedChangeOutdated');
    });

    tell('All seats of the helpdesk are taken, so it refuses the next one, and says why.');
    const next = (await ask('POST', '/Users', { userName: 'ben@northwind.example' })).getOrThrow();
    if (next.status !== 'ActionRequired') return;
    const { commitId } = next;
    const detail = 'All seats are taken. Add seats, then try again.';
    const refused = await scim.rejectScimUserChange({ connectionId, commitId, status: 403, detail });
    await expectThat('The answer for the identity provider says it in these words.', () =>
      equal(refused.getOrThrow().responseData.detail, detail),
    );
    await expectThat('Ben is nowhere.', async () =>
      deepEqual([(await idp('GET', '/Users')).body.totalResults, accounts().length], [1, 1]),
    );
  },
};
