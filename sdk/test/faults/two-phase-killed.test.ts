import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { countInputs, runs, SEED, seconds } from '../support/counts.ts';
import { isOnPostgres } from '../support/databases.ts';
import { createDice } from '../support/dice.ts';
import { connect, group, openScim, send } from '../support/scim.ts';
import { createAppProcesses } from './two-phase/app-process.ts';
import { type Deeds, type Told, work } from './two-phase/idp.ts';

const KIND = isOnPostgres() ? 'PostgreSQL' : 'SQLite';
const WORKERS = 6;

describe(`row F1 ${KIND}: the app is killed between the question and the commit`, () => {
  test(
    'row F1, inv-I1, inv-I2: the identity provider asks again, and nothing is lost and nothing there twice',
    async () => {
      const { scim, database } = openScim();
      await scim.migrate();
      const { key, connectionId } = await connect(scim);
      await scim.management.patchScimConnection({ scimConnectionId: connectionId, guard: 'off' });
      const { body: crew } = await send(scim, '/Groups', { key, body: group('Crew') });
      const processes = createAppProcesses();
      const { accounts } = processes;
      const command = { database: database.option, prefix: database.prefix, accounts };
      const alive = createPort();
      let isOver = false;
      let acknowledged = 0;

      let app = processes.start();
      alive.open(await app.open(command));
      const working = Array.from({ length: WORKERS }, (_, index) =>
        work(`worker-${index}`, {
          key,
          groupId: crew.id,
          dice: createDice(SEED + index),
          port: alive.port,
          isOver: () => isOver,
          onAcknowledged: () => {
            acknowledged += 1;
          },
        }),
      );
      const dice = createDice(SEED);
      let interrupted = 0;
      for (let round = 0; round < runs(25); round += 1) {
        const next = processes.start();
        const enough = acknowledged + 1 + dice.int(2 * WORKERS);
        while (acknowledged < enough) await sleep(2);
        await sleep(dice.int(20));
        alive.close();
        await app.kill();
        interrupted += countUnderWay(accounts);
        app = next;
        alive.open(await app.open(command));
      }
      isOver = true;
      const told = await Promise.all(working);

      countInputs(`F1 two phases ${KIND}: kills`, runs(25));
      countInputs(`F1 two phases ${KIND}: decisions under way at a kill`, interrupted);
      const repeated = told.reduce((sum, one) => sum + one.repeated, 0);
      countInputs(`F1 two phases ${KIND}: requests sent again`, repeated);
      const deeds = addUp(told);
      countInputs(`F1 two phases ${KIND}: changes acknowledged`, acknowledged);
      expect({ seed: SEED, problems: told.flatMap(({ problems }) => problems) }).toEqual({
        seed: SEED,
        problems: [],
      });
      expect(interrupted).toBeGreaterThan(0);
      expect(await readStored(database, crew.id)).toEqual(expectedPeople(told));
      expect(readAccounts(accounts)).toEqual(expectedPeople(told));
      const events = await countEvents(database);
      expect(events).toEqual({
        'group.created': 1,
        'group.members_changed': deeds.joined + deeds.left,
        'user.created': deeds.created,
        'user.deactivated': deeds.deactivated,
        'user.deleted': deeds.deleted,
        'user.reactivated': deeds.reactivated,
        'user.updated': deeds.renamed,
      });
    },
    seconds(240),
  );
});

/** Where the app that is alive listens; asking waits while none is. */
function createPort() {
  let next = Promise.withResolvers<number>();
  return {
    port: () => next.promise,
    open: (port: number) => next.resolve(port),
    close() {
      next = Promise.withResolvers();
    },
  };
}

type Database = ReturnType<typeof openScim>['database'];

/** A person as the directory, the app and the identity provider have to agree on. */
interface Known {
  readonly id: string;
  readonly userName: string;
  readonly active: boolean;
  readonly isInGroup: boolean;
}

function expectedPeople(told: readonly Told[]): readonly Omit<Known, 'id'>[] {
  return sort(told.flatMap(({ people }) => people));
}

function sort(people: readonly Known[] | readonly Omit<Known, 'id'>[]): readonly Omit<Known, 'id'>[] {
  return people
    .map(({ userName, active, isInGroup }) => ({ userName, active, isInGroup }))
    .toSorted((a, b) => a.userName.localeCompare(b.userName));
}

async function readStored(database: Database, groupId: string) {
  const rows = await database.rows(
    "SELECT id, user_id, attributes FROM {p}resources WHERE resource_type = 'User'",
  );
  const members = await database.rows('SELECT member_id FROM {p}members WHERE group_id = ?', [groupId]);
  const inGroup = new Set(members.map(({ member_id: id }) => id));
  expect(rows.filter(({ user_id: userId }) => userId === null)).toEqual([]);
  return sort(
    rows.map(({ id, attributes }) => {
      const { userName, active } = typeof attributes === 'string' ? JSON.parse(attributes) : attributes;
      return { id: String(id), userName, active, isInGroup: inGroup.has(id) };
    }),
  );
}

function readAccounts(file: string) {
  const database = new DatabaseSync(file, { readOnly: true });
  const rows = database.prepare('SELECT * FROM accounts').all();
  database.close();
  expect(rows.filter(({ under_way: underWay }) => underWay === 1)).toEqual([]);
  return sort(
    rows.map(({ id, name, active, group_ids: groupIds }) => ({
      id: String(id),
      userName: String(name),
      active: active === 1,
      isInGroup: groupIds !== '[]',
    })),
  );
}

function countUnderWay(file: string): number {
  const database = new DatabaseSync(file);
  const row = database.prepare('SELECT count(*) AS total FROM accounts WHERE under_way = 1').get();
  database.close();
  return Number(row?.total);
}

async function countEvents(database: Database): Promise<Record<string, number>> {
  const rows = await database.rows('SELECT type, count(*) AS total FROM {p}events GROUP BY type');
  return Object.fromEntries(rows.map(({ type, total }) => [String(type), Number(total)]));
}

function addUp(told: readonly Told[]): Deeds {
  const [first, ...others] = told.map(({ deeds }) => ({ ...deeds }));
  if (first === undefined) throw new Error('Nobody worked.');
  for (const deeds of others)
    for (const [name, count] of Object.entries(deeds)) first[name as keyof Deeds] += count;
  return first;
}
