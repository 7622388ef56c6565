import { connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { expectStatus } from '../../bench/driver/expect.ts';
import { createGroup } from '../../bench/driver/fixtures.ts';
import type { Target } from '../../bench/driver/target.ts';
import { makeGroup } from '../../bench/driver/workload.ts';
import { countInputs } from '../support/counts.ts';
import { openFilling } from './fill.ts';
import { createRecorder, isLong, report } from './load.ts';
import { pace } from './pace.ts';
import { type Load, startLoad } from './start-server.ts';

const SLOW = isLong ? 500 : 60;
const HALF_OPEN = isLong ? 1_000 : 120;
const SECONDS = isLong ? 45 : 6;

/** A socket to a server, that does nothing by itself. */
interface Client {
  readonly socket: Socket;
  /** What the server has said. */
  said: string;
  isClosed: boolean;
}

function openClient({ ports }: Load): Promise<Client> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: ports[0] ?? 0 });
    const client: Client = { socket, said: '', isClosed: false };
    socket.on('data', (chunk) => {
      client.said += chunk.toString('latin1');
    });
    socket.on('close', () => {
      client.isClosed = true;
    });
    socket.once('connect', () => resolve(client));
    socket.on('error', reject);
    onTestFinished(() => void socket.destroy());
  });
}

/** Writes a byte a second until somebody hangs up. */
async function trickle({ socket }: Client, text: string): Promise<void> {
  for (const byte of text) {
    await setTimeout(1_000, undefined, { ref: false });
    if (socket.destroyed || !socket.writable) return;
    socket.write(byte);
  }
}

const HEAD = (token: string) =>
  `POST /scim/v2/Users HTTP/1.1\r\nhost: app.example\r\nauthorization: Bearer ${token}\r\ncontent-type: application/scim+json\r\n`;

describe('slow clients', () => {
  test(`load-L8: ${SLOW} sockets at a byte a second and ${HALF_OPEN} that say nothing: the others are served`, {
    timeout: 300_000,
  }, async () => {
    const load = await startLoad();
    const slow = await load.connect('slow');
    const others: Target[] = [];
    for (let index = 0; index < 5; index += 1) others.push(await load.connect(`customer-${index}`));

    const clients = await Promise.all(Array.from({ length: SLOW + HALF_OPEN }, () => openClient(load)));
    const [inHead, inBody] = [clients.slice(0, SLOW / 2), clients.slice(SLOW / 2, SLOW)];
    for (const client of inHead) void trickle(client, HEAD(slow.token));
    for (const client of inBody) {
      client.socket.write(`${HEAD(slow.token)}content-length: 400\r\n\r\n`);
      void trickle(client, ' '.repeat(400));
    }

    const recorder = createRecorder();
    await pace({ perSecond: 50, seconds: SECONDS }, (index) =>
      recorder.time(
        () => (others[index % others.length] ?? slow).listUsers(1, 10),
        (answer) => expectStatus(answer, 200),
      ),
    );

    countInputs('load-L8 slow sockets', SLOW);
    countInputs('load-L8 half-open sockets', HALF_OPEN);
    report(`load-L8 ${load.store} the others`, recorder.summary(), { rssMb: load.readPeakRssMb() });
    // Of a body that never comes, all but those of one connection's places are told so within 2 s.
    const refused = inBody.filter(({ said }) => said.startsWith('HTTP/1.1 429'));
    expect(refused.length).toBeGreaterThanOrEqual(inBody.length - 16);
    // A server that is asked for nothing keeps nobody: 10 s for the head of a request, 30 s for all of it.
    if (isLong) expect(clients.filter(({ isClosed }) => !isClosed)).toHaveLength(0);
  });

  test('load-L8: who says nothing, or not all of a head, is hung up on after 10 s', {
    timeout: 60_000,
  }, async () => {
    const load = await startLoad();
    const [silent, halfway] = [await openClient(load), await openClient(load)];
    halfway.socket.write('GET /scim/v2/Users HTTP/1.1\r\nhost: app.exa');
    const begin = performance.now();

    await expect.poll(() => silent.isClosed && halfway.isClosed, { timeout: 30_000 }).toBe(true);

    expect(performance.now() - begin).toBeGreaterThan(9_000);
    expect(halfway.said).toMatch(/^HTTP\/1\.1 408 /);
  });
});

describe('slow readers', () => {
  test('keep the place of their connection until they have taken their answer, or have gone', {
    timeout: 120_000,
  }, async () => {
    const load = await startLoad({ limits: { rateLimit: { concurrent: 1 } } });
    const [slow, other] = [await load.connect('slow'), await load.connect('other')];
    const filling = await openFilling(load);
    // More than fits into the buffers of both ends of a connection.
    await filling.users(slow, { prefix: 'slow', count: 60_000 });
    const groupId = await makeGroup(slow, createGroup('slow', 0));
    await filling.members(slow.connectionId, { groupId, count: 60_000 });
    const reader = await openClient(load);
    reader.socket.pause();
    reader.socket.write(
      `GET /scim/v2/Groups/${groupId} HTTP/1.1\r\nhost: app.example\r\nauthorization: Bearer ${slow.token}\r\n\r\n`,
    );
    await expect.poll(async () => (await slow.listUsers(1, 1)).status, { timeout: 30_000 }).toBe(429);
    // It stays so for as long as nothing is read.
    await setTimeout(500);
    expect((await slow.listUsers(1, 1)).status).toBe(429);
    expect((await other.listUsers(1, 1)).status).toBe(200);

    reader.socket.resume();
    await expect
      .poll(() => reader.said.endsWith(']}') || reader.said.endsWith('}'), { timeout: 30_000 })
      .toBe(true);
    await expect.poll(async () => (await slow.listUsers(1, 1)).status, { timeout: 10_000 }).toBe(200);

    reader.socket.pause();
    reader.socket.write(
      `GET /scim/v2/Groups/${groupId} HTTP/1.1\r\nhost: app.example\r\nauthorization: Bearer ${slow.token}\r\n\r\n`,
    );
    await expect.poll(async () => (await slow.listUsers(1, 1)).status, { timeout: 30_000 }).toBe(429);
    reader.socket.destroy();
    await expect.poll(async () => (await slow.listUsers(1, 1)).status, { timeout: 10_000 }).toBe(200);
  });
});
