import { Agent, request } from 'node:http';

/** The start of an answer: what a client goes by. */
export interface Head {
  readonly status: number;
  readonly location: string | undefined;
  readonly etag: string | undefined;
  readonly retryAfter: string | undefined;
  /** Read to its end only where it was asked for, else empty. */
  readonly text: string;
}

export interface HttpCall {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  /** @default false: the first bytes of the answer are enough */
  readonly isWhole?: boolean;
}

/** Sends requests to one address over connections that are kept. */
export interface HttpClient {
  /** Rejects when the connection ends before the answer was read. */
  send(call: HttpCall): Promise<Head>;
  close(): void;
}

/** @param options.timeoutMs how long it waits for the next byte of an answer */
export function createHttpClient({
  port,
  key,
  timeoutMs = 20_000,
}: {
  readonly port: number;
  readonly key: string;
  readonly timeoutMs?: number;
}): HttpClient {
  const agent = new Agent({ keepAlive: true });
  return {
    send: ({ method, path, body, isWhole = false }) =>
      new Promise((resolve, reject) => {
        const text = body === undefined ? undefined : JSON.stringify(body);
        const outgoing = request(
          {
            agent,
            port,
            host: '127.0.0.1',
            method,
            path: `/scim/v2${path}`,
            headers: {
              authorization: `Bearer ${key}`,
              ...(text === undefined
                ? {}
                : {
                    'content-type': 'application/scim+json',
                    'content-length': String(Buffer.byteLength(text)),
                  }),
            },
          },
          (incoming) => {
            const { location, etag, 'retry-after': retryAfter } = incoming.headers;
            const head = { status: incoming.statusCode ?? 0, location, etag, retryAfter };
            incoming.on('error', reject);
            if (!isWhole) {
              incoming.resume();
              resolve({ ...head, text: '' });
              return;
            }
            const chunks: Buffer[] = [];
            incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
            incoming.on('end', () => resolve({ ...head, text: Buffer.concat(chunks).toString() }));
          },
        );
        outgoing.setTimeout(timeoutMs, () => outgoing.destroy(new Error('no answer')));
        outgoing.on('error', reject);
        outgoing.end(text);
      }),
    close: () => agent.destroy(),
  };
}
