import { lookup as resolve } from 'node:dns';
import {
  type ClientRequest,
  Agent as HttpAgent,
  type IncomingMessage,
  request as requestHttp,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { createPrivateAddressCheck } from './private-addresses.ts';

/** Something to be sent to an address that somebody else chose. */
export interface WebhookRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}

/** Sends webhooks. */
export interface WebhookSender {
  /** Answers the status. Redirects are not followed. */
  post(request: WebhookRequest): Promise<number>;
  close(): void;
}

export interface SenderOptions {
  /** Whether loopback, private and link-local addresses may be reached. */
  readonly allowPrivateAddresses: boolean;
  /** Resolves names. @default the system's */
  readonly resolveName?: typeof resolve;
}

/** Thrown before anything is sent. */
export class PrivateAddressError extends Error {
  override readonly name = 'PrivateAddressError';

  constructor(hostname: string) {
    super(`${hostname} is a private address.`);
  }
}

/** Read of an answer, and how long for: nothing but its status is wanted. */
const MOST_ANSWER_BYTES = 64 * 1024;
const ANSWER_MS = 5_000;

/**
 * Sends webhooks over connections of its own. Addresses are judged when a connection is made, by what the name stands
 * for at that very moment: a name that is given another address between a check and its use gains nothing.
 */
export function createWebhookSender({
  allowPrivateAddresses,
  resolveName = resolve,
}: SenderOptions): WebhookSender {
  const isPrivate = createPrivateAddressCheck();
  const lookup: LookupFunction = (hostname, options, done) => {
    resolveName(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return done(error, '', 4);
      const [first] = addresses;
      if (
        first === undefined ||
        (!allowPrivateAddresses && addresses.some(({ address }) => isPrivate(address)))
      )
        return done(new PrivateAddressError(hostname), '', 4);
      if (options.all) done(null, addresses);
      else done(null, first.address, first.family);
    });
  };
  const agents = {
    http: new HttpAgent({ keepAlive: true, maxSockets: 64 }),
    https: new HttpsAgent({ keepAlive: true, maxSockets: 64 }),
  };

  function send({ url, headers, body, signal }: WebhookRequest): Promise<number> {
    const target = new URL(url);
    const hostname = target.hostname.replace(/^\[|\]$/g, '');
    // No name, so nothing is looked up.
    if (!allowPrivateAddresses && isIP(hostname) !== 0 && isPrivate(hostname))
      return Promise.reject(new PrivateAddressError(hostname));
    const isHttps = target.protocol === 'https:';
    const options = {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      lookup,
      signal,
    };
    return new Promise((done, reject) => {
      const request: ClientRequest = isHttps
        ? requestHttps(target, { ...options, agent: agents.https })
        : requestHttp(target, { ...options, agent: agents.http });
      request.on('error', (error: NodeJS.ErrnoException) => {
        // The receiver had just closed the connection that was kept from before: nothing was sent.
        const isStale = request.reusedSocket && error.code === 'ECONNRESET';
        if (isStale) send({ url, headers, body, signal }).then(done, reject);
        else reject(error);
      });
      request.on('response', (response) => {
        done(response.statusCode ?? 0);
        drain(response);
      });
      request.end(body);
    });
  }

  return {
    post: send,
    close() {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

/** So that the connection can be used again. */
function drain(response: IncomingMessage): void {
  let bytes = 0;
  const timer = setTimeout(() => response.destroy(), ANSWER_MS);
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MOST_ANSWER_BYTES) response.destroy();
  });
  response.on('error', () => {});
  response.on('close', () => clearTimeout(timer));
}
