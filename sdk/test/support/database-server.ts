import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { nodeHandler } from '../../src/adapters/node.ts';
import { createScim } from '../../src/index.ts';

/** A process of its own that serves a database file, as a second instance of an app does; it says its port. */
const [, , file = '', endpointUrl = ''] = process.argv;
const scim = createScim({
  database: `sqlite:${file}`,
  endpointUrl,
  pepper: 'a pepper for tests',
  limits: { rateLimit: false, maxConcurrentRequests: false },
});
const server = createServer(nodeHandler(scim)).listen(0, '127.0.0.1', () => {
  console.log((server.address() as AddressInfo).port);
});
// The process that started this one is gone.
process.stdin.on('close', () => process.exit()).resume();
