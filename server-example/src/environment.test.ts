import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readEnvironment } from './environment.ts';

function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'harbor-environment-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('the database file, made with its folder, brings its pepper along', () => {
  const file = join(temporaryFolder(), 'below', 'harbor.db');
  const options = readEnvironment({ DATABASE_URL: `sqlite:${file}` });
  expect(options).toMatchObject({ port: 3000, database: `sqlite:${file}`, rateLimits: 'on' });
  expect(options.pepper).toBeDefined();
  expect(statSync(`${file}.pepper`).mode & 0o777).toBe(0o600);
});

test.each([undefined, 'a secret of the deployment'])(
  'PostgreSQL has no pepper but SCIMKIT_PEPPER: %s',
  (secret) => {
    const url = 'postgres://harbor@localhost/harbor';
    const options = readEnvironment({ DATABASE_URL: url, SCIMKIT_PEPPER: secret });
    expect(options.database).toBe(url);
    expect(options.pepper).toEqual(secret && { id: 'default', secret, previous: [] });
  },
);

test('without SESSION_SECRET each start has a secret of its own', () => {
  const environment = { DATABASE_URL: `sqlite:${join(temporaryFolder(), 'harbor.db')}` };
  expect(readEnvironment(environment).sessionSecret).not.toBe(readEnvironment(environment).sessionSecret);
});

test('an empty variable counts as absent', () => {
  const environment = { DATABASE_URL: `sqlite:${join(temporaryFolder(), 'harbor.db')}` };
  expect(readEnvironment({ ...environment, PORT: '', PUBLIC_URL: '' }).port).toBe(3000);
});

test.each([
  [{ PORT: 'http' }, 'PORT'],
  [{ PORT: '70000' }, 'PORT'],
  [{ RATE_LIMITS: 'no' }, 'RATE_LIMITS'],
  [{ SESSION_SECRET: 'short' }, 'SESSION_SECRET'],
  [{ PUBLIC_URL: 'harbor.example' }, 'PUBLIC_URL'],
  [{ DATABASE_URL: 'postgres://harbor:pass@word/@localhost/harbor' }, '%40 for @'],
  [{ DATABASE_URL: 'postgres:harbor' }, 'postgres://user'],
  [{ DATABASE_URL: 'harbor.db' }, 'sqlite:FILE'],
  [{ RESOURCE_TYPES: '/nowhere/types.json' }, '/nowhere/types.json'],
])('%o is refused with a message that names %s', (environment, words) => {
  const database = { DATABASE_URL: `sqlite:${join(temporaryFolder(), 'harbor.db')}` };
  expect(() => readEnvironment({ ...database, ...environment })).toThrow(words);
});

test.each([
  ['{', 'cannot be read'],
  ['7', 'must hold a list of resource types'],
  ['{"resourceTypes": {}}', 'resourceTypes Invalid input: expected array'],
  ['{"resourcetypes": []}', 'resourcetypes'],
])('a file of resource types with %s is refused, and named', (text, words) => {
  const folder = temporaryFolder();
  const file = join(folder, 'types.json');
  writeFileSync(file, text);
  const environment = { DATABASE_URL: `sqlite:${join(folder, 'harbor.db')}`, RESOURCE_TYPES: file };
  expect(() => readEnvironment(environment)).toThrow(words);
  expect(() => readEnvironment(environment)).toThrow(`RESOURCE_TYPES=${file}`);
});

test('resource types and extensions are read from a file', () => {
  const folder = temporaryFolder();
  const file = join(folder, 'types.json');
  writeFileSync(file, JSON.stringify({ resourceTypes: [{ name: 'Device' }] }));
  const options = readEnvironment({
    DATABASE_URL: `sqlite:${join(folder, 'harbor.db')}`,
    RESOURCE_TYPES: file,
  });
  expect(options).toMatchObject({ resourceTypes: [{ name: 'Device' }], extensions: [] });
});
