import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { openDatabase } from '../src/database.ts';
import { startSeconds } from './harbor.ts';
import { readState, takeFingerprint } from './harbor-state.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const scimkit = fileURLToPath(new URL('../../sdk/bin/scimkit.js', import.meta.url));

/** Has something done when whoever asked for the process is done with it. */
type OnEnd = (clean: () => void | Promise<void>) => void;

/**
 * The demo's own program as a process, on a free port and with a database of its own unless one is given.
 *
 * @param onEnd left out: the process ends with the test
 */
export async function startHarborProcess(
  environment: Record<string, string> = {},
  onEnd: OnEnd = onTestFinished,
) {
  const { url: databaseUrl, remove } = await findDatabase(environment.DATABASE_URL);
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, PORT: '0', DATABASE_URL: databaseUrl, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk;
  });
  onEnd(async () => {
    child.kill('SIGKILL');
    await exited;
    await remove();
  });

  const url = await findUrl();
  const database = await openDatabase({ url: databaseUrl, nowSeconds: startSeconds, warn() {} });
  onEnd(() => database.close());

  async function findUrl(): Promise<string> {
    while (child.exitCode === null) {
      const ready = /^Harbor is ready on (?<url>\S+)$/m.exec(output.stdout)?.groups?.url;
      if (ready) return ready;
      await sleep(20);
    }
    throw new Error(`Harbor ended: ${output.stderr}`);
  }

  return {
    url,
    databaseUrl,
    output,
    /** A connection made by the `scimkit` command while Harbor is running. */
    createConnection: (customerId: string, provider: string, guard: 'hold' | 'off' = 'hold') =>
      createConnection({ customerId, provider, guard, databaseUrl }),
    readApp: (customerId: string) => readState(database, customerId),
    /** How many events scimkit recorded of a connection. */
    async countEvents(connectionId: string): Promise<number> {
      const row = await database.get('SELECT count(*) AS total FROM scim_events WHERE connection_id = ?', [
        connectionId,
      ]);
      return Number(row?.total);
    },
    takeFingerprint: (customerIds: readonly string[]) => takeFingerprint(database, customerIds),
    /** Asks Harbor to stop. Answers the exit code. */
    async stop(): Promise<number | null> {
      child.kill('SIGTERM');
      const [code] = await exited;
      return code;
    },
  };
}

/** One that is given is not removed. */
async function findDatabase(given: string | undefined): Promise<TestDatabase> {
  return given === undefined ? createTestDatabase() : { url: given, remove: async () => {} };
}

interface CreatedConnection {
  readonly connectionId: string;
  readonly customerId: string;
  readonly scimApiKey: string;
  readonly endpointUrl: string;
}

async function createConnection(options: {
  readonly customerId: string;
  readonly provider: string;
  readonly guard: 'hold' | 'off';
  readonly databaseUrl: string;
}): Promise<CreatedConnection> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    scimkit,
    ...['connection', 'create', '--customer', options.customerId, '--provider', options.provider],
    ...['--guard', options.guard, '--database', options.databaseUrl, '--json'],
  ]);
  // The command's own output, whose shape its tests assert.
  return JSON.parse(stdout) as CreatedConnection;
}
