import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { Pool } from 'pg';
import { expect, inject, onTestFinished, test, vi } from 'vitest';
import { startHarborProcess } from '../harbor-process.ts';
import { createTestDatabase } from '../test-database.ts';

vi.setConfig({ testTimeout: 60_000 });

/** The run's PostgreSQL, seen from outside. */
function openServer(): Pool {
  const pool = new Pool({ connectionString: inject('postgresUrl') });
  onTestFinished(() => pool.end());
  return pool;
}

/** Reaches PostgreSQL, but hangs up on the first few, as a database that is starting does. Answers another URL for it. */
async function startLate(url: string, refusals: number): Promise<string> {
  let count = 0;
  const { hostname, port } = new URL(url);
  const server = createServer((socket) => {
    count += 1;
    if (count <= refusals) return socket.destroy();
    const target = connect(Number(port || 5432), hostname);
    socket.pipe(target).pipe(socket);
    for (const side of [socket, target]) side.on('error', () => socket.destroy());
    socket.on('close', () => target.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const late = new URL(url);
  late.hostname = '127.0.0.1';
  late.port = String((server.address() as AddressInfo).port);
  return late.href;
}

test('Harbor waits for a database that is still starting, and says so once', async () => {
  const { url, remove } = await createTestDatabase();
  onTestFinished(remove);

  const harbor = await startHarborProcess({ DATABASE_URL: await startLate(url, 3) });
  const healthy = await fetch(`${harbor.url}/healthz`);

  expect(healthy.status).toBe(200);
  expect(harbor.output.stderr).toMatch(/^Waiting for PostgreSQL \(.+\) …\n$/);
});

test('a user who is not let in is told at once, and the password is not', async () => {
  const { url, remove } = await createTestDatabase();
  onTestFinished(remove);
  const stranger = new URL(url);
  stranger.username = 'stranger';
  stranger.password = 'hunter2';

  const failure = await startHarborProcess({ DATABASE_URL: stranger.href }).catch((error: Error) => error);

  expect(String(failure)).toMatch(
    /^Error: Harbor ended: Harbor cannot run: .* cannot be used \(.*"stranger"/,
  );
  expect(String(failure)).not.toContain('hunter2');
});

test('connections that the server ends are made anew: Harbor goes on', async () => {
  const harbor = await startHarborProcess();
  const { scimApiKey } = await harbor.createConnection('northwind', 'okta');
  const list = async () => {
    const headers = { authorization: `Bearer ${scimApiKey}` };
    return (await fetch(`${harbor.url}/scim/v2/Users`, { headers })).status;
  };
  expect(await list()).toBe(200);

  const server = openServer();
  const name = new URL(harbor.databaseUrl).pathname.slice(1);
  const ended = await server.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1',
    [name],
  );

  expect(ended.rowCount).toBeGreaterThan(0);
  await expect.poll(list).toBe(200);
  expect((await fetch(`${harbor.url}/healthz`)).status).toBe(200);
  expect(await harbor.stop()).toBe(0);
});

test('SIGTERM in the middle of requests: what was answered is stored, what was not is not, and no connection stays', async () => {
  const harbor = await startHarborProcess({ PGAPPNAME: 'harbor-to-be-stopped', RATE_LIMITS: 'off' });
  const { scimApiKey } = await harbor.createConnection('northwind', 'okta');
  const server = openServer();
  const countConnections = async () => {
    const sql = "SELECT pid FROM pg_stat_activity WHERE application_name = 'harbor-to-be-stopped'";
    return (await server.query(sql)).rowCount;
  };
  const create = async (userName: string) => {
    const response = await fetch(`${harbor.url}/scim/v2/Users`, {
      method: 'POST',
      headers: { authorization: `Bearer ${scimApiKey}`, 'content-type': 'application/scim+json' },
      body: JSON.stringify({ userName }),
    });
    return response.status;
  };

  const creating = Array.from({ length: 40 }, (_, index) => create(`person-${index}`));
  await Promise.race(creating);
  const before = await countConnections();
  const code = await harbor.stop();
  const answers = await Promise.allSettled(creating);

  const statuses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  expect(code).toBe(0);
  expect(new Set(statuses)).toEqual(new Set([201]));
  expect((await harbor.readApp('northwind')).userCount).toBe(statuses.length);
  expect(before).toBeGreaterThan(0);
  await expect.poll(countConnections).toBe(0);
  expect(harbor.output.stderr).toBe('');
});
