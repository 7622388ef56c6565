import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { createTestDatabase } from '../../test/support/databases.ts';
import { group, openScim, patch, send, user } from '../../test/support/scim.ts';

// Every test starts processes.
vi.setConfig({ testTimeout: 120_000 });

const COMMAND = fileURLToPath(new URL('../../bin/scimkit.js', import.meta.url));

async function openCustomer() {
  const on = createTestDatabase();
  const { scim } = openScim({ on });
  const created = await scim.management.createScimConnection({ customerId: 'acme' });
  const { connectionId, scimApiKey: key } = created.getOrThrow();
  const run = (args: readonly string[], input = '') => {
    const place = ['--customer', 'acme', '--database', on.option, '--table-prefix', on.prefix];
    const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args, ...place], {
      encoding: 'utf8',
      input,
    });
    return { status, stdout, stderr };
  };
  return {
    scim,
    connectionId,
    run,
    read: (...args: readonly string[]) => JSON.parse(run([...args, '--json']).stdout),
    make: async (path: string, body: object) => (await send(scim, path, { key, body })).body.id as string,
    change: (path: string, ...operations: readonly object[]) =>
      send(scim, path, { key, method: 'PATCH', body: patch(...operations) }),
    eventTypes: async () =>
      (await on.rows('SELECT type FROM {p}events ORDER BY position')).map(({ type }) => String(type)),
    acts: async () =>
      (await on.rows("SELECT action, actor FROM {p}audit WHERE actor = 'scimkit command'")).map(
        ({ action }) => String(action),
      ),
  };
}

test('row F10: scimkit dry-run start, show and end', async () => {
  const { run, read, make, connectionId, eventTypes, acts } = await openCustomer();
  expect(read('dry-run', 'start')).toEqual({ connectionId, effects: 'dryRun' });
  const ann = await make('/Users', user('ann@acme.example'));
  await make('/Groups', group('Staff', [ann]));
  expect(await eventTypes()).toEqual([]);

  const page = read('dry-run', 'show', '--limit', '2');
  expect(page).toMatchObject({
    effects: 'dryRun',
    summary: { 'user.created': 1, 'group.created': 1, 'group.members_changed': 1 },
    untold: 2,
    entries: [{ type: 'user.created', name: 'ann@acme.example' }, { type: 'group.created' }],
  });
  const shown = run(['dry-run', 'show', '--after', page.next]);
  expect(shown).toMatchObject({ status: 0, stderr: '' });
  expect(shown.stdout).toMatch(
    /On a dry run[\s\S]+1 +user\.created[\s\S]+net change of 2\.[\s\S]+members_changed +Staff/,
  );

  const careless = run(['dry-run', 'end', '--apply']);
  expect(careless).toMatchObject({ status: 2, stdout: '' });
  expect(careless.stderr).toContain('scim.management.endDryRun({ apply: true })');
  const ended = run(['dry-run', 'end', '--apply', '--events-only']);
  expect(ended).toEqual({ status: 0, stdout: 'The dry run is over; 2 told.\n', stderr: '' });
  expect(await eventTypes()).toEqual(['user.created', 'group.created', 'group.members_changed']);
  expect(run(['dry-run', 'end', '--discard'])).toMatchObject({
    status: 1,
    stderr: 'scimkit: This connection is not on a dry run.\n',
  });
  expect((await acts()).toSorted()).toEqual(['connection.changed', 'dryRun.ended']);
});

test('row F8: scimkit reconcile shows what differs, and tells it where asked to', async () => {
  const { run, make, change, eventTypes, acts } = await openCustomer();
  const ann = await make('/Users', user('ann@acme.example'));
  await make('/Users', user('ben@acme.example'));
  await change(`/Users/${ann}`, { op: 'replace', path: 'active', value: false });
  const before = (await eventTypes()).length;
  const accounts = [
    { userId: 'app-ann', scimId: ann, active: true, userName: 'ann@acme.example' },
    { userId: 'app-zoe', active: true },
  ];
  const lines = accounts.map((account) => JSON.stringify(account)).join('\n');
  const asked = ['reconcile', '--accounts', '-'];

  const found = run([...asked, '--json'], lines);
  expect(found).toMatchObject({ status: 0, stderr: '' });
  expect(JSON.parse(found.stdout)).toMatchObject({
    complete: true,
    counts: { missing: 0, unlinked: 1, extra: 1, differs: 1 },
    groups: null,
    applied: 0,
  });
  expect(await eventTypes()).toHaveLength(before);
  const shown = run(asked, JSON.stringify(accounts)).stdout;
  expect(shown).toContain('2 accounts compared: 3 differ.');
  expect(shown).toMatch(/differs +ann@acme\.example +\S+ +active +found/);

  const applied = run([...asked, '--apply', '--events-only'], lines);
  expect(applied.stderr).toBe('');
  expect(applied.stdout).toContain('2 told, 1 left as they are, 0 failed.');
  expect((await eventTypes()).slice(before).toSorted()).toEqual(['user.created', 'user.deactivated']);
  expect(await acts()).toEqual(['app.reconciled']);

  const wrong = run(asked, '[{"id": 1}]');
  expect(wrong).toMatchObject({ status: 2, stdout: '' });
  expect(wrong.stderr).toContain('--accounts');
  expect(run(['reconcile']).stderr).toContain('--accounts FILE');
});

test('a connection that gives roles is told in the app, which knows them', async () => {
  const on = createTestDatabase();
  const { scim } = openScim({ on, roles: [{ id: 'admin' }] });
  const { management } = scim;
  await management.createScimConnection({ customerId: 'acme', policy: { effects: 'dryRun' } });
  await management.setRoleRules({ customerId: 'acme', rules: [], defaultRoleId: 'admin' });
  const { status, stderr } = spawnSync(
    process.execPath,
    [COMMAND, 'dry-run', 'end', '--apply', '--events-only', '--customer', 'acme'].concat(
      '--database',
      on.option,
      '--table-prefix',
      on.prefix,
    ),
    { encoding: 'utf8' },
  );
  expect([status, stderr]).toEqual([1, expect.stringContaining('gives roles of your app')]);
  expect((await management.getDryRunEffects({ customerId: 'acme' })).getOrThrow().effects).toBe('dryRun');
});
