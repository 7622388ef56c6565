import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** A message as it came in. */
export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read bodies of many shapes
  readonly json: any;
}

/** Answers a message. */
type Respond = (message: Received, response: ServerResponse) => unknown;

/** A server that is sent webhooks. */
export interface WebhookReceiver {
  readonly url: string;
  readonly received: readonly Received[];
  /** How it answers from now on. */
  answer(respond: Respond): void;
}

/** Listens until the test is over; answers 204. */
export async function startReceiver(): Promise<WebhookReceiver> {
  const received: Received[] = [];
  let respond: Respond = (_message, response) => response.writeHead(204).end();
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const message = { headers: request.headers, body, json: JSON.parse(body) };
    received.push(message);
    respond(message, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    answer(next) {
      respond = next;
    },
  };
}
