import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { serverOptions } from 'scimkit/node';

/** A listening server. */
export interface Listening {
  readonly port: number;
  readonly url: string;
  /** Lets clients know, then takes no further connections; resolves when requests under way are done, 10 s at most. */
  drain(): Promise<void>;
}

const drainMilliseconds = 10_000;

/** How long clients that keep connections have to learn that they must open others. */
const noticeMilliseconds = 250;

/**
 * Serves on a port, with time-outs far below Node's default of 300 s, so that slow clients hold nothing for long.
 *
 * @param port 0 takes a free one
 */
export async function listen(handler: RequestListener, port: number): Promise<Listening> {
  const server = createServer(serverOptions, handler);
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => remember(sockets, socket));
  const unanswered = new Set<ServerResponse>();
  server.prependListener('request', (_request, response) => remember(unanswered, response));
  server.listen(port);
  await once(server, 'listening');
  // A TCP server's address is never a path.
  const { port: boundPort } = server.address() as AddressInfo;
  return {
    port: boundPort,
    url: `http://localhost:${boundPort}`,
    drain: () => drain(server, { sockets, unanswered }),
  };
}

/** Until it is closed. */
function remember<T extends Socket | ServerResponse>(open: Set<T>, one: T): void {
  open.add(one);
  one.once('close', () => open.delete(one));
}

interface Open {
  readonly sockets: ReadonlySet<Socket>;
  readonly unanswered: ReadonlySet<ServerResponse>;
}

async function drain(server: Server, { sockets, unanswered }: Open): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  // A connection that is closed while its client sends the next request into it loses that request.
  const tell = (response: ServerResponse) => {
    if (!response.headersSent) response.setHeader('Connection', 'close');
  };
  for (const response of unanswered) tell(response);
  server.prependListener('request', (_request, response) => tell(response));
  await sleep(noticeMilliseconds);
  server.close();
  // Browsers open connections before they need them; Node takes those for requests that have begun.
  for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  // One whose answer had left by then becomes idle only when the client has it.
  const closeIdle = setInterval(() => server.closeIdleConnections(), 50);
  const giveUp = setTimeout(() => server.closeAllConnections(), drainMilliseconds);
  await closed;
  clearInterval(closeIdle);
  clearTimeout(giveUp);
}
