import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
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

/** How long the first bytes of a request may take on a connection that was just opened. */
const firstBytesMilliseconds = 500;

/** How long connections that wait to be accepted are let in before there are no more, at most. */
const acceptMilliseconds = 2_000;

/** How long a client that has its answer may take to open the next connection. */
const quietMilliseconds = 50;

/**
 * Serves on a port, with time-outs far below Node's default of 300 s, so that slow clients hold nothing for long.
 *
 * @param port 0 takes a free one
 */
export async function listen(handler: RequestListener, port: number): Promise<Listening> {
  const gate = createGate(handler);
  const server = createServer(serverOptions, gate.handler);
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
    drain: () => drain(server, { sockets, unanswered, gate }),
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
  readonly gate: Gate;
}

async function drain(server: Server, { sockets, unanswered, gate }: Open): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  // A connection that is closed while its client sends the next request into it loses that request.
  const tell = (response: ServerResponse) => {
    if (!response.headersSent) response.setHeader('Connection', 'close');
  };
  for (const response of unanswered) tell(response);
  server.prependListener('request', (_request, response) => tell(response));
  await sleep(noticeMilliseconds);
  // Connections that wait to be accepted would be reset. Who waits for an answer opens no other meanwhile.
  gate.close();
  await untilNobodyWaits(server, () => unanswered.size === gate.count());
  server.close();
  gate.open();
  // Browsers open connections before they need them; Node takes those for requests that have begun.
  const closeUnused = setTimeout(() => {
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  }, firstBytesMilliseconds);
  // One whose answer had left by then becomes idle only when the client has it.
  const closeIdle = setInterval(() => server.closeIdleConnections(), 50);
  const giveUp = setTimeout(() => server.closeAllConnections(), drainMilliseconds);
  await closed;
  clearInterval(closeIdle);
  clearTimeout(closeUnused);
  clearTimeout(giveUp);
}

/** Keeps requests back for a moment. */
interface Gate {
  readonly handler: RequestListener;
  close(): void;
  /** How many are kept back. */
  count(): number;
  /** Lets in who came meanwhile. */
  open(): void;
}

function createGate(handler: RequestListener): Gate {
  let waiting: (() => void)[] | undefined;
  return {
    handler(request, response) {
      if (waiting === undefined) handler(request, response);
      else waiting.push(() => handler(request, response));
    },
    close() {
      waiting ??= [];
    },
    count: () => waiting?.length ?? 0,
    open() {
      const enter = waiting ?? [];
      waiting = undefined;
      for (const one of enter) one();
    },
  };
}

/**
 * Waits until no client opens a connection any more: each has its answer for a while, or is kept back. Node accepts
 * one connection in each turn of its event loop, so none waits after a turn without one.
 */
async function untilNobodyWaits(server: Server, isQuiet: () => boolean): Promise<void> {
  let busy = performance.now();
  const note = () => {
    busy = performance.now();
  };
  server.on('connection', note);
  const end = busy + acceptMilliseconds;
  for (let start = busy; start < end; ) {
    await setImmediate();
    const now = performance.now();
    if (!isQuiet() || now - start > 1) busy = now;
    if (now - busy > quietMilliseconds) break;
    start = now;
  }
  server.off('connection', note);
}
