import { type IncomingMessage, Agent as PlainAgent, request as requestPlain } from 'node:http';
import { request as requestSecure, Agent as SecureAgent } from 'node:https';

/** A request as it goes over the wire. */
export interface Outgoing {
  readonly method: string;
  readonly url: string;
  /** Name, value, name, value, …: order and case are kept. `Host` and `Content-Length` are added. */
  readonly rawHeaders: readonly string[];
  readonly body: Uint8Array;
  readonly signal: AbortSignal;
}

/** An answer as it came. */
export interface Incoming {
  readonly status: number;
  readonly statusMessage: string;
  readonly rawHeaders: readonly string[];
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Sends requests over connections that are kept. */
export interface Sender {
  /** @throws TooLargeError for an answer larger than the limit. */
  send(request: Outgoing): Promise<Incoming>;
  close(): void;
}

/** More bytes than are read. */
export class TooLargeError extends Error {
  override readonly name = 'TooLargeError';
}

/** @param maxBytes of an answer */
export function createSender(maxBytes: number): Sender {
  const plain = new PlainAgent({ keepAlive: true });
  const secure = new SecureAgent({ keepAlive: true });
  return {
    async send({ method, url, rawHeaders, body, signal }) {
      const { protocol, hostname, port, host, origin } = new URL(url);
      const length =
        body.length > 0 || /^(?:POST|PUT|PATCH)$/.test(method) ? ['Content-Length', String(body.length)] : [];
      const options = {
        method,
        hostname: hostname.replace(/^\[|\]$/g, ''),
        port,
        path: url.slice(origin.length) || '/',
        headers: ['Host', host, ...rawHeaders, ...length],
        signal,
      };
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        const outgoing =
          protocol === 'https:'
            ? requestSecure({ ...options, agent: secure }, resolve)
            : requestPlain({ ...options, agent: plain }, resolve);
        outgoing.on('error', reject).end(body);
      });
      return {
        status: response.statusCode ?? 0,
        statusMessage: response.statusMessage ?? '',
        rawHeaders: response.rawHeaders,
        headers: joinHeaders(response),
        body: await readBytes(response, maxBytes),
      };
    },
    close() {
      plain.destroy();
      secure.destroy();
    },
  };
}

/** Header fields by lower-case name, repeated ones joined. */
export function joinHeaders({ headersDistinct }: IncomingMessage): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headersDistinct).map(([name, values = []]) => [name, values.join(', ')]),
  );
}

/**
 * Reads a body.
 *
 * @throws TooLargeError as soon as there are more bytes than allowed; the rest stays unread.
 */
export async function readBytes(message: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of message.iterator({ destroyOnReturn: false })) {
    length += chunk.length;
    if (length > maxBytes) throw new TooLargeError(`more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
