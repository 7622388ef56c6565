import { once } from 'node:events';
import { type AddressInfo, createServer, connect as openSocket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { expect, inject, onTestFinished, test } from 'vitest';
import { startServer } from '../faults/server-process.ts';
import { findTornWrites } from '../faults/torn-writes.ts';
import { countInputs, runs, SEED, seconds } from '../support/counts.ts';
import { createDice } from '../support/dice.ts';
import { type Answer, connect, group, openScim, patch, user } from '../support/scim.ts';

const CLIENTS = 8;
/** Ten in a second. */
const PAUSE_MS = 100;
const NAME = 'backends-to-be-terminated';

/** A user of one client's, as the server acknowledged it last. */
interface Acknowledged {
  readonly id: string;
  readonly version: number;
}

const toVersion = ({ body }: Answer): number => Number(/\d+/.exec(body.meta.version)?.[0]);

test(
  'fault-F5, inv-I1, inv-I4, inv-I9: backends terminated under load: 2xx or 503, nothing acknowledged is lost',
  async () => {
    const { scim, database } = openScim();
    const { key } = await connect(scim, 'acme', { guard: 'off' });
    const server = await startServer(database, { environment: { PGAPPNAME: NAME } });
    const { body: crew } = await server.send('/Groups', { key, body: group('crew') });
    const dice = createDice(SEED);
    const pool = new pg.Pool({ connectionString: inject('postgresUrl'), max: 1 });
    onTestFinished(() => pool.end());

    const wanted = runs(100);
    let ended = 0;
    const ending = (async () => {
      while (ended < wanted) {
        const { rows } = await pool.query('SELECT pid FROM pg_stat_activity WHERE application_name = $1', [
          NAME,
        ]);
        if (rows.length > 0) {
          await pool.query('SELECT pg_terminate_backend($1)', [dice.pick(rows).pid]);
          ended += 1;
        }
        await sleep(PAUSE_MS);
      }
    })();

    const tally = { acknowledged: 0, unavailable: 0 };
    const expectServed = (answer: Answer): boolean => {
      if (answer.status !== 503) {
        tally.acknowledged += 1;
        return true;
      }
      tally.unavailable += 1;
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
      return false;
    };
    const clients = Array.from({ length: CLIENTS }, async (_, client) => {
      const own: Acknowledged[] = [];
      const members = new Set<string>();
      for (let index = 0; ended < wanted; index += 1) {
        const made = await server.send('/Users', { key, body: user(`person-${client}-${index}`) });
        if (!expectServed(made)) continue;
        expect(made.status).toBe(201);
        const { id } = made.body;
        const value = { active: dice.oneIn(2), title: `title ${index}` };
        const changed = await server.send(`/Users/${id}`, {
          key,
          method: 'PATCH',
          body: patch({ op: 'replace', value }),
        });
        const isChanged = expectServed(changed);
        own.push({ id, version: isChanged ? toVersion(changed) : 1 });
        const joined = await server.send(`/Groups/${crew.id}`, {
          key,
          method: 'PATCH',
          body: patch({ op: 'add', path: 'members', value: [{ value: id }] }),
        });
        if (expectServed(joined)) members.add(id);
      }
      return { own, members };
    });
    const [results] = await Promise.all([Promise.all(clients), ending]);

    countInputs('F5 backends terminated under load', ended);
    countInputs('F5 requests meanwhile: 2xx', tally.acknowledged);
    countInputs('F5 requests meanwhile: 503', tally.unavailable);
    const rows = await database.rows('SELECT id, version FROM {p}resources');
    const stored = new Map(rows.map(({ id, version }) => [id, Number(version)]));
    const joined = await database.rows('SELECT member_id FROM {p}members');
    const inCrew = new Set(joined.map(({ member_id: id }) => id));
    const people = results.flatMap(({ own }) => own);
    expect(people.filter(({ id, version }) => (stored.get(id) ?? 0) < version)).toEqual([]);
    expect(results.flatMap(({ members }) => [...members]).filter((id) => !inCrew.has(id))).toEqual([]);
    expect(people.length).toBeGreaterThan(wanted / 2);
    expect(await findTornWrites(database), `SCIMKIT_SEED=${SEED}`).toEqual([]);
    expect(server.output.stderr).not.toMatch(/unexpected/i);
    expect((await server.send('/Users', { key })).status).toBe(200);
  },
  seconds(90),
);

/** ReadyForQuery, and what a backend says that is terminated, https://www.postgresql.org/docs/current/protocol-message-formats.html. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);
const FIELDS = 'SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0';
const TERMINATED = Buffer.concat([
  Buffer.from([0x45, 0, 0, 0, 4 + FIELDS.length]),
  Buffer.from(FIELDS, 'latin1'),
]);

/** Reaches PostgreSQL; the first connections end with the very bytes that say they are ready. */
async function startAbrupt(url: string, count: number): Promise<string> {
  const { hostname, port } = new URL(url);
  let left = count;
  const proxy = createServer((socket) => {
    const target = openSocket(Number(port), hostname);
    target.on('data', (chunk) => {
      const isEnded = chunk.includes(READY) && left > 0;
      if (isEnded) left -= 1;
      socket.write(isEnded ? Buffer.concat([chunk, TERMINATED]) : chunk);
      if (isEnded) socket.end();
    });
    socket.on('data', (chunk) => target.write(chunk));
    for (const side of [socket, target]) side.on('error', () => {});
    socket.on('close', () => target.destroy());
    target.on('close', () => socket.end());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => void proxy.close());
  const through = new URL(url);
  through.hostname = '127.0.0.1';
  through.port = String((proxy.address() as AddressInfo).port);
  return through.href;
}

test('fault-F5 a connection that is terminated as it becomes ready does not end the process', async () => {
  const { scim, database } = openScim();
  const { key } = await connect(scim, 'acme', { guard: 'off' });
  const option = await startAbrupt(database.option, 5);
  const server = await startServer({ option, prefix: database.prefix }, { isLazy: true });

  const answers: Answer[] = [];
  for (let index = 0; index < 10; index += 1) answers.push(await server.send('/Users', { key }));

  expect(answers.map(({ status }) => status).filter((status) => status !== 503)).toContain(200);
  expect(answers.at(-1)?.status).toBe(200);
  expect(server.output.stderr).not.toMatch(/unexpected/i);
});
