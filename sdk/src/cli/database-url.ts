import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { CliError } from './cli-error.ts';

/** Where a command works: a SQLite file, by its whole path, or a `postgres://` URL. */
export interface DatabaseLocation {
  readonly kind: 'sqlite' | 'postgres';
  readonly database: string;
}

/**
 * What a database URL names: `sqlite:FILE`, a plain path, or `postgres://…`.
 *
 * @throws CliError for anything else. The URL may hold a password, so messages do not repeat it.
 */
export function parseDatabaseUrl(url: string | undefined): DatabaseLocation {
  if (url === undefined || url === '') {
    throw new CliError(
      'Name the database: --database sqlite:FILE or --database postgres://…, or set DATABASE_URL.',
      2,
    );
  }
  if (isPostgresUrl(url)) {
    requireReadable(url);
    return { kind: 'postgres', database: url };
  }
  const path = url.replace(/^sqlite:/i, '');
  if (path === '' || path === ':memory:') {
    throw new CliError('A database in memory ends with this command. Use --database sqlite:FILE.', 2);
  }
  // A single letter before the colon is a drive of Windows.
  if (/^[a-z][a-z0-9+.-]+:/i.test(path)) {
    throw new CliError(
      'This kind of database is not supported. Use --database sqlite:FILE or --database postgres://….',
      2,
    );
  }
  return { kind: 'sqlite', database: resolve(path) };
}

/** Whether a database URL names PostgreSQL. */
export function isPostgresUrl(url: string | undefined): boolean {
  return url !== undefined && /^postgres(?:ql)?:/i.test(url);
}

/** A sign of the password that is not written by its code would be read, and then be told, as another part. */
const READABLE = /^postgres(?:ql)?:\/\/(?:[^@/?#]*@)?[^@#]*$/i;

function requireReadable(url: string): void {
  // `pg` also takes a user without a host: postgres://user@/app?host=/run/postgresql
  if (READABLE.test(url) && URL.canParse(url.replace('@/', '@host/'))) return;
  throw new CliError(
    'The database is no URL of the form postgres://user:password@host:5432/database. In user and password, write signs such as @ : / # and % by their codes (%40 for @).',
    2,
  );
}

/** @throws CliError where the command can only read a database that exists. */
export function requireDatabaseFile(file: string): void {
  if (existsSync(file)) return;
  throw new CliError(`There is no database at ${file}. Check --database, or make it with "scimkit migrate".`);
}

/** @throws CliError where a new database has no folder to go into. */
export function requireFolder(file: string): void {
  if (existsSync(dirname(file))) return;
  throw new CliError(`The folder ${dirname(file)} does not exist. Make it, or check --database.`);
}
