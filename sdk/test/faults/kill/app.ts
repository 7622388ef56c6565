// A process of its own that serves scimkit over HTTP until it is killed. Commands come as lines of JSON, and each is
// answered by one.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { nodeHandler } from '../../../src/adapters/node.ts';
import { createScim, type Scim } from '../../../src/index.ts';
import type { Command, Connected, OpenCommand, Opened } from './app-process.ts';
import { openEarlyHandle, openEarlyPool } from './early-answer.ts';
import { lowerSynchronous, noteTransactions } from './note-transactions.ts';

let scim: Scim | undefined;

async function open({ database, prefix, note, breakage, postgres }: OpenCommand): Promise<Opened> {
  const handles = noteTransactions(note);
  scim = createScim({
    database: breakage === 'early-answer' ? await openEarly(database) : database,
    tablePrefix: prefix,
    pepper: 'a pepper for tests',
    limits: { rateLimit: false },
    ...(postgres === undefined ? {} : { postgres }),
    logger: { error: () => {}, warn: () => {}, info: () => {} },
  });
  await scim.migrate();
  if (breakage === 'not-synced') lowerSynchronous(handles);
  const server = createServer(nodeHandler(scim));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port };
}

async function openEarly(database: string) {
  return database.startsWith('sqlite:')
    ? openEarlyHandle(database.slice('sqlite:'.length))
    : openEarlyPool(database);
}

async function connect(customerId: string): Promise<Connected> {
  if (scim === undefined) throw new Error('The app is not open.');
  const { connectionId, scimApiKey } = (
    await scim.management.createScimConnection({ customerId, guard: 'off' })
  ).getOrThrow();
  return { connectionId, key: scimApiKey };
}

const lines = createInterface({ input: process.stdin });
lines.on('line', async (line) => {
  const command = JSON.parse(line) as Command;
  const answer = 'open' in command ? await open(command.open) : await connect(command.connect);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
});
// Whoever started this process is gone.
lines.on('close', () => process.exit());
