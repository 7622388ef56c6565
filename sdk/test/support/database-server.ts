import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { nodeHandler } from '../../src/adapters/node.ts';
import { createScim } from '../../src/index.ts';

/** A process of its own that serves a database, as a second instance of an app does; it says its port. */
const [, , database = '', endpointUrl = '', tablePrefix = 'scim_', hookMs = '0'] = process.argv;
/** Keeps the transaction open, as a hook with work to do would: what two processes read at once, both then change. */
const linger = () => setTimeout(Math.random() * Number(hookMs));
const scim = createScim({
  database,
  endpointUrl,
  tablePrefix,
  hooks: Number(hookMs) === 0 ? {} : { userUpdated: linger, groupUpdated: linger, membersChanged: linger },
  pepper: 'a pepper for tests',
  limits: { rateLimit: false, maxConcurrentRequests: false },
});
const server = createServer(nodeHandler(scim)).listen(0, '127.0.0.1', () => {
  console.log((server.address() as AddressInfo).port);
});
// The process that started this one is gone.
process.stdin.on('close', () => process.exit()).resume();
