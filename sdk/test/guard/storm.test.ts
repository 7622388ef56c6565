import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Scim } from '../../src/index.ts';
import { startServer } from '../faults/server-process.ts';
import { countInputs, runs, SEED, seconds } from '../support/counts.ts';
import { isOnPostgres } from '../support/databases.ts';
import { createDice } from '../support/dice.ts';
import { insertUsers } from '../support/many-users.ts';
import { connect, group, openScim, patch, send, user } from '../support/scim.ts';
import { createPeople, createPeopleHooks, peopleTable } from './app-people.ts';
import { OFF } from './guarded-app.ts';

const kind = isOnPostgres() ? 'postgres' : 'sqlite';
const PEOPLE = 500;
const AT_ONCE = 16;

/** In the directory whose release is killed so often. */
const PEOPLE_KILLED = 100;
const KILLS = 4;

/** Does a piece of work for each item, so many at once. */
async function each<T>(items: readonly T[], work: (item: T, index: number) => Promise<void>): Promise<void> {
  const queue = items.entries();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const [index, item] of queue) await work(item, index);
    }),
  );
}

test(
  `case-S28 ${kind}, inv-I16: an identity provider empties a directory of 500 through two processes at once`,
  async () => {
    const { scim, database } = openScim();
    const { key, connectionId, customerId } = await connect(scim);
    const servers = await Promise.all([startServer(database), startServer(database)]);
    const ask = (index: number, path: string, more: object) => {
      const server = servers[index % servers.length];
      if (server === undefined) throw new Error('No server was started.');
      return server.send(path, { key, ...more });
    };
    const ids = await insertUsers(database, connectionId, PEOPLE, { active: true });
    const everyone = await ask(0, '/Groups', { body: group('Everyone', ids) });
    expect(everyone.status).toBe(201);

    const started = performance.now();
    const cut = ask(0, `/Groups/${everyone.body.id}`, {
      method: 'PATCH',
      body: patch({ op: 'remove', path: 'members' }),
    });
    await each(ids, async (id, index) => {
      const isDeleted = index % 5 === 0;
      const answer = isDeleted
        ? await ask(index, `/Users/${id}`, { method: 'DELETE' })
        : await ask(index, `/Users/${id}`, { method: 'PATCH', body: patch(OFF) });
      expect(answer.status).toBe(isDeleted ? 204 : 200);
    });
    expect((await cut).status).toBe(204);
    countInputs(`S28 ${kind}: people who left at once`, PEOPLE);
    console.log(`S28 ${kind}: ${PEOPLE} left in ${Math.round(performance.now() - started)} ms`);

    const active = await ask(1, '/Users?filter=active%20eq%20true', {});
    expect(active.body.totalResults).toBe(0);
    const rows = await database.rows(
      'SELECT type, count(*) AS total FROM {p}events WHERE connection_id = ? GROUP BY type',
      [connectionId],
    );
    const count = (type: string) => Number(rows.find((row) => row.type === type)?.total ?? 0);
    expect(count('user.deactivated') + count('user.deleted')).toBe(PEOPLE / 5);
    expect(count('scim.mass_deprovision.held')).toBe(1);
    const { management } = scim;
    const held = (await management.getHeldChanges({ customerId, pageSize: 5 })).getOrThrow();
    expect(held.waiting).toBe(PEOPLE - PEOPLE / 5 + 1);

    const some = held.changes.slice(0, 3).map(({ id }) => id);
    const released = await management.releaseHeldChanges({ customerId, ids: some });
    expect(released.getOrThrow()).toMatchObject({ released: 3, failed: [] });
    expect((await management.rejectHeldChanges({ customerId, all: true })).getOrThrow()).toEqual({
      rejected: PEOPLE - PEOPLE / 5 - 2,
      waiting: 0,
    });
    expect(servers.map(({ output }) => output.stderr)).toEqual(['', '']);
  },
  seconds(90),
);

describe('fault: the process that releases is killed', () => {
  test(
    `P23 ${kind}: what it had told is told, the rest is told by whoever goes on, and nothing twice`,
    async () => {
      const database = openScim().database;
      await createPeople(database);
      const { scim } = openScim({ on: database, hooks: createPeopleHooks(database.prefix) });
      const dice = createDice(SEED);
      for (let round = 0; round < runs(1); round++) {
        await storm(scim, `acme-${round}`);
        for (let kill = 0; kill < KILLS; kill++) {
          await releaseAndKill([database.option, database.prefix, `acme-${round}`], 1 + dice.int(12));
        }
        countInputs(`P23 releases killed, ${kind}`, KILLS);
        const [left] = await database.rows(
          "SELECT count(*) AS total FROM {p}held_changes WHERE state = 'releasing'",
        );
        expect(Number(left?.total), `SCIMKIT_SEED=${SEED}`).toBeGreaterThan(0);
        const resumed = (await scim.management.resumeReleases()).getOrThrow();
        expect(resumed).toEqual({ released: Number(left?.total), failed: [] });
        expect(await scim.management.resumeReleases()).toMatchObject({ data: { released: 0 } });

        const people = await database.rows(
          `SELECT id FROM ${peopleTable(database.prefix)} WHERE active = 0 AND changes = 1 ORDER BY id`,
        );
        expect(people).toHaveLength(PEOPLE_KILLED * (round + 1));
        const events = await database.rows(
          "SELECT resource_id AS id FROM {p}events WHERE type = 'user.deactivated' ORDER BY resource_id",
        );
        expect(events).toEqual(people);
        expect(await database.rows('SELECT resource_id FROM {p}held_changes')).toEqual([]);
      }
    },
    seconds(90),
  );
});

/** Makes a directory and empties it, so that four fifths of it are held. */
async function storm(scim: Scim, customer: string): Promise<void> {
  const { key, customerId } = await connect(scim, customer);
  const ids: string[] = [];
  await each(Array.from({ length: PEOPLE_KILLED }), async (_, index) => {
    ids.push((await send(scim, '/Users', { key, body: user(`p${index}`) })).body.id);
  });
  await each(ids, async (id) => {
    await send(scim, `/Users/${id}`, { key, method: 'PATCH', body: patch(OFF) });
  });
  const held = (await scim.management.getHeldChanges({ customerId })).getOrThrow();
  expect(held.waiting).toBe((PEOPLE_KILLED * 4) / 5);
}

/** Kills the process once it has said so often that it told the app of a change. */
async function releaseAndKill(args: readonly string[], lines: number): Promise<void> {
  const script = fileURLToPath(new URL('release-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = once(child, 'exit');
  let seen = 0;
  for await (const _line of createInterface({ input: child.stdout })) {
    seen += 1;
    if (seen >= lines) child.kill('SIGKILL');
  }
  await gone;
}
