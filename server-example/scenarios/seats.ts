import { deepEqual, equal } from 'node:assert/strict';
import { people } from './runner/harbor.ts';
import type { Scenario } from './runner/scenario.ts';

export const scenario: Scenario = {
  title: 'Northwind has paid for two seats, and its directory sends more people than that.',
  async run({ tell, expectThat, startHarbor }) {
    const harbor = await startHarbor();
    const idp = await harbor.connect(people.northwindAdmin);
    const nora = await harbor.signIn(people.northwindAdmin);
    const choose = async (seats: { limit: number | null; onFull: 'refuse' | 'waitlist' | 'allow' }) =>
      void (
        await harbor.scim.management.patchScimConnection({ customerId: 'northwind', policy: { seats } })
      ).getOrThrow();
    const create = (name: string) => idp('POST', '/Users', { userName: name, displayName: name });
    const deactivate = (id: string) =>
      idp('PATCH', `/Users/${id}`, {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'replace', value: { active: false } }],
      });
    const inHarbor = async () => {
      const { body } = await nora.send('GET', '/api/team?limit=200');
      return body.people
        .filter(
          (person: { managedBy: string; active: boolean }) =>
            person.managedBy === 'directory' && person.active,
        )
        .map((person: { name: string }) => person.name);
    };

    tell('The policy is to refuse people beyond the two seats.');
    await choose({ limit: 2, onFull: 'refuse' });
    const ann = (await create('Ann')).body;
    await create('Ben');
    const refused = await create('Cleo');
    await expectThat('Cleo is refused, and her administrator reads what to do about it.', () => {
      equal(refused.status, 403);
      equal(refused.body.detail.startsWith('All 2 seats are taken.'), true);
    });
    await expectThat('Harbor has the two.', async () => deepEqual(await inHarbor(), ['Ann', 'Ben']));

    tell('The policy is changed: those beyond the seats wait for one.');
    await choose({ limit: 2, onFull: 'waitlist' });
    const cleo = await create('Cleo');
    await create('Dan');
    await expectThat('The identity provider is told that Cleo and Dan are there.', () =>
      deepEqual([cleo.status, cleo.body.active], [201, true]),
    );
    await expectThat('Harbor has not heard of them.', async () =>
      deepEqual(await inHarbor(), ['Ann', 'Ben']),
    );
    await expectThat('Harbor’s makers can see who waits.', async () => {
      const found = await harbor.scim.management.getWaitingScimUsers({ customerId: 'northwind' });
      deepEqual(
        found.getOrThrow().users.map(({ userName }) => userName),
        ['Cleo', 'Dan'],
      );
    });
    tell('Ann leaves.');
    await deactivate(ann.id);
    await expectThat('Cleo, who waited longest, has her seat at once.', async () =>
      deepEqual(await inHarbor(), ['Ben', 'Cleo']),
    );
    tell('Northwind buys a third seat.');
    await choose({ limit: 3, onFull: 'waitlist' });
    await expectThat('Dan has his.', async () => deepEqual(await inHarbor(), ['Ben', 'Cleo', 'Dan']));

    tell('The policy is changed once more: everybody gets in, and Harbor bills what is too much.');
    await choose({ limit: 3, onFull: 'allow' });
    await create('Eve');
    await expectThat('Eve is in Harbor, and an event says that a seat is missing.', async () => {
      deepEqual(await inHarbor(), ['Ben', 'Cleo', 'Dan', 'Eve']);
      const rows = await harbor.database.all("SELECT data FROM scim_events WHERE type = 'seats.exceeded'");
      const data = rows[0]?.data;
      const { limit, taken } = typeof data === 'string' ? JSON.parse(data) : (data as never);
      deepEqual([rows.length, limit, taken], [1, 3, 4]);
    });
  },
};
