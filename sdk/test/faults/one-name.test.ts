import { expect, test } from 'vitest';
import { countInputs, runs, SEED, seconds } from '../support/counts.ts';
import { isOnPostgres } from '../support/databases.ts';
import { createDice } from '../support/dice.ts';
import { type Answer, connect, openScim, user } from '../support/scim.ts';
import { startServer } from './server-process.ts';

const CLIENTS_OF_EACH = 8;

/** Ways to write one name. All have one key: composed, small letters, one small sigma. */
const SPELLINGS: readonly ((name: string) => string)[] = [
  (name) => name,
  (name) => name.normalize('NFD'),
  (name) => name.toUpperCase(),
  (name) => name.normalize('NFD').toUpperCase(),
  (name) => name.replaceAll('k', '\u212a'),
  (name) => name.replaceAll('å', '\u212b'),
  (name) => name.replaceAll('σ', 'ς'),
  (name) => name.replaceAll('a', 'A'),
];

const kind = isOnPostgres() ? 'postgres' : 'sqlite';

test(
  `fault-F12 ${kind}, inv-I7: a name asked for by two processes at once, however it is written, is given once`,
  async () => {
    const { scim, database } = openScim();
    const { key } = await connect(scim, 'acme', { guard: 'off' });
    const servers = await Promise.all([startServer(database), startServer(database)]);
    const dice = createDice(SEED);
    const names = Array.from({ length: runs(125) }, (_, index) => `kåre.élan.σίσυφος-${SEED}-${index}`);

    for (const [index, name] of names.entries()) {
      // The same externalId stands in every request, and in those of the name before: nobody is refused for it.
      const externalId = `external-${Math.floor(index / 2)}`;
      const ask = () => user(dice.pick(SPELLINGS)(name), { externalId });
      const answers = await Promise.all(
        servers.flatMap(({ send }) =>
          Array.from({ length: CLIENTS_OF_EACH }, () => send('/Users', { key, body: ask() })),
        ),
      );

      const [winner, ...rest] = answers.toSorted((a, b) => a.status - b.status);
      expect(winner?.status, `${name}, SCIMKIT_SEED=${SEED}`).toBe(201);
      for (const answer of rest) expectTaken(answer);
    }

    const total = names.length * servers.length * CLIENTS_OF_EACH;
    countInputs(`F12 creates of one name by two processes, ${kind}: 201`, names.length);
    countInputs(`F12 creates of one name by two processes, ${kind}: 409`, total - names.length);
    const [row] = await database.rows(
      'SELECT count(*) AS total, count(DISTINCT name_key) AS names FROM {p}resources',
    );
    expect([Number(row?.total), Number(row?.names)]).toEqual([names.length, names.length]);
    const [events] = await database.rows('SELECT count(*) AS total FROM {p}events');
    expect(Number(events?.total)).toBe(names.length);
    expect(servers.map(({ output }) => output.stderr)).toEqual(['', '']);
  },
  seconds(60),
);

function expectTaken({ status, body }: Answer): void {
  expect([status, body.scimType]).toEqual([409, 'uniqueness']);
}
