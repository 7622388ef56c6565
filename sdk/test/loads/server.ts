// A process that serves a database as an app does, for loads. OPTIONS is JSON: database, tablePrefix, limits.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { nodeHandler, serverOptions } from '../../src/adapters/node.ts';
import { createScim } from '../../src/index.ts';

const scim = createScim({
  pepper: 'a pepper for tests',
  endpointUrl: 'https://app.example/scim/v2',
  ...JSON.parse(process.env.OPTIONS ?? '{}'),
});
await scim.migrate();
const server = createServer(serverOptions, nodeHandler(scim)).listen(0, '127.0.0.1', () => {
  console.log(`READY ${(server.address() as AddressInfo).port}`);
});
// The process that started this one is gone.
process.stdin.on('close', () => process.exit()).resume();
