import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { listen } from './listen.ts';

/** A server that answers after a while, and a client that keeps its connections. */
async function open({ answerMs = 0 } = {}) {
  const begun: string[] = [];
  const listening = await listen(async (incoming, response) => {
    begun.push(incoming.url ?? '');
    await setTimeout(answerMs);
    response.end('done');
  }, 0);
  onTestFinished(() => listening.drain());
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  onTestFinished(() => agent.destroy());
  const get = (path: string) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = request({ port: listening.port, path, agent }, (answer) => {
        answer.resume().once('end', () => resolve(answer));
      });
      outgoing.once('error', (error) => reject(Object.assign(error, { isKept: outgoing.reusedSocket })));
      outgoing.end();
    });
  return { ...listening, begun, agent, get };
}

test('fault-F18: requests under way are answered while the server drains, and their connections end with the answer', async () => {
  const { drain, begun, get } = await open({ answerMs: 300 });
  const asked = ['/1', '/2', '/3'].map((path) => get(path));
  await expect.poll(() => begun.length).toBe(3);

  const draining = drain();
  const answers = await Promise.all(asked);
  const start = performance.now();
  await draining;

  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
  expect(answers.map(({ headers }) => headers.connection)).toEqual(['close', 'close', 'close']);
  expect(performance.now() - start).toBeLessThan(5_000);
});

test('fault-F18: a client that goes on sending over connections it keeps loses none of its requests', async () => {
  const { drain, port, get } = await open({ answerMs: 5 });
  const outcomes: (number | undefined)[] = [];
  let isOver = false;
  const work = async () => {
    while (!isOver) {
      const answer = await get('/').catch((error: NodeJS.ErrnoException & { isKept: boolean }) => error);
      // Whoever opens a connection is turned away in the end; nobody is who had one.
      if (answer instanceof Error) {
        expect(answer.isKept).toBe(false);
        return;
      }
      outcomes.push(answer.statusCode);
    }
  };
  const clients = [work(), work(), work(), work()];
  await expect.poll(() => outcomes.length).toBeGreaterThan(20);

  await drain();
  isOver = true;
  await Promise.all(clients);

  expect(new Set(outcomes)).toEqual(new Set([200]));
  const late = connect(port, '127.0.0.1');
  const [error] = await once(late, 'error');
  expect(error.code).toBe('ECONNREFUSED');
});

test('idle connections, and those that never said anything, are closed at once', async () => {
  const { drain, port, get } = await open();
  await get('/');
  const silent = connect(port, '127.0.0.1');
  await once(silent, 'connect');
  const closed = once(silent, 'close');
  const start = performance.now();

  await drain();
  await closed;

  expect(performance.now() - start).toBeLessThan(5_000);
});
