import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { listPersonas } from '../src/simulator/simulate.ts';
import { readState, refusal, serveFaulty, serveScim } from './support/simulated.ts';

vi.setConfig({ testTimeout: 60_000 });

const COMMAND = fileURLToPath(new URL('../bin/scimkit.js', import.meta.url));

/** Starts `scimkit simulate` as a shell does, without a terminal. */
function start(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [COMMAND, 'simulate', ...args], {
    env: { ...process.env, SCIMKIT_KEY: '', SCIMKIT_KEY2: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk;
  });
  const ended = once(child, 'close').then(([status]) => ({ status, ...output }));
  return { child, output, ended };
}

const scimkit = (args: readonly string[], env?: Readonly<Record<string, string>>) => start(args, env).ended;

describe('scimkit simulate', () => {
  test('plays an identity provider, a line for each step, and ends with 0', async () => {
    const { url, key, database } = await serveScim();
    const { status, stdout, stderr } = await scimkit(['entra', '--url', url, '--key', key]);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^✓ S5 {2}test connection: a random user, the space as \+ {2}\(T15 T18, \d+ ms\)$/m,
    );
    expect(stdout).toMatch(/^51 of 51 steps answered as needed; \d+ requests, 0 sent again, [\d.]+ s\.$/m);
    expect(stdout).toContain('Created 4 and took all of it away again.');
    expect(stdout).not.toContain('✗');
    expect(readState(database).resources).toBe('[]');
  });

  test('takes the keys from the environment and prints JSON', async () => {
    const { url, key, key2 } = await serveScim();
    const args = ['okta', '--url', url, '--scenario', 'S20', '--json'];
    const { status, stdout } = await scimkit(args, { SCIMKIT_KEY: key, SCIMKIT_KEY2: key2 });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      persona: 'okta',
      scenario: 'tenants',
      ok: true,
      counts: { failed: 0 },
    });
    expect(stdout).not.toContain(key);
  });

  test('ends with 1 when a step fails, and tells what came and what the administrator sees', async () => {
    const { scim, key } = await serveScim();
    const url = await serveFaulty(scim, async (asked, forward) =>
      /\[type eq "mobile"\]/.test(JSON.stringify(asked.body ?? '').replaceAll('\\', ''))
        ? refusal(400, 'noTarget')
        : forward(asked),
    );
    const { status, stdout } = await scimkit(['entra', '--url', url, '--key', key]);
    expect(status).toBe(1);
    const [, failure = ''] = stdout.split('✗');
    expect(failure).toContain('a mobile number where there is none  (T1 T10, ');
    expect(failure).toContain('step add-phone: status: expected 200, got 400: No.');
    expect(failure).toContain(
      'What the administrator of Microsoft Entra ID would see:\n        Entra ID, Provisioning logs: status Failure',
    );
    expect(failure).toMatch(/PATCH \/Users\/\S+\n {8}\{/);
    expect(failure).toContain('→ 400\n        {');
    expect(failure).toContain('took all of it away again');
    expect(stdout).not.toContain(key);
  });

  test('counts on the way where nobody looks on', async () => {
    const { url, key } = await serveScim();
    const args = ['google', '--url', url, '--key', key, '--scenario', 'bulk', '--users', '200'];
    const { status, stderr } = await scimkit(args);
    expect(status).toBe(0);
    const counts = stderr.split('\n').filter((line) => line.startsWith('create 200 users'));
    expect(counts).toEqual(
      [20, 40, 60, 80, 100, 120, 140, 160, 180, 200].map((done) => `create 200 users: ${done} of 200`),
    );
  });

  test('takes away what it made when it is interrupted', async () => {
    const { url, key, database } = await serveScim();
    const args = ['okta', '--url', url, '--key', key, '--scenario', 'bulk', '--users', '2000'];
    const { child, output, ended } = start(args);
    await vi.waitUntil(() => output.stderr.includes('200 of 2000'), { timeout: 30_000 });
    child.kill('SIGINT');
    const { status, stdout } = await ended;
    expect(status).toBe(1);
    expect(stdout).toContain('Interrupted.');
    expect(stdout).toContain('took all of it away again');
    expect(readState(database).resources).toBe('[]');
  });

  test('lists what can be simulated', async () => {
    const { status, stdout } = await scimkit(['--list']);
    expect(status).toBe(0);
    for (const { id } of listPersonas()) expect(stdout).toMatch(new RegExp(`^${id} `, 'm'));
    expect(JSON.parse((await scimkit(['--list', '--json'])).stdout)).toEqual({ personas: listPersonas() });
  });

  test.each([
    [['okta'], 'Name the endpoint URL'],
    [['okta', '--url', 'http://localhost:1/scim/v2'], 'Give the SCIM API key'],
    [['--url', 'http://localhost:1/scim/v2', '--key', 'x'], 'Name the identity provider'],
    [['octa', '--url', 'http://localhost:1/scim/v2', '--key', 'x'], 'There is no identity provider "octa"'],
    [
      ['okta', '--url', 'http://localhost:1/scim/v2', '--key', 'x', '--scenario', 'S7'],
      'okta has no scenario "S7"',
    ],
    [['okta', '--url', 'http://localhost:1/scim/v2', '--key', 'x', '--users', 'many'], 'whole number'],
    [
      ['okta', '--url', 'http://localhost:1/scim/v2', '--key', 'secret-key'],
      'Nobody answers at http://localhost:1',
    ],
  ])('ends with 2 for %j', async (args, message) => {
    const { status, stdout, stderr } = await scimkit(args);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
    expect(stdout + stderr).not.toContain('secret-key');
  });
});
