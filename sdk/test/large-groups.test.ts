import { once } from 'node:events';
import { createServer, get, type RequestListener } from 'node:http';
import { setImmediate, setTimeout } from 'node:timers/promises';
import express from 'express';
import { describe, expect, onTestFinished, test } from 'vitest';
import { expressHandler } from '../src/adapters/express.ts';
import { nodeHandler } from '../src/adapters/node.ts';
import type { Scim } from '../src/index.ts';
import { isOnPostgres } from './support/databases.ts';
import { insertMembers, insertUsers } from './support/many-users.ts';
import { BASE, connect, group, openScim, patch, send } from './support/scim.ts';

/** More than are read at once. */
const MANY = 6_500;

/** A customer with a group of many members, and one user beside them. */
async function openGroup(count = MANY) {
  const { scim, database } = openScim({ limits: { requestTimeoutMs: 120_000 } });
  const { key, connectionId } = await connect(scim);
  const ids = await insertUsers(database, connectionId, count + 1);
  const members = ids.slice(1);
  const call = (path: string, more: object = {}) => send(scim, path, { key, ...more });
  const made = await call('/Groups', { body: group('Everyone', members) });
  expect(made.status).toBe(201);
  const path = `/Groups/${made.body.id}`;
  return { scim, database, key, connectionId, call, made, path, members, ids };
}

async function serve(handler: RequestListener): Promise<string> {
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.closeAllConnections());
  onTestFinished(() => void server.close());
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/scim/v2`;
}

const valuesOf = (body: { members: readonly { value: string }[] }) => body.members.map(({ value }) => value);

describe('an answer in pieces', () => {
  test('is the text it would be in one, with its length and tag, on every adapter', async () => {
    const { scim, key, call, made, path, members } = await openGroup();
    const { body } = made;
    expect(valuesOf(body)).toEqual(members);
    expect(made.text).toBe(JSON.stringify(body));
    const [first] = members;
    expect(body.members[0]).toEqual({ value: first, $ref: `${BASE}/Users/${first}`, type: 'User' });
    expect(Object.keys(body)).toEqual(Object.keys((await call('/Groups', { body: group('Few') })).body));

    const app = express().use('/scim/v2', expressHandler(scim));
    const headers = { authorization: `Bearer ${key}` };
    for (const base of [await serve(nodeHandler(scim)), await serve(app)]) {
      const answer = await fetch(`${base}${path}`, { headers });
      const text = await answer.text();
      expect(text).toBe(made.text);
      expect(answer.headers.get('content-length')).toBe(String(Buffer.byteLength(text)));
      const tag = answer.headers.get('etag') ?? '';
      expect([tag, answer.headers.get('content-type')]).toEqual([body.meta.version, 'application/scim+json']);
      const known = await fetch(`${base}${path}`, { headers: { ...headers, 'if-none-match': tag } });
      expect([known.status, await known.text()]).toEqual([304, '']);
      const list = await fetch(`${base}/Groups`, { headers });
      expect(list.headers.get('content-length')).toBeNull();
      const { Resources, ...envelope } = (await list.json()) as { Resources: { displayName: string }[] };
      expect(envelope).toMatchObject({ totalResults: 2, startIndex: 1, itemsPerPage: 2 });
      expect(Resources[0]).toEqual(body);
      expect(Resources[1]).toMatchObject({ displayName: 'Few', members: [] });
    }
  });

  test('shows of the members what was asked for', async () => {
    const { call, path, members } = await openGroup();
    const shown = async (query: string) => (await call(`${path}?${query}`)).body;
    const values = members.map((value) => ({ value }));
    expect((await shown('attributes=members.value')).members).toEqual(values);
    expect((await shown('excludedAttributes=members.type,members.$ref')).members).toEqual(values);
    expect(await shown('attributes=members.display')).not.toHaveProperty('members');
    expect(await shown('attributes=displayName')).not.toHaveProperty('members');
    expect(await shown('excludedAttributes=members')).not.toHaveProperty('members');
    const { Resources } = (await call('/Groups?attributes=members.value')).body;
    expect(Resources[0].members).toEqual(values);
  });

  test.skipIf(isOnPostgres())(
    'P-9: a client that stops reading stops the making of what it does not read',
    async () => {
      const { scim, database, key, connectionId, call, members } = await openGroup(5_200);
      for (let at = 0; at < 15; at += 1) {
        const { body } = await call('/Groups', { body: group(`Copy ${at}`) });
        await insertMembers(database, { connectionId, groupId: body.id, from: 1 });
      }
      const reader = countPieces(scim);
      const base = await serve(nodeHandler(reader.scim));
      const request = get(`${base}/Groups`, { headers: { authorization: `Bearer ${key}` } });
      const [response] = await once(request, 'response');
      response.pause();
      let made = -1;
      // What the system takes on the way is taken; then it stands still.
      while (reader.pieces() !== made) {
        made = reader.pieces();
        await setTimeout(700);
      }
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += chunk;
      expect(JSON.parse(text).Resources.map(valuesOf)).toEqual(Array(16).fill(members));
      expect(reader.pieces()).toBeGreaterThan(made + 16);
    },
  );
});

/** scimkit, and how many pieces of its answers were asked for. */
function countPieces(scim: Scim) {
  let count = 0;
  async function* counted(pieces: AsyncIterable<Uint8Array>) {
    for await (const piece of pieces) {
      count += 1;
      yield piece;
    }
  }
  const handle: Scim['handle'] = async (request) => {
    const answer = await scim.handle(request);
    const { body } = answer;
    if (body === null || typeof body === 'string') return answer;
    return { ...answer, body: { ...body, pieces: counted(body.pieces) } };
  };
  return { scim: { ...scim, handle }, pieces: () => count };
}

test('inv-I10: a large group that is read while it is written shows one state, and the version of it', async () => {
  const { call, path, members, ids } = await openGroup();
  const [low = ''] = ids;
  const high = members.at(-1) ?? '';
  const move = (away: string, to: string) =>
    patch(
      { op: 'remove', path: `members[value eq "${away}"]` },
      { op: 'add', path: 'members', value: [{ value: to }] },
    );
  let isReading = true;
  let moves = 0;
  const writing = (async () => {
    for (let isLow = false; isReading; isLow = !isLow) {
      const body = isLow ? move(low, high) : move(high, low);
      expect((await call(path, { method: 'PATCH', body })).status).toBe(204);
      moves += 1;
      await setTimeout(5);
    }
  })();
  for (let reads = 0; reads < 8; reads += 1) {
    const { body, headers } = await call(path);
    const values = new Set(valuesOf(body));
    expect([values.size, values.has(low) !== values.has(high)]).toEqual([MANY, true]);
    expect(headers.get('etag')).toBe(body.meta.version);
  }
  isReading = false;
  await writing;
  expect(moves).toBeGreaterThan(2);
});

test('P-9: while a large group is written, read and deleted, others have their turn', async () => {
  const { call, path, members } = await openGroup(20_000);
  const count = async (work: Promise<unknown>) => {
    let isDone = false;
    let turns = 0;
    const counting = (async () => {
      for (; !isDone; turns += 1) await setImmediate();
    })();
    await work.finally(() => {
      isDone = true;
    });
    await counting;
    return turns;
  };
  const renamed = group('Renamed', members.slice(1));
  expect(await count(call(path, { method: 'PUT', body: renamed }))).toBeGreaterThan(50);
  expect(await count(call(path))).toBeGreaterThan(15);
  expect(await count(call(path, { method: 'DELETE' }))).toBeGreaterThan(15);
  expect((await call(path)).status).toBe(404);
});
