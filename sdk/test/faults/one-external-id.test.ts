import { expect, test } from 'vitest';
import { countInputs, runs, SEED, seconds } from '../support/counts.ts';
import { isOnPostgres } from '../support/databases.ts';
import { createDice } from '../support/dice.ts';
import { connect, openScim, patch, user } from '../support/scim.ts';
import { startServer } from './server-process.ts';

const CLIENTS_OF_EACH = 6;

const kind = isOnPostgres() ? 'postgres' : 'sqlite';

async function openPair(policy: object) {
  const { scim, database } = openScim();
  const { key, customerId } = await connect(scim);
  (await scim.management.patchScimConnection({ customerId, policy })).getOrThrow();
  const servers = await Promise.all([startServer(database), startServer(database)]);
  return { database, key, servers };
}

test(
  `fault-F12 ${kind}, inv-I7: an externalId asked for by two processes at once makes one user`,
  async () => {
    const { database, key, servers } = await openPair({ idempotentCreate: 'externalId' });
    const dice = createDice(SEED);
    const people = Array.from({ length: runs(20) }, (_, index) => `x-${SEED}-${index}`);

    for (const externalId of people) {
      const ask = () => user(`${externalId}-${dice.pick(['a', 'b', 'c'])}`, { externalId });
      const answers = await Promise.all(
        servers.flatMap(({ send }) =>
          Array.from({ length: CLIENTS_OF_EACH }, () => send('/Users', { key, body: ask() })),
        ),
      );

      const [winner, ...rest] = answers.toSorted((a, b) => b.status - a.status);
      expect(winner?.status, `${externalId}, SCIMKIT_SEED=${SEED}`).toBe(201);
      for (const answer of rest) expect([answer.status, answer.body.id]).toEqual([200, winner?.body.id]);
    }

    const total = people.length * servers.length * CLIENTS_OF_EACH;
    countInputs(`F12 creates of one externalId by two processes, ${kind}: 201`, people.length);
    countInputs(`F12 creates of one externalId by two processes, ${kind}: 200`, total - people.length);
    const [row] = await database.rows(
      'SELECT count(*) AS total, count(DISTINCT external_id) AS people FROM {p}resources',
    );
    expect([Number(row?.total), Number(row?.people)]).toEqual([people.length, people.length]);
    expect(servers.map(({ output }) => output.stderr)).toEqual(['', '']);
  },
  seconds(60),
);

test(
  `fault-F12 ${kind}, P20: a person assigned again by two processes at once is revived once`,
  async () => {
    const { key, servers } = await openPair({});
    const people = Array.from({ length: runs(15) }, (_, index) => `back-${SEED}-${index}`);
    const [first] = servers;
    if (first === undefined) throw new Error('No server was started.');

    for (const userName of people) {
      const body = user(userName, { externalId: userName });
      const { id } = (await first.send('/Users', { key, body })).body;
      const off = patch({ op: 'replace', value: { active: false } });
      await first.send(`/Users/${id}`, { key, method: 'PATCH', body: off });
      const answers = await Promise.all(
        servers.flatMap(({ send }) =>
          Array.from({ length: CLIENTS_OF_EACH }, () => send('/Users', { key, body })),
        ),
      );

      const [winner, ...rest] = answers.toSorted((a, b) => a.status - b.status);
      expect([winner?.status, winner?.body.id, winner?.body.active], `SCIMKIT_SEED=${SEED}`).toEqual([
        201,
        id,
        true,
      ]);
      for (const { status, body: told } of rest) expect([status, told.scimType]).toEqual([409, 'uniqueness']);
    }
    countInputs(`F12 revivals by two processes, ${kind}`, people.length);
    expect(servers.map(({ output }) => output.stderr)).toEqual(['', '']);
  },
  seconds(60),
);

test(
  `fault-F12 ${kind}: users and their groups are written by two processes under one policy, and none is refused`,
  async () => {
    const { key, servers } = await openPair({ idempotentCreate: 'externalId' });
    const [first] = servers;
    if (first === undefined) throw new Error('No server was started.');
    const ids: string[] = [];
    for (let index = 0; index < 4; index += 1) {
      const body = user(`member-${index}`, { externalId: `m-${index}` });
      ids.push((await first.send('/Users', { key, body })).body.id);
    }
    const group = (await first.send('/Groups', { key, body: { displayName: 'all' } })).body.id;
    const dice = createDice(SEED);

    for (let round = 0; round < runs(10); round += 1) {
      const answers = await Promise.all(
        servers.flatMap(({ send }) =>
          ids.flatMap((id, index) => [
            send(`/Groups/${group}`, {
              key,
              method: 'PATCH',
              body: patch({ op: dice.pick(['add', 'remove']), path: 'members', value: [{ value: id }] }),
            }),
            send('/Users', {
              key,
              body: user(`member-${index}`, { externalId: `m-${index}`, title: `t${dice.pick([1, 2, 3])}` }),
            }),
          ]),
        ),
      );
      expect(answers.filter(({ status }) => status >= 400).map(({ text }) => text)).toEqual([]);
    }
  },
  seconds(60),
);
