import { expect, test } from 'vitest';
import { createTestDatabase } from '../support/databases.ts';
import { connect, openScim, send, user } from '../support/scim.ts';

const USERS = 510;
const AT_ONCE = 10;

test('P-3: people of a first synchronisation are found by an index before autovacuum has come by', async () => {
  const database = createTestDatabase();
  const { scim } = openScim({ on: database });
  const { key, connectionId } = await connect(scim);
  for (const table of ['resources', 'indexed_values', 'members'])
    await database.rows(`ALTER TABLE {p}${table} SET (autovacuum_enabled = off)`);
  const title = 'x'.repeat(400);
  for (let index = 0; index < USERS; index += AT_ONCE) {
    const names = Array.from({ length: AT_ONCE }, (_, at) => `person-${index + at}`);
    const made = await Promise.all(
      names.map((name) => send(scim, '/Users', { key, body: { ...user(name), title } })),
    );
    for (const { status } of made) expect(status).toBe(201);
  }

  const count = `SELECT reltuples FROM pg_class WHERE oid = to_regclass('{p}resources')`;
  await expect.poll(async () => Number((await database.rows(count))[0]?.reltuples)).toBeGreaterThan(400);

  const steps = await database.rows(
    `EXPLAIN SELECT id FROM {p}resources WHERE connection_id = '${connectionId}' AND resource_type = 'User' AND name_key = 'person-7' ORDER BY id LIMIT 100`,
  );
  expect(JSON.stringify(steps)).toContain(`${database.prefix}resources_name`);
});

test('P-4: a resource is found by its id alone, however little PostgreSQL knows of the table', async () => {
  const database = createTestDatabase();
  const { scim } = openScim({ on: database });
  const { key } = await connect(scim);
  const { body } = await send(scim, '/Groups', { key, body: { displayName: 'Engineers' } });

  expect((await send(scim, `/Groups/${body.id}`, { key })).status).toBe(200);
  expect((await send(scim, `/Users/${body.id}`, { key })).status).toBe(404);
  expect((await send(scim, `/Users/${body.id}`, { key, method: 'DELETE' })).status).toBe(404);
});
