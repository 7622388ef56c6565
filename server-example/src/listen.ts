import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serverOptions } from 'scimkit/node';

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
  const server = createServer(serverOptions, handler);
  const unanswered = new Set<ServerResponse>();
  server.prependListener('request', (_request, response) => {
    unanswered.add(response);
    response.once('close', () => unanswered.delete(response));
  });
  server.listen(port);
  await once(server, 'listening');
  // A TCP server's address is never a path.
  const { port: boundPort } = server.address() as AddressInfo;
  return {
    port: boundPort,
    url: `http://localhost:${boundPort}`,
    drain: () => drain(server, unanswered),
  };
}

async function drain(server: Server, unanswered: ReadonlySet<ServerResponse>): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  // Clients are told, so that none sends another request into a connection that is about to be closed.
  const tell = (response: ServerResponse) => {
    if (!response.headersSent) response.setHeader('Connection', 'close');
  };
  for (const response of unanswered) tell(response);
  server.prependListener('request', (_request, response) => tell(response));
  server.close();
  // One whose answer had left by then becomes idle only when the client has it.
  const closeIdle = setInterval(() => server.closeIdleConnections(), 50);
  const giveUp = setTimeout(() => server.closeAllConnections(), drainMilliseconds);
  await closed;
  clearInterval(closeIdle);
  clearTimeout(giveUp);
}
