import { existsSync, readdirSync } from 'node:fs';
import { connect as openSocket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { countInputs, runs, SEED, seconds } from '../support/counts.ts';
import { isOnPostgres, type TestDatabase } from '../support/databases.ts';
import { createDice, type Dice } from '../support/dice.ts';
import { connect, group, openScim, patch, user } from '../support/scim.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { findTornWrites } from './torn-writes.ts';

const kind = isOnPostgres() ? 'postgres' : 'sqlite';
const HOST = '127.0.0.1';
const AT_ONCE = 16;
/** Longer than an answer takes, so that some drops come before it, some within it and some after. */
const LATEST_DROP_MS = 60;

/** A write as it goes over the wire. */
interface Wire {
  readonly bytes: Buffer;
  /** The name it would give away; undefined = it gives none. */
  readonly name: string | undefined;
}

/** Sends the first bytes of a request and goes away, politely or not. Answers how many there were. */
async function drop(port: number, { bytes }: Wire, dice: Dice): Promise<number> {
  const cut = dice.oneIn(2) ? bytes.length : dice.int(bytes.length);
  const socket = openSocket({ port, host: HOST });
  // The server may have hung up first.
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await new Promise<void>((resolve) => socket.write(bytes.subarray(0, cut), () => resolve()));
  await sleep(dice.int(LATEST_DROP_MS));
  if (dice.oneIn(2)) socket.resetAndDestroy();
  else socket.destroy();
  await closed;
  return cut;
}

/** What arrived whole may still be under way. */
async function untilQuiet({ rows }: Pick<TestDatabase, 'rows'>): Promise<void> {
  const count = async () => Number((await rows('SELECT count(*) AS total FROM {p}events'))[0]?.total);
  for (let before = -1, now = await count(); now !== before; now = await count()) {
    before = now;
    await sleep(500);
  }
}

/** How many files and sockets the server has open; 0 where the system does not tell. */
function countOpen({ child }: ServerProcess): number {
  const folder = `/proc/${child.pid}/fd`;
  return existsSync(folder) ? readdirSync(folder).length : 0;
}

test(
  `fault-F7 ${kind}, inv-I9: a request whose client goes away at any byte is applied wholly or not at all`,
  async () => {
    const { scim, database } = openScim();
    const { key } = await connect(scim, 'acme', { guard: 'off' });
    const server = await startServer(database);
    const make = async (path: string, body: object): Promise<string> =>
      (await server.send(path, { key, body })).body.id;
    const makePeople = (name: string, count: number) =>
      Promise.all(Array.from({ length: count }, (_, index) => make('/Users', user(`${name}-${index}`))));
    const people = await makePeople('person', 20);
    const leavers = await makePeople('leaver', 40);
    const crew = await make('/Groups', group('crew', [...people, ...leavers]));
    const openBefore = countOpen(server);
    const dice = createDice(SEED);

    const toWire = (method: string, path: string, body?: object, name?: string): Wire => {
      const text = body === undefined ? '' : JSON.stringify(body);
      const head = [
        `${method} /scim/v2${path} HTTP/1.1`,
        `Host: ${HOST}`,
        `Authorization: Bearer ${key}`,
        'Content-Type: application/scim+json',
        `Content-Length: ${Buffer.byteLength(text)}`,
      ];
      return { bytes: Buffer.from(`${head.join('\r\n')}\r\n\r\n${text}`), name };
    };
    const emails = Array.from({ length: 30 }, (_, index) => ({
      value: `${index}@${'x'.repeat(80)}.example`,
    }));
    const writes: readonly ((index: number) => Wire)[] = [
      (index) => toWire('POST', '/Users', user(`new-${index}`, { emails }), `new-${index}`),
      (index) => toWire('POST', '/Groups', group(`new-${index}`, people), `new-${index}`),
      (index) =>
        toWire('PUT', `/Users/${dice.pick(people)}`, user(`put-${index}`, { emails }), `put-${index}`),
      (index) =>
        toWire(
          'PATCH',
          `/Users/${dice.pick(people)}`,
          patch({ op: 'replace', value: { active: dice.oneIn(2), title: `title ${index}` } }),
        ),
      () =>
        toWire(
          'PATCH',
          `/Groups/${crew}`,
          patch({
            op: dice.pick(['add', 'remove']),
            path: 'members',
            value: dice.picks(people, 5).map((value) => ({ value })),
          }),
        ),
      () => toWire('DELETE', `/Users/${dice.pick(leavers)}`),
    ];

    const total = runs(500);
    const unfinished: string[] = [];
    let next = 0;
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        while (next < total) {
          next += 1;
          const wire = dice.pick(writes)(next);
          const sent = await drop(server.port, wire, dice);
          if (sent < wire.bytes.length && wire.name !== undefined) unfinished.push(wire.name);
          countInputs(
            `F7 requests dropped, ${kind}: ${sent < wire.bytes.length ? 'before' : 'after'} their end`,
          );
        }
      }),
    );

    await untilQuiet(database);
    // No socket of a client that went away is kept.
    await expect.poll(() => countOpen(server), { timeout: 10_000 }).toBeLessThan(openBefore + AT_ONCE);
    const names = await database.rows('SELECT name_key, display_key FROM {p}resources');
    const given = new Set(names.flatMap((row) => [row.name_key, row.display_key]));
    expect(unfinished.filter((name) => given.has(name))).toEqual([]);
    expect(await findTornWrites(database), `SCIMKIT_SEED=${SEED}`).toEqual([]);
    expect((await server.send('/Users', { key })).status).toBe(200);
    expect(server.output.stderr).toBe('');
  },
  seconds(60),
);
