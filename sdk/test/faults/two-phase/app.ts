// A process of its own that serves the example of the documents until it is killed: its accounts are in a file of
// their own. It is told what to open by a line of JSON, and answers its port.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { createAccounts } from '../../../docs/decisions/accounts.ts';
import { createApp } from '../../../docs/decisions/app.ts';
import { createScim } from '../../../src/index.ts';
import type { OpenCommand } from './app-process.ts';

async function open({ database, prefix, accounts }: OpenCommand): Promise<number> {
  const scim = createScim({
    database,
    tablePrefix: prefix,
    pepper: 'a pepper for tests',
    endpointUrl: 'https://app.example/scim/v2',
    limits: { rateLimit: false },
    logger: { error: () => {}, warn: () => {}, info: () => {} },
  });
  const file = new DatabaseSync(accounts);
  file.exec('PRAGMA journal_mode = WAL');
  const server = await createApp(scim, createAccounts(file));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

const lines = createInterface({ input: process.stdin });
lines.on('line', async (line) => {
  process.stdout.write(`${await open(JSON.parse(line) as OpenCommand)}\n`);
});
// Whoever started this process is gone.
lines.on('close', () => process.exit());
