import { once } from 'node:events';
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

  async function send(message: Message): Promise<Answer> {
    const { method, url, headers, body } = message;
    const { hostname, port, origin } = new URL(url);
    const length = body === undefined ? undefined : { 'Content-Length': String(Buffer.byteLength(body)) };
    const path = url.slice(origin.length);
    const request = startRequest({ agent, method, hostname, port, path, headers: { ...headers, ...length } });
    const answered = once(request, 'response');
    request.end(body);
    try {
      const [response] = (await answered) as [IncomingMessage];
      return { status: response.statusCode ?? 0, headers: response.headers, text: await text(response) };
    } catch (error) {
      // A kept connection may be closed by the server in the moment it is used again; nobody read the request.
      if (!request.reusedSocket || (error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
      return send(message);
    }
  }

  return { send, close: () => agent.destroy() };
}
