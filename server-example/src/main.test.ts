import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as startRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));

function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'harbor-main-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** The real program, as `npm run demo` starts it. */
async function start(environment: Record<string, string> = {}) {
  const folder = temporaryFolder();
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, PORT: '0', DATABASE_URL: `sqlite:${join(folder, 'harbor.db')}`, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk;
  });
  return { child, exited, output, url: () => readyUrl(child, output) };
}

async function readyUrl(child: ChildProcess, output: { stdout: string; stderr: string }): Promise<string> {
  while (child.exitCode === null) {
    const url = /^Harbor is ready on (?<url>\S+)$/m.exec(output.stdout)?.groups?.url;
    if (url) return url;
    await sleep(20);
  }
  throw new Error(`Harbor ended: ${output.stderr}`);
}

test('the ready line comes when requests are answered', { timeout: 20_000 }, async () => {
  const harbor = await start();
  const response = await fetch(`${await harbor.url()}/healthz`);
  expect(response.status).toBe(200);
  expect(harbor.output.stderr).toBe('');
});

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s lets a request under way finish, then the process exits with 0',
  { timeout: 20_000 },
  async (signal) => {
    const harbor = await start();
    const url = await harbor.url();
    const body = JSON.stringify({ userId: 'usr_northwind_admin' });
    const request = startRequest(`${url}/api/sign-in`, {
      method: 'POST',
      headers: { origin: url, 'content-type': 'application/json', 'content-length': body.length },
    });
    request.write(body.slice(0, 5));
    await sleep(200);

    harbor.child.kill(signal);
    harbor.child.kill(signal);
    const isReached = () => fetch(`${url}/healthz`).then(Boolean, () => false);
    await expect.poll(isReached, { timeout: 5_000 }).toBe(false);
    request.end(body.slice(5));
    const [response] = await once(request, 'response');
    response.resume();

    expect(response.statusCode).toBe(200);
    expect(await harbor.exited).toEqual([0, null]);
  },
);

test('SIGTERM in the middle of a run of the player: what it made is taken away, its key ends, and the exit is 0', {
  timeout: 30_000,
}, async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'harbor.db');
  const harbor = await start({ DATABASE_URL: `sqlite:${file}` });
  const url = await harbor.url();
  let cookie = '';
  const send = async (path: string, body: object) => {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { origin: url, cookie, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    cookie =
      response.headers
        .getSetCookie()
        .map((one) => one.split(';')[0])
        .join('; ') || cookie;
    return response.status;
  };
  await send('/api/sign-in', { userId: 'usr_northwind_admin' });
  await send('/api/setup/scim', {});
  const stream = await fetch(`${url}/api/play/events`, { headers: { cookie } });
  expect(await send('/api/play', { persona: 'okta' })).toBe(202);
  const database = new DatabaseSync(file, { readOnly: true });
  onTestFinished(() => database.close());
  const count = (table: string) => database.prepare(`SELECT count(*) AS total FROM ${table}`).get()?.total;
  await expect.poll(() => count('scim_resources'), { timeout: 10_000 }).toBeGreaterThan(0);
  expect(count('scim_api_keys')).toBe(2);

  harbor.child.kill('SIGTERM');

  expect(await harbor.exited).toEqual([0, null]);
  expect([count('scim_resources'), count('scim_api_keys')]).toEqual([0, 1]);
  expect(await stream.text()).toContain('"persona":"okta"');
  expect(harbor.output.stderr).toBe('');
});

test('PostgreSQL that does not answer is waited for a while, then told without its password', {
  timeout: 40_000,
}, async () => {
  const harbor = await start({ DATABASE_URL: 'postgres://harbor:hunter2@localhost:1/harbor' });
  expect(await harbor.exited).toEqual([1, null]);
  expect(harbor.output.stderr).toMatch(/^Waiting for PostgreSQL \(.*ECONNREFUSED.*\) …\n/);
  expect(harbor.output.stderr).toContain('the PostgreSQL database of DATABASE_URL cannot be used');
  expect(harbor.output.stderr).not.toContain('hunter2');
});

test('a port in use is named, with the way out', { timeout: 20_000 }, async () => {
  const first = await start();
  const { port } = new URL(await first.url());
  const second = await start({ PORT: port });
  expect(await second.exited).toEqual([1, null]);
  expect(second.output.stderr).toContain('PORT=');
});

test('a file that is no database is named', { timeout: 20_000 }, async () => {
  const file = join(temporaryFolder(), 'notes.txt');
  writeFileSync(file, 'These are notes, and more than a hundred bytes of them. '.repeat(10));
  const harbor = await start({ DATABASE_URL: `sqlite:${file}` });
  expect(await harbor.exited).toEqual([1, null]);
  expect(harbor.output.stderr).toContain(`the database ${file} cannot be used`);
});

test('a declaration at fault is named, and nothing is served', { timeout: 20_000 }, async () => {
  const file = join(temporaryFolder(), 'types.json');
  const schema = { id: 'urn:example:2.0:Person', name: 'Person', attributes: [{ name: 'nick' }] };
  writeFileSync(file, JSON.stringify([{ name: 'Person', endpoint: '/Users', schema }]));
  const harbor = await start({ RESOURCE_TYPES: file });
  expect(await harbor.exited).toEqual([1, null]);
  expect(harbor.output.stderr).toMatch(/endpoint .*users/i);
  expect(harbor.output.stderr).toContain(`It is declared in RESOURCE_TYPES=${file}.`);
});

test('a misspelt declaration is named by its place in the file', { timeout: 20_000 }, async () => {
  const file = join(temporaryFolder(), 'types.json');
  const attributes = [{ name: 'nick' }, { name: 'age', type: 'integer', mutabilty: 'readOnly' }];
  const schema = { id: 'urn:example:2.0:Person', name: 'Person', attributes };
  writeFileSync(file, JSON.stringify({ resourceTypes: [{ name: 'Person', endpoint: '/People', schema }] }));
  const harbor = await start({ RESOURCE_TYPES: file });
  expect(await harbor.exited).toEqual([1, null]);
  expect(harbor.output.stderr).toContain('resourceTypes[0] "Person", schema "Person", attributes[1] "age"');
  expect(harbor.output.stderr).toContain('mutabilty');
  expect(harbor.output.stderr).toContain(file);
});
