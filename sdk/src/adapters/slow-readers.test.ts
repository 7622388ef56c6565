import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { serve } from '../../test/support/serve.ts';
import { sendResponse } from './node-message.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  return () => void vi.useRealTimers();
});

const BYTES = 16 * 1024 * 1024;
/** 30 s, and 64 KiB for each further second. */
const ALLOWED_MS = 30_000 + 256_000;

/** Asks for an answer that is larger than the buffers of a connection, and reads nothing of it yet. */
async function ask(): Promise<{ readonly socket: Socket; readonly response: ServerResponse }> {
  const { promise, resolve } = Promise.withResolvers<ServerResponse>();
  const port = await serve((request, response) => {
    sendResponse(request, response, { status: 200, headers: {}, body: 'x'.repeat(BYTES) });
    resolve(response);
  });
  const socket = connect(port, '127.0.0.1').pause();
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  socket.write('GET / HTTP/1.1\r\nhost: app.example\r\n\r\n');
  return { socket, response: await promise };
}

test('P16: a client that does not take its answer is hung up on', async () => {
  const { response } = await ask();
  const closed = once(response, 'close');

  vi.advanceTimersByTime(ALLOWED_MS - 1_000);
  expect(response.destroyed).toBe(false);
  vi.advanceTimersByTime(2_000);
  await closed;

  expect(response.destroyed).toBe(true);
  expect(response.writableFinished).toBe(false);
});

test('P16: a client that has taken it keeps its connection', async () => {
  const { socket, response } = await ask();
  let taken = 0;
  socket.on('data', (chunk) => {
    taken += chunk.length;
  });
  socket.resume();
  if (!response.closed) await once(response, 'close');

  vi.advanceTimersByTime(2 * ALLOWED_MS);
  socket.write('GET / HTTP/1.1\r\nhost: app.example\r\n\r\n');
  while (taken < 2 * BYTES && !socket.destroyed) await new Promise((resolve) => setImmediate(resolve));

  expect(taken).toBeGreaterThan(2 * BYTES);
  expect(response.writableFinished).toBe(true);
});
