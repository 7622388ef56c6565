import { type AddressInfo, createServer, connect as openSocket, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Dice } from '../../support/dice.ts';

/** Which bytes a fault goes by: those to the server, or those back. */
type Direction = 'requests' | 'answers';

/** What happens to the connections through a proxy. */
export type NetworkFault =
  | { readonly kind: 'none' }
  /** Once so many bytes have passed: both sides are told that the connection has ended. */
  | { readonly kind: 'cut'; readonly direction: Direction; readonly after: number }
  /** The same, told as a reset. */
  | { readonly kind: 'reset'; readonly direction: Direction; readonly after: number }
  /** The packet with that byte is swallowed, and so is all after it; nobody is told anything ever again. */
  | { readonly kind: 'black hole'; readonly direction: Direction; readonly after: number }
  /** The bytes that say this are the first not to pass; what comes of them is known to the server alone. */
  | { readonly kind: 'lost answer'; readonly saying: string; readonly isReset: boolean }
  /** Byte by byte. */
  | { readonly kind: 'trickle'; readonly direction: Direction }
  | { readonly kind: 'delay'; readonly direction: Direction; readonly milliseconds: number };

/** A network between a client and a server that can be made to fail. */
export interface Proxy {
  readonly port: number;
  /** From now on, for every connection; bytes are counted from now. */
  fail(fault: NetworkFault): void;
  /** Lets everything pass again. Connections that have failed stay as they are. */
  mend(): void;
}

/** @param target the port of the server on this machine */
export async function startProxy(target: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let fault: NetworkFault = { kind: 'none' };
  let era = 0;

  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  };

  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = openSocket({ port: target, host: '127.0.0.1', allowHalfOpen: true });
    keep(client);
    keep(upstream);
    const pair: Pair = { client, upstream, isLost: false };
    carry(pair, 'requests', () => ({ fault, era }));
    carry(pair, 'answers', () => ({ fault, era }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const change = (next: NetworkFault) => {
    fault = next;
    era += 1;
  };
  return {
    port: (server.address() as AddressInfo).port,
    fail: change,
    mend: () => change({ kind: 'none' }),
  };
}

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
  /** Nothing passes any more, and nobody is told. */
  isLost: boolean;
}

/** Carries the bytes of one direction, one chunk after the other. */
function carry(pair: Pair, direction: Direction, now: () => { fault: NetworkFault; era: number }): void {
  const [from, to] = direction === 'requests' ? [pair.client, pair.upstream] : [pair.upstream, pair.client];
  let passed = 0;
  let counted = 0;
  let last: Promise<void> = Promise.resolve();

  const pass = async (chunk: Buffer): Promise<void> => {
    if (pair.isLost || to.destroyed) return;
    const { fault, era } = now();
    if (era !== counted) {
      counted = era;
      passed = 0;
    }
    const end = findEnd(fault, { direction, passed, chunk });
    passed += chunk.length;
    if (end !== undefined) {
      if (end > 0) to.write(chunk.subarray(0, end));
      fail(pair, fault);
      return;
    }
    if (fault.kind === 'delay' && fault.direction === direction) await sleep(fault.milliseconds);
    if (fault.kind !== 'trickle' || fault.direction !== direction) {
      to.write(chunk);
      return;
    }
    for (const byte of chunk) {
      to.write(Uint8Array.of(byte));
      // Else the bytes would travel together all the same.
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  from.on('data', (chunk) => {
    last = last.then(() => pass(chunk as Buffer));
  });
  from.once('end', () => {
    last = last.then(() => void (pair.isLost || to.end()));
  });
  from.once('close', () => {
    last = last.then(() => void (pair.isLost || to.destroy()));
  });
}

interface Passing {
  readonly direction: Direction;
  readonly passed: number;
  readonly chunk: Buffer;
}

/** How much of a chunk passes before the fault strikes; undefined = all of it, without one. */
function findEnd(fault: NetworkFault, { direction, passed, chunk }: Passing): number | undefined {
  if (fault.kind === 'lost answer') {
    const at = direction === 'answers' ? chunk.indexOf(fault.saying) : -1;
    return at < 0 ? undefined : at;
  }
  if (!('after' in fault) || fault.direction !== direction) return undefined;
  const left = fault.after - passed;
  if (left >= chunk.length) return undefined;
  return fault.kind === 'black hole' ? 0 : Math.max(0, left);
}

function fail(pair: Pair, fault: NetworkFault): void {
  pair.isLost = true;
  const { client, upstream } = pair;
  if (fault.kind === 'black hole') return;
  const isReset = fault.kind === 'reset' || (fault.kind === 'lost answer' && fault.isReset);
  for (const socket of [client, upstream]) {
    if (isReset) socket.resetAndDestroy();
    else socket.destroySoon();
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Any fault: in half of the cases the answer is lost that tells of success.
 *
 * @param options.saying what that answer has in it
 * @param options.bytes as many bytes as pass at most before a connection fails
 * @param options.delayMs how late each part of a message is at most
 */
export function pickFault(
  dice: Dice,
  { saying, bytes, delayMs }: { readonly saying: string; readonly bytes: number; readonly delayMs: number },
): NetworkFault {
  if (dice.oneIn(2)) return { kind: 'lost answer', saying, isReset: dice.oneIn(2) };
  const direction = dice.pick<Direction>(['requests', 'answers']);
  switch (dice.int(10)) {
    case 0:
      return { kind: 'trickle', direction };
    case 1:
    case 2:
      return { kind: 'delay', direction, milliseconds: dice.int(delayMs + 1) };
    case 3:
    case 4:
      return { kind: 'black hole', direction, after: dice.int(bytes) };
    case 5:
    case 6:
    case 7:
      return { kind: 'reset', direction, after: dice.int(bytes) };
    default:
      return { kind: 'cut', direction, after: dice.int(bytes) };
  }
}
