import { Agent, type IncomingHttpHeaders, type IncomingMessage, request as startRequest } from 'node:http';
import { text } from 'node:stream/consumers';

/** An answer as it came. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A request as an identity provider writes it. */
export interface Message {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * Makes a client that sends nothing but what it is told: `fetch` would add an `Accept` and drop an empty query.
 * Connections are kept, as identity providers do.
 */
export function createClient() {
  const agent = new Agent({ keepAlive: true });
  return {
    async send({ method, url, headers, body }: Message): Promise<Answer> {
      const { hostname, port, origin } = new URL(url);
      const length = body === undefined ? undefined : { 'Content-Length': String(Buffer.byteLength(body)) };
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        const path = url.slice(origin.length);
        const options = { agent, method, hostname, port, path, headers: { ...headers, ...length } };
        startRequest(options, resolve).on('error', reject).end(body);
      });
      return { status: response.statusCode ?? 0, headers: response.headers, text: await text(response) };
    },
    close: () => agent.destroy(),
  };
}
