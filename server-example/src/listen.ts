import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A listening server. */
export interface Listening {
  readonly port: number;
  readonly url: string;
  /** Takes no further connections, lets requests under way finish (10 s at most), then resolves. */
  drain(): Promise<void>;
}

const drainMilliseconds = 10_000;

/**
 * Serves on a port, with time-outs far below Node's default of 300 s, so that slow clients hold nothing for long.
 *
 * @param port 0 takes a free one
 */
export async function listen(handler: RequestListener, port: number): Promise<Listening> {
  const server = createServer(handler);
  server.requestTimeout = 30_000;
  server.headersTimeout = 10_000;
  server.listen(port);
  await once(server, 'listening');
  // A TCP server's address is never a path.
  const { port: boundPort } = server.address() as AddressInfo;
  return { port: boundPort, url: `http://localhost:${boundPort}`, drain: () => drain(server) };
}

async function drain(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  // A connection that is kept alive becomes idle only after its answer.
  const closeIdle = setInterval(() => server.closeIdleConnections(), 50);
  const giveUp = setTimeout(() => server.closeAllConnections(), drainMilliseconds);
  await closed;
  clearInterval(closeIdle);
  clearTimeout(giveUp);
}
