import { expect, test } from 'vitest';
import { connect, openScim, send, user } from './support/scim.ts';

const MINUTE_MS = 60_000;

/** Two customers' connections, a temporary key of the first, and a clock to move. */
async function openTwo() {
  const time = { now: Date.UTC(2026, 0, 1) };
  const { scim, log } = openScim({ clock: () => time.now });
  const acme = await connect(scim, 'acme');
  const globex = await connect(scim, 'globex');
  const temporary = (await scim.management.createTemporaryScimApiKey({ customerId: 'acme' })).getOrThrow();
  return { scim, log, time, acme, globex, temporary, key: temporary.scimApiKey };
}

test('P3: a temporary key reads and writes its connection, as the customer’s own key does', async () => {
  const { scim, acme, key } = await openTwo();
  const created = await send(scim, '/Users', { key, body: user('ann') });
  expect(created.status).toBe(201);
  expect((await send(scim, `/Users/${created.body.id}`, { key: acme.key })).body.userName).toBe('ann');
  expect((await send(scim, `/${acme.connectionId}/Users`, { key })).body.totalResults).toBe(1);
});

test('P3: a temporary key opens no other connection', async () => {
  const { scim, globex, key } = await openTwo();
  const { id } = (await send(scim, '/Users', { key: globex.key, body: user('bob') })).body;
  expect((await send(scim, `/Users/${id}`, { key })).status).toBe(404);
  expect((await send(scim, '/Users', { key })).body.totalResults).toBe(0);
  expect((await send(scim, `/${globex.connectionId}/Users`, { key })).status).toBe(401);
});

test('P4: a temporary key ends by itself, and nobody is warned of it', async () => {
  const { scim, log, time, key, acme } = await openTwo();
  time.now += 15 * MINUTE_MS - 1;
  expect((await send(scim, '/Users', { key })).status).toBe(200);
  time.now += 1;
  expect((await send(scim, '/Users', { key })).status).toBe(401);
  expect((await send(scim, '/Users', { key: acme.key })).status).toBe(200);
  expect(log.filter(({ level }) => level !== 'info')).toEqual([]);
});

test('P5: a revoked temporary key is refused from the next request on', async () => {
  const { scim, temporary, key } = await openTwo();
  expect((await send(scim, '/Users', { key })).status).toBe(200);
  await scim.management.revokeTemporaryScimApiKey({ customerId: 'acme', keyId: temporary.keyId });
  expect((await send(scim, '/Users', { key })).status).toBe(401);
});

test('a paused connection refuses a temporary key as it refuses any other, and lets it in again when resumed', async () => {
  const { scim, key } = await openTwo();
  await scim.management.pauseScimConnection({ customerId: 'acme' });
  expect((await send(scim, '/Users', { key })).status).toBe(401);
  await scim.management.resumeScimConnection({ customerId: 'acme' });
  expect((await send(scim, '/Users', { key })).status).toBe(200);
});

test('deleting the connection ends its temporary keys with it', async () => {
  const { scim, key } = await openTwo();
  await scim.management.deleteScimConnection({ customerId: 'acme' });
  await connect(scim, 'acme');
  expect((await send(scim, '/Users', { key })).status).toBe(401);
});
