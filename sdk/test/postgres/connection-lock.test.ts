import { expect, test } from 'vitest';
import { connect, openScim, send, user } from '../support/scim.ts';

/** scimkit with a hook that is told of a new user and takes until it is let go on. */
async function openPaused() {
  const told = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const { scim, database } = openScim({
    hooks: {
      async userCreated() {
        told.resolve();
        await goOn.promise;
        return { userId: 'ann-of-the-app' };
      },
    },
  });
  const { connectionId, key } = await connect(scim);
  const created = send(scim, '/Users', { key, body: user('ann') });
  await told.promise;
  return { scim, database, connectionId, created, goOn: goOn.resolve };
}

test('who writes a user has no share in a lock of the connection while the app is told: nobody has to write down who shares it', async () => {
  const { database, connectionId, created, goOn } = await openPaused();

  const locked = await database.rows(
    'SELECT connection_id FROM {p}connections WHERE connection_id = ? FOR UPDATE NOWAIT',
    [connectionId],
  );

  goOn();
  expect(locked).toEqual([{ connection_id: connectionId }]);
  expect((await created).status).toBe(201);
});

test('a connection that is deleted while a user is written leaves nothing of him, and he is not acknowledged', async () => {
  const { scim, database, created, goOn } = await openPaused();

  const deleted = await scim.management.deleteScimConnection({ customerId: 'acme' });

  goOn();
  expect(deleted.ok).toBe(true);
  expect((await created).status).toBe(401);
  for (const table of ['resources', 'indexed_values', 'events'])
    expect(await database.rows(`SELECT connection_id FROM {p}${table}`), table).toEqual([]);
});
