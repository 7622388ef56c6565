import { expect, test } from 'vitest';
import { resolveOptions, type ScimOptions } from './options.ts';

const onPostgres = (options: Partial<ScimOptions>) =>
  resolveOptions({ database: 'postgres://app@db.example/app', ...options });

test.each([
  { limits: { hookTimeoutMs: 30_000 } },
  { limits: { hookTimeoutMs: 60_000 } },
  { postgres: { idleTimeoutMs: 2_000 } },
  { limits: { hookTimeoutMs: 5_000 }, postgres: { idleTimeoutMs: 4_000 } },
])('P29: hooks that PostgreSQL would cut off are refused at the start: %o', (options) => {
  expect(() => onPostgres(options)).toThrow(
    /^createScim: limits\.hookTimeoutMs \(\d+\) must be below postgres\.idleTimeoutMs \(\d+\), /,
  );
  expect(() => onPostgres(options)).toThrow(TypeError);
});

test.each([
  {},
  { limits: { hookTimeoutMs: 29_999 } },
  { postgres: { idleTimeoutMs: 2_001 } },
  { limits: { hookTimeoutMs: 60_000 }, postgres: { idleTimeoutMs: 61_000 } },
])('P29: hooks that have less time than a silent transaction are taken: %o', (options) => {
  expect(() => onPostgres(options)).not.toThrow();
});

test('P29: SQLite ends no transaction by itself, so any time is taken', () => {
  expect(() =>
    resolveOptions({ database: 'sqlite:app.db', limits: { hookTimeoutMs: 60_000 } }),
  ).not.toThrow();
});

test.each([
  [{}, /^createScim: database: must be "sqlite:FILE", "postgres:/],
  [{ database: 'mongodb://db.example/app' }, /^createScim: database: must be "sqlite:FILE", "postgres:/],
  [{ database: { raw() {} } }, /^createScim: database: must be "sqlite:FILE", "postgres:/],
  [{ database: 'sqlite:app.db', hook: {} }, /^createScim: hook: there is no such option\.$/],
  [{ database: 'sqlite:app.db', limits: { x: 1 } }, /^createScim: limits\.x: there is no such option\.$/],
  [
    { database: 'sqlite:app.db', hooks: { linkCandidate: () => null } },
    /^createScim: hooks\.linkCandidate and hooks\.allowLink go together/,
  ],
])('options that cannot be meant are refused by name: %o', (options, message) => {
  expect(() => resolveOptions(options as never)).toThrow(TypeError);
  expect(() => resolveOptions(options as never)).toThrow(message);
});

test.each(['app.db', 'C:\\app.db', 'sqlite:app.db', 'sqlite:///tmp/app.db', 'file:app.db', ':memory:'])(
  'a SQLite file may be named as %s',
  (database) => expect(resolveOptions({ database }).database.kind).toBe('sqlite'),
);
