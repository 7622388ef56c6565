import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { readPeakRssMb } from '../../bench/driver/processes.ts';
import { Target } from '../../bench/driver/target.ts';
import { createScim, type Scim, type ScimOptions } from '../../src/index.ts';
import { createTestDatabase, isOnPostgres, type TestDatabase } from '../support/databases.ts';

/** Servers on one database, each in a process of its own, and the host's side of it. */
export interface Load {
  /** What the results are noted under. */
  readonly store: 'SQLite' | 'PostgreSQL';
  readonly scim: Scim;
  readonly database: TestDatabase;
  readonly ports: readonly number[];
  /** A customer's connection, as its identity provider has it; at one of the servers. */
  connect(customerId: string, server?: number): Promise<Target & { readonly connectionId: string }>;
  /** The most memory any of the servers has had, in MB. */
  readPeakRssMb(): number;
}

/** Starts servers, which end with the test. */
export async function startLoad({
  servers = 1,
  limits,
}: {
  readonly servers?: number;
  readonly limits?: ScimOptions['limits'];
} = {}): Promise<Load> {
  const database = createTestDatabase();
  onTestFinished(() => database.remove());
  const options = { database: database.option, tablePrefix: database.prefix };
  const scim = createScim({ ...options, pepper: 'a pepper for tests' });
  onTestFinished(() => scim.close());
  await scim.migrate();
  const started = await Promise.all(
    Array.from({ length: servers }, () => startServer({ ...options, ...(limits && { limits }) })),
  );
  return {
    store: isOnPostgres() ? 'PostgreSQL' : 'SQLite',
    scim,
    database,
    ports: started.map(({ port }) => port),
    async connect(customerId, server = 0) {
      const created = (await scim.management.createScimConnection({ customerId, guard: 'off' })).getOrThrow();
      const base = `http://127.0.0.1:${started[server]?.port}/scim/v2`;
      const target = new Target({ base, token: created.scimApiKey });
      onTestFinished(() => target.close());
      return Object.assign(target, { connectionId: created.connectionId });
    },
    readPeakRssMb: () => Math.max(...started.map(({ processId }) => readPeakRssMb(processId))),
  };
}

async function startServer(options: object) {
  const script = fileURLToPath(new URL('server.ts', import.meta.url));
  const child = spawn(process.execPath, [script], {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', OPTIONS: JSON.stringify(options) },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await gone;
  });
  child.stdout.setEncoding('utf8');
  let said = '';
  for await (const text of child.stdout.iterator({ destroyOnReturn: false })) {
    said += text;
    const port = /READY (\d+)/.exec(said)?.[1];
    if (port !== undefined) return { port: Number(port), processId: child.pid ?? 0 };
  }
  throw new Error(`The server ended: ${said}`);
}
