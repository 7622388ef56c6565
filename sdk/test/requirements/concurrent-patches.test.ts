import { expect, test, vi } from 'vitest';
import { nodeHandler } from '../../src/adapters/node.ts';
import { type Client, openClient, openQuickClient } from '../support/client.ts';
import { group, openScim, patch, send, user } from '../support/scim.ts';
import { sendTo, serve } from '../support/serve.ts';

vi.setConfig({ testTimeout: 60_000 });

async function makeUsers({ make }: Client, count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) ids.push((await make('/Users', user(`u${index}`))).id);
  return ids;
}

const addition = (value: string) => patch({ op: 'add', path: 'members', value: [{ value }] });
const removal = (value: string) => patch({ op: 'remove', path: `members[value eq "${value}"]` });

/** How many answers have each status. */
function countStatuses(answers: readonly { readonly status: number }[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

async function readMembers({ get }: Client, id: string): Promise<readonly string[]> {
  const { body } = await get(`/Groups/${id}`);
  return body.members.map(({ value }: { value: string }) => value).toSorted();
}

test('rfc 140, T28: 1,000 changes at once, of one member each, make a group of 1,000, and then one of none', async () => {
  const client = await openQuickClient();
  const ids = await makeUsers(client, 1000);
  const { id } = await client.make('/Groups', group('Everybody'));
  const changeAll = (toBody: (value: string) => object) =>
    Promise.all(ids.map((value) => client.call(`/Groups/${id}`, { method: 'PATCH', body: toBody(value) })));

  expect(countStatuses(await changeAll(addition))).toEqual({ 204: 1000 });
  expect(await readMembers(client, id)).toEqual(ids.toSorted());

  expect(countStatuses(await changeAll(removal))).toEqual({ 204: 1000 });
  expect(await readMembers(client, id)).toEqual([]);
});

test('rfc 140, T28: 200 over sockets: those who come are there, those who go are not, and a new name stays', async () => {
  const client = await openClient();
  const ids = await makeUsers(client, 200);
  const [leaving, coming] = [ids.slice(0, 100), ids.slice(100)];
  const { id } = await client.make('/Groups', group('Crew', leaving));
  const handler = nodeHandler(client.scim);
  const port = await serve((request, response) => void handler(request, response));
  const change = (body: object) =>
    sendTo(port, {
      method: 'PATCH',
      path: `/scim/v2/Groups/${id}`,
      headers: { authorization: `Bearer ${client.key}`, 'content-type': 'application/scim+json' },
      body: JSON.stringify(body),
    });

  const answers = await Promise.all([
    ...ids.map((value, index) => change(index < 100 ? removal(value) : addition(value))),
    change(patch({ op: 'replace', path: 'displayName', value: 'Team' })),
  ]);

  expect(countStatuses(answers)).toEqual({ 204: 201 });
  expect(await readMembers(client, id)).toEqual(coming.toSorted());
  expect((await client.get(`/Groups/${id}`)).body.displayName).toBe('Team');
  for (const [memberId, groups] of [
    [leaving[0], []],
    [coming[0], [id]],
  ] as const) {
    const { body } = await client.get(`/Users/${memberId}`);
    expect(body.groups.map(({ value }: { value: string }) => value)).toEqual(groups);
  }
});

test('rfc 140, T28: two servers on one database lose none of 100 changes at once', async () => {
  const client = await openClient();
  const { key } = client;
  const another = openScim({ database: `sqlite:${client.file}` }).scim;
  const ids = await makeUsers(client, 100);
  const { id } = await client.make('/Groups', group('Crew'));

  const answers = await Promise.all(
    ids.map((value, index) =>
      send(index % 2 === 0 ? client.scim : another, `/Groups/${id}`, {
        method: 'PATCH',
        key,
        body: addition(value),
      }),
    ),
  );

  expect(countStatuses(answers)).toEqual({ 204: 100 });
  expect(await readMembers(client, id)).toEqual(ids.toSorted());
});

test('rfc 140: of 60 changes at once of one user each is carried out, with a version of its own', async () => {
  const client = await openQuickClient();
  const { id } = await client.make('/Users', user('ann'));
  const emails = Array.from({ length: 60 }, (_, index) => `ann${index}@a.example`);

  const answers = await Promise.all(
    emails.map((value) => client.patch(`/Users/${id}`, { op: 'add', path: 'emails', value: [{ value }] })),
  );

  expect(countStatuses(answers)).toEqual({ 200: 60 });
  const read = (await client.get(`/Users/${id}`)).body;
  expect(read.emails.map(({ value }: { value: string }) => value).toSorted()).toEqual(emails.toSorted());
  expect(new Set(answers.map(({ body }) => body.meta.version)).size).toBe(60);
});
