// A process of its own that serves scimkit over HTTP until it is killed. Commands come as lines of JSON, and each is
// answered by one.
import { openSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { nodeHandler } from '../../../src/adapters/node.ts';
import { createScim, type Scim, type ScimEvent } from '../../../src/index.ts';
import type { Command, Connected, OpenCommand, Opened, Telling } from './app-process.ts';
import { dieAsTold } from './deadly.ts';
import { openEarlyHandle, openEarlyPool } from './early-answer.ts';
import { lowerSynchronous, noteTransactions } from './note-transactions.ts';

let scim: Scim | undefined;

async function open(command: OpenCommand): Promise<Opened> {
  const { database, prefix, note, breakage, postgres, telling, isLogging } = command;
  const handles = noteTransactions(note);
  scim = createScim({
    database: breakage === 'early-answer' ? await openEarly(database) : database,
    tablePrefix: prefix,
    pepper: 'a pepper for tests',
    limits: { rateLimit: false },
    dispatch: { leaseSeconds: 1, pollMs: 100 },
    webhooks: { allowHttp: true, allowPrivateAddresses: true },
    ...(postgres === undefined ? {} : { postgres }),
    logger: { error: isLogging ? console.error : () => {}, warn: () => {}, info: () => {} },
  });
  await scim.migrate();
  if (breakage === 'not-synced') lowerSynchronous(handles);
  if (telling !== undefined) await tell(scim, telling);
  const server = createServer(nodeHandler(scim));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port };
}

async function tell({ events, webhooks, dispatcher }: Scim, { book, url, deaths }: Telling): Promise<void> {
  const file = openSync(book, 'a');
  const handler = (event: ScimEvent) => {
    if (deaths !== undefined) dieAsTold(event, deaths);
    writeSync(file, `${JSON.stringify(event)}\n`);
  };
  events.subscribe({ name: 'book', handler });
  const { webhooks: known } = (await webhooks.list()).getOrThrow();
  if (known.length === 0) (await webhooks.create({ url, from: 'beginning' })).getOrThrow();
  dispatcher.start();
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
