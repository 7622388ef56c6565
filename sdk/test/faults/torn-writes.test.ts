import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { connect, group, openScim, patch, send, user } from '../support/scim.ts';
import { findTornWrites } from './torn-writes.ts';

/** A customer's people and a group, after some changes. */
async function open() {
  const opened = openScim();
  const { key } = await connect(opened.scim, 'acme', { guard: 'off' });
  const call = async (path: string, body?: object, method = 'POST') =>
    (await send(opened.scim, path, { key, method, ...(body && { body }) })).body?.id;
  const [ann, bob, cleo] = [
    await call('/Users', user('ann')),
    await call('/Users', user('bob')),
    await call('/Users', user('cleo')),
  ];
  const crew = await call('/Groups', group('crew', [ann, bob, cleo]));
  await call(`/Groups/${crew}`, patch({ op: 'remove', path: 'members', value: [{ value: bob }] }), 'PATCH');
  await call(`/Users/${ann}`, patch({ op: 'replace', value: { title: 'x' } }), 'PATCH');
  await call(`/Users/${cleo}`, undefined, 'DELETE');
  await opened.scim.close();
  return { ...opened, ann, crew };
}

test('nothing is found where every request was applied wholly', async () => {
  expect(await findTornWrites((await open()).database)).toEqual([]);
});

test.each([
  ['a row without its event', "DELETE FROM scim_events WHERE type = 'user.created' AND position = 2"],
  ['an event without its row', "DELETE FROM scim_resources WHERE name_key = 'bob'"],
  [
    'a change without its event',
    'UPDATE scim_resources SET attributes = \'{"title":"y"}\' WHERE name_key = \'ann\'',
  ],
  ['a version that fell back', "UPDATE scim_resources SET version = 1 WHERE name_key = 'ann'"],
  ['a member too few', 'DELETE FROM scim_members'],
  [
    'the last event missing',
    'DELETE FROM scim_events WHERE position = (SELECT max(position) FROM scim_events)',
  ],
])('%s is found', async (_name, damage) => {
  const { database, file } = await open();
  const handle = new DatabaseSync(file);
  expect(handle.prepare(damage).run().changes).toBeGreaterThan(0);
  handle.close();
  expect(await findTornWrites(database)).not.toEqual([]);
});
