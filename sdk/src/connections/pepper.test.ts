import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createFolder } from '../../test/support/connections.ts';
import { findPepper } from './pepper.ts';

const run = promisify(execFile);

test('the text of SCIMKIT_PEPPER wins, and no file is made', () => {
  const folder = createFolder();
  const databaseFile = join(folder, 'app.db');
  const found = findPepper({ env: { SCIMKIT_PEPPER: 'secret' }, databaseFile });
  expect(found).toEqual({ id: 'default', secret: 'secret', previous: [] });
  expect(readdirSync(folder)).toEqual([]);
});

test('else a file beside the database is made, for its owner alone, and found again', () => {
  const databaseFile = join(createFolder(), 'app.db');
  const first = findPepper({ env: { SCIMKIT_PEPPER: ' ' }, databaseFile });
  expect(first).toEqual({
    id: expect.stringMatching(/^file-[0-9a-f]{8}$/),
    secret: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
  });
  expect(findPepper({ env: {}, databaseFile })).toEqual(first);
  expect(statSync(`${databaseFile}.pepper`).mode & 0o777).toBe(0o600);
});

test('keys made with the file go on working once SCIMKIT_PEPPER is set', () => {
  const databaseFile = join(createFolder(), 'app.db');
  const stored = findPepper({ env: {}, databaseFile });
  expect(findPepper({ env: { SCIMKIT_PEPPER: 'secret' }, databaseFile })).toEqual({
    id: 'default',
    secret: 'secret',
    previous: [stored],
  });
});

test('a database under two names has one pepper', () => {
  const folder = createFolder();
  const databaseFile = join(folder, 'app.db');
  writeFileSync(databaseFile, '');
  symlinkSync(databaseFile, join(folder, 'link.db'));
  const found = findPepper({ env: {}, databaseFile });
  expect(findPepper({ env: {}, databaseFile: join(folder, 'link.db') })).toEqual(found);
});

test('there is none for a database without a file', () => {
  expect(findPepper({ env: {}, databaseFile: undefined })).toBe(undefined);
});

test('a damaged file is refused with its name, not replaced and not repeated', () => {
  const databaseFile = join(createFolder(), 'app.db');
  writeFileSync(`${databaseFile}.pepper`, 'half of a sec');
  expect(() => findPepper({ env: {}, databaseFile })).toThrow(
    /app\.db\.pepper cannot be used: it is damaged/,
  );
  expect(readFileSync(`${databaseFile}.pepper`, 'utf8')).toBe('half of a sec');
});

test('eight processes at once end with the same pepper, and leave nothing else behind', async () => {
  const folder = createFolder();
  const module = fileURLToPath(new URL('./pepper.ts', import.meta.url));
  const script = `
    const { findPepper } = await import(${JSON.stringify(module)});
    console.log(findPepper({ env: {}, databaseFile: ${JSON.stringify(join(folder, 'app.db'))} }).secret);
  `;
  const processes = Array.from({ length: 8 }, () =>
    run(process.execPath, ['--input-type=module', '--eval', script]),
  );
  const secrets = (await Promise.all(processes)).map(({ stdout }) => stdout);
  expect(new Set(secrets).size).toBe(1);
  expect(readdirSync(folder)).toEqual(['app.db.pepper']);
}, 30_000);
