import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const scimkit = fileURLToPath(new URL('../../sdk/bin/scimkit.js', import.meta.url));

/** What Harbor's own tables hold of one customer's directory. */
export interface HarborState {
  readonly userCount: number;
  readonly users: readonly {
    readonly userName: string;
    readonly email: string | null;
    readonly name: string;
    readonly title: string | null;
    readonly active: boolean;
  }[];
  readonly teams: readonly {
    readonly name: string;
    readonly memberCount: number;
    readonly members: readonly string[];
  }[];
}

/** The demo's own program as a process, on a free port and with a database file of its own. */
export async function startHarborProcess(environment: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'harbor-process-'));
  const databaseUrl = `sqlite:${join(folder, 'harbor.db')}`;
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
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
    rmSync(folder, { recursive: true });
  });

  const url = await findUrl();
  const database = new DatabaseSync(join(folder, 'harbor.db'), { readOnly: true });
  onTestFinished(() => database.close());

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
    createConnection: (customerId: string, provider: string) =>
      createConnection({ customerId, provider, databaseUrl }),
    readApp: (customerId: string) => readApp(database, customerId),
    takeFingerprint: () => takeFingerprint(database),
    /** Asks Harbor to stop. Answers the exit code. */
    async stop(): Promise<number | null> {
      child.kill('SIGTERM');
      const [code] = await exited;
      return code;
    },
  };
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
  readonly databaseUrl: string;
}): Promise<CreatedConnection> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    scimkit,
    ...['connection', 'create', '--customer', options.customerId, '--provider', options.provider],
    ...['--database', options.databaseUrl, '--json'],
  ]);
  // The command's own output, whose shape its tests assert.
  return JSON.parse(stdout) as CreatedConnection;
}

function readApp(database: DatabaseSync, customerId: string): HarborState {
  const users = database
    .prepare(`
      SELECT user_name AS userName, email, name, title, active FROM users
      WHERE customer_id = ? AND managed_by = 'directory' ORDER BY user_name, id`)
    .all(customerId)
    .map((row) => ({ ...row, active: row.active === 1 })) as unknown as HarborState['users'];
  const selectMembers = database.prepare(`
    SELECT user_name AS userName FROM team_members JOIN users ON users.id = user_id
    WHERE team_id = ? ORDER BY user_name, users.id`);
  const teams = database
    .prepare('SELECT id, name FROM teams WHERE customer_id = ? ORDER BY name, id')
    .all(customerId)
    .map(({ id, name }) => {
      const members = selectMembers.all(String(id)).map(({ userName }) => String(userName));
      return { name: String(name), memberCount: members.length, members };
    });
  return { userCount: users.length, users, teams };
}

const resourceTables = ['scim_resources', 'scim_members', 'scim_indexed_values'];
const appTables = ['customers', 'users', 'teams', 'team_members'];

/** A hash of every row of every resource, in the SCIM store and in Harbor's tables, and the number of events. */
function takeFingerprint(database: DatabaseSync): { rows: string; rowCount: number; events: number } {
  const hash = createHash('sha256');
  let rowCount = 0;
  for (const table of [...resourceTables, ...appTables]) {
    hash.update(table);
    const rows = database.prepare(`SELECT * FROM ${table}`).all();
    for (const row of rows.map((row) => JSON.stringify(row)).sort()) hash.update(row);
    rowCount += rows.length;
  }
  const counted = database.prepare('SELECT count(*) AS events FROM scim_events').get();
  return { rows: hash.digest('hex'), rowCount, events: Number(counted?.events) };
}
