import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import { findFreePort } from '../../support/free-port.ts';
import { createServerFolder, findProgram, POSTGRES_BIN, run, start } from '../debian-tools.ts';

/** A primary with a synchronous standby, and a balancer that leads to whichever of them takes writes. */
export interface FailoverPair {
  /** Through the balancer. */
  readonly url: string;
  /** SIGKILL for the primary and every process it started. */
  killPrimary(): void;
  /** Makes the standby the primary. */
  promote(): Promise<void>;
  /** The standby stops answering, and goes on. */
  pauseStandby(): void;
  resumeStandby(): void;
}

/** What the pair needs and this machine lacks; empty = nothing. */
export const MISSING = [
  ...(process.platform === 'linux' ? [] : ['Linux']),
  ...(POSTGRES_BIN === undefined ? ['Debian’s postgresql'] : []),
  ...(findProgram('haproxy') === undefined ? ['Debian’s haproxy'] : []),
];

const program = (name: string) => join(POSTGRES_BIN ?? '', name);

/** Starts all three, and with them the small servers that tell the balancer who takes writes. */
export async function startPair(): Promise<FailoverPair> {
  const folder = createServerFolder();
  const [primaryPort, standbyPort] = [await findFreePort(), await findFreePort()];
  const [primaryData, standbyData] = [join(folder, 'primary'), join(folder, 'standby')];
  run(program('initdb'), [
    '-D',
    primaryData,
    '-U',
    'scimkit',
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C',
  ]);
  appendFileSync(join(primaryData, 'pg_hba.conf'), 'host replication all 127.0.0.1/32 trust\n');
  // On the command line, so that the standby, once promoted, does not wait for a standby of its own.
  const synchronous = ['-c', 'synchronous_standby_names=standby'];
  const primary = startServer(primaryData, primaryPort, synchronous);
  await untilReady(primaryPort);
  const origin = `host=127.0.0.1 port=${primaryPort} user=scimkit application_name=standby`;
  run(program('pg_basebackup'), ['-D', standbyData, '-R', '-c', 'fast', '-d', origin]);
  const standby = startServer(standbyData, standbyPort, []);
  await untilSynchronous(primaryPort);
  return {
    url: `postgres://scimkit@127.0.0.1:${await startBalancer(folder, [primaryPort, standbyPort])}/postgres`,
    killPrimary: () => killTree(primary.pid ?? 0, 'SIGKILL'),
    async promote() {
      run(program('pg_ctl'), ['promote', '-w', '-D', standbyData]);
    },
    pauseStandby: () => killTree(standby.pid ?? 0, 'SIGSTOP'),
    resumeStandby: () => killTree(standby.pid ?? 0, 'SIGCONT'),
  };
}

function startServer(data: string, port: number, settings: readonly string[]) {
  const always = [
    '-c',
    'unix_socket_directories=',
    '-h',
    '127.0.0.1',
    '-p',
    String(port),
    '-c',
    'max_connections=100',
  ];
  const server = start(program('postgres'), ['-D', data, ...always, ...settings]);
  // Its processes outlive it when it is killed alone.
  onTestFinished(() => killTree(server.pid ?? 0, 'SIGKILL'));
  return server;
}

function killTree(pid: number, signal: NodeJS.Signals): void {
  for (const one of [pid, ...childrenOf(pid)]) {
    try {
      process.kill(one, signal);
    } catch {
      // Gone already.
    }
  }
}

function childrenOf(parent: number): readonly number[] {
  const isChild = (pid: number) => {
    try {
      return Number(readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ')[1]) === parent;
    } catch {
      return false;
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter(isChild);
}

async function query(port: number, sql: string): Promise<readonly Record<string, unknown>[]> {
  const connectionString = `postgres://scimkit@127.0.0.1:${port}/postgres`;
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 500, query_timeout: 500 });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query(sql)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function until(isTrue: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await isTrue().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`${what} took longer than 30 s.`);
    await sleep(100);
  }
}

const untilReady = (port: number) =>
  until(async () => (await query(port, 'SELECT 1')).length === 1, 'Starting PostgreSQL');

const untilSynchronous = (port: number) =>
  until(
    async () =>
      (await query(port, "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'")).length === 1,
    'Starting a synchronous standby',
  );

/** HAProxy, asking each server's small neighbour whether it takes writes, as Patroni's is asked. */
async function startBalancer(folder: string, ports: readonly number[]): Promise<number> {
  const port = await findFreePort();
  const checks = await Promise.all(ports.map(startCheck));
  const servers = ports.map(
    (target, index) =>
      `  server postgres${index} 127.0.0.1:${target} check port ${checks[index]} inter 200ms fall 1 rise 1 on-marked-down shutdown-sessions`,
  );
  const file = join(folder, 'haproxy.cfg');
  writeFileSync(
    file,
    [
      'defaults',
      '  mode tcp',
      '  timeout connect 1s',
      '  timeout client 1m',
      '  timeout server 1m',
      '  timeout check 500ms',
      'listen postgres',
      `  bind 127.0.0.1:${port}`,
      '  option httpchk GET /primary',
      '  http-check expect status 200',
      ...servers,
      '',
    ].join('\n'),
  );
  start(findProgram('haproxy') ?? '', ['-f', file, '-db']);
  // Until its first checks it takes both for good.
  await until(async () => {
    for (let tries = 0; tries < 6; tries += 1) {
      const [row] = await query(port, 'SELECT pg_is_in_recovery() AS waiting');
      if (row?.waiting !== false) return false;
    }
    return true;
  }, 'Starting the balancer');
  return port;
}

async function startCheck(port: number): Promise<number> {
  const server = createServer((_request, response) => {
    query(port, 'SELECT pg_is_in_recovery() AS waiting')
      .then(([row]) => response.writeHead(row?.waiting === false ? 200 : 503).end())
      .catch(() => response.writeHead(503).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
