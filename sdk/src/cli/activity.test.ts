import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createTestDatabase } from '../../test/support/databases.ts';
import { connect, openScim, send, user } from '../../test/support/scim.ts';

// Every test starts processes.
vi.setConfig({ testTimeout: 120_000 });

const COMMAND = fileURLToPath(new URL('../../bin/scimkit.js', import.meta.url));

async function openCustomer() {
  const on = createTestDatabase();
  const { scim } = openScim({ on });
  const { key } = await connect(scim);
  const place = ['--customer', 'acme', '--database', on.option, '--table-prefix', on.prefix];
  const toArguments = (args: readonly string[]) => [COMMAND, 'activity', ...args, ...place];
  return {
    create: (userName: string) => send(scim, '/Users', { key, body: user(userName) }),
    written: () => scim.management.getScimActivity({ customerId: 'acme' }),
    run: (...args: readonly string[]) => spawnSync(process.execPath, toArguments(args), { encoding: 'utf8' }),
    start: (...args: readonly string[]) => spawn(process.execPath, toArguments(args)),
  };
}

test('A9: scimkit activity list shows what was asked and why it failed, page by page', async () => {
  const { create, written, run } = await openCustomer();
  for (const name of ['ann', 'bob\u001b[31m', 'ANN']) await create(name);
  await written();

  const all = run('list');
  expect(all).toMatchObject({ status: 0, stderr: '' });
  expect(all.stdout).toMatch(
    /STATUS +WHAT[\s\S]+409 +Tried to create user ANN[\s\S]+userName[\s\S]+Created user ann\./,
  );
  expect(all.stdout).not.toContain('\u001b');
  const [first, more] = run('list', '--limit', '2').stdout.trimEnd().split('More: --after ');
  expect(first).not.toContain('Created user ann.');
  expect(run('list', '--after', String(more)).stdout).toContain('Created user ann.');
  const failed = JSON.parse(run('list', '--failed', '--json').stdout);
  expect(failed).toMatchObject({ activity: [{ status: 409, body: { userName: 'ANN' } }], next: null });
  expect(run('list', '--search', 'nobody').stdout).toBe('No requests.\n');
  expect(run('list', '--limit', '0')).toMatchObject({ status: 2 });
});

test('A9: scimkit activity tail shows each request once, as it comes', async () => {
  const { create, written, start } = await openCustomer();
  await create('early');
  await written();
  const tail = start('tail', '--interval', '50', '--json');
  onTestFinished(() => void tail.kill());
  let shown = '';
  tail.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
  });
  const names = () =>
    shown
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line).name as string);
  // What was there when it began is not shown, so a first one tells that it has begun.
  let first = 0;
  await vi.waitFor(
    async () => {
      first += 1;
      await create(`first ${first}`);
      await written();
      expect(names()).not.toEqual([]);
    },
    { timeout: 60_000, interval: 200 },
  );
  for (const name of ['x', 'y', 'z']) await create(name);
  await written();
  await vi.waitFor(() => expect(names().slice(-3)).toEqual(['x', 'y', 'z']), { timeout: 20_000 });
  expect(new Set(names()).size).toBe(names().length);
  expect(names()).not.toContain('early');
});
