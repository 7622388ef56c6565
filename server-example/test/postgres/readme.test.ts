import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Pool } from 'pg';
import type { Scim } from 'scimkit';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startHarborProcess } from '../harbor-process.ts';
import { createTestDatabase } from '../test-database.ts';

vi.setConfig({ testTimeout: 60_000 });

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The code block of a document that holds some words. */
function findBlock(document: string, words: string): string {
  const blocks = readFileSync(join(root, document), 'utf8').matchAll(/^```\w*\n(?<code>[\s\S]*?)\n```$/gm);
  const found = [...blocks].map(({ groups }) => groups?.code ?? '').find((code) => code.includes(words));
  if (found === undefined) throw new Error(`${document} has no such block.`);
  return found;
}

test('the README’s variables are all the command needs beside a running demo', async () => {
  const harbor = await startHarborProcess();
  const block = findBlock('README.md', 'export DATABASE_URL')
    .replace('postgres://harbor:password@localhost:5432/harbor', harbor.databaseUrl)
    .replace('npx scimkit', 'node sdk/bin/scimkit.js');

  const { stdout } = await promisify(execFile)('bash', ['-euc', block], { cwd: root });
  const [scimApiKey = ''] = /scimk_\w+/.exec(stdout) ?? [];
  const headers = { authorization: `Bearer ${scimApiKey}` };

  expect((await fetch(`${harbor.url}/scim/v2/Users`, { headers })).status).toBe(200);
});

test("the package's README writes the app's row in the transaction of the change", async () => {
  const { url, remove } = await createTestDatabase();
  onTestFinished(remove);
  // Where `pg` is found.
  const parent = join(root, 'server-example/dist');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'readme-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'example.ts');
  writeFileSync(file, `${findBlock('sdk/README.md', 'pg.Pool')}\nexport { pool, scim };\n`);
  vi.stubEnv('DATABASE_URL', url);
  onTestFinished(() => void vi.unstubAllEnvs());
  const { pool, scim } = (await import(pathToFileURL(file).href)) as { pool: Pool; scim: Scim };
  onTestFinished(() => pool.end());
  await pool.query('CREATE TABLE users (id TEXT PRIMARY KEY, customer_id TEXT, name TEXT)');
  const { scimApiKey } = (await scim.management.createScimConnection({ customerId: 'acme' })).getOrThrow();
  const create = () =>
    scim.fetch(
      new Request('http://localhost/scim/v2/Users', {
        method: 'POST',
        headers: { authorization: `Bearer ${scimApiKey}`, 'content-type': 'application/scim+json' },
        body: JSON.stringify({ userName: 'ann' }),
      }),
    );

  const statuses = [(await create()).status, (await create()).status];

  expect(statuses).toEqual([201, 409]);
  expect((await pool.query('SELECT customer_id, name FROM users')).rows).toEqual([
    { customer_id: 'acme', name: 'ann' },
  ]);
});
