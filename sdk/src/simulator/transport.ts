import { type IncomingMessage, Agent as PlainAgent, request as requestPlain } from 'node:http';
import { request as requestSecure, Agent as SecureAgent } from 'node:https';
import { text } from 'node:stream/consumers';

/** One request with its whole URL. */
export interface Message {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/** What came back. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Sends requests. */
export interface Transport {
  send(message: Message): Promise<RawAnswer>;
  close(): void;
}

/**
 * Sends nothing but what it is told: `fetch` would add an `Accept` and drop the empty query some identity
 * providers send. Connections are kept, as identity providers do.
 */
export function createNodeTransport(): Transport {
  const plain = new PlainAgent({ keepAlive: true });
  const secure = new SecureAgent({ keepAlive: true });
  return {
    async send({ method, url, headers, body, signal }) {
      const { protocol, hostname, port, origin } = new URL(url);
      const length = body === undefined ? undefined : { 'Content-Length': String(Buffer.byteLength(body)) };
      const options = {
        method,
        hostname: hostname.replace(/^\[|\]$/g, ''),
        port,
        path: url.slice(origin.length),
        headers: { ...headers, ...length },
        signal,
      };
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        const outgoing =
          protocol === 'https:'
            ? requestSecure({ ...options, agent: secure }, resolve)
            : requestPlain({ ...options, agent: plain }, resolve);
        outgoing.on('error', reject).end(body);
      });
      return { status: response.statusCode ?? 0, headers: joinHeaders(response), text: await text(response) };
    },
    close() {
      plain.destroy();
      secure.destroy();
    },
  };
}

/** Sends through a function like the platform's `fetch`. */
export function createFetchTransport(send: typeof fetch): Transport {
  return {
    async send({ method, url, headers, body, signal }) {
      const response = await send(url, {
        method,
        headers,
        signal,
        redirect: 'manual',
        ...(body === undefined ? {} : { body }),
      });
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        text: await response.text(),
      };
    },
    close() {},
  };
}

function joinHeaders({ headers }: IncomingMessage): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
