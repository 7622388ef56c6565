import type { ServerOptions } from 'node:http';

/**
 * For `createServer`, whose own limits let a slow client hold a connection for minutes: the head of a request within
 * 10 s, all of it within 30 s, and a look at who is late every second.
 *
 * @example http.createServer(serverOptions, nodeHandler(scim))
 * @example http.createServer(serverOptions, expressApp)
 */
export const serverOptions: Readonly<ServerOptions> = Object.freeze({
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16_384,
});
