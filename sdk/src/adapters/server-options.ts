import type { ServerOptions } from 'node:http';

/**
 * For `createServer`, whose own limits let a slow client hold a connection for minutes: the head of a request within
 * 10 s, all of it within 30 s, and a look at who is late every second. A connection may rest for 65 s.
 *
 * @example http.createServer(serverOptions, nodeHandler(scim))
 * @example http.createServer(serverOptions, expressApp)
 */
export const serverOptions: Readonly<ServerOptions> = Object.freeze({
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
  // Longer than balancers keep a connection, 60 s most often: a request into one that is just being closed is lost.
  keepAliveTimeout: 65_000,
  maxHeaderSize: 16_384,
});
