import { once } from 'node:events';
import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** Hands each request to the next of several servers, as a load balancer does. Answers its URL; ends with the test. */
export async function startBalancer(urls: readonly string[]): Promise<string> {
  let count = 0;
  const server = createServer((incoming, outgoing) => {
    const { hostname, port } = new URL(urls[count++ % urls.length] ?? '');
    const { method, headers, url: path } = incoming;
    const forwarded = send({ hostname, port, method, headers, path }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  server.listen(0);
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}
