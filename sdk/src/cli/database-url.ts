import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { CliError } from './cli-error.ts';

/**
 * The file a database URL names: `sqlite:FILE` or a plain path.
 *
 * @throws CliError for anything else.
 */
export function parseDatabaseUrl(url: string | undefined): string {
  if (url === undefined || url === '') {
    throw new CliError('Name the database: --database sqlite:FILE, or set DATABASE_URL.', 2);
  }
  // The URL itself may hold a password, so messages do not repeat it.
  if (/^postgres(?:ql)?:/i.test(url)) {
    throw new CliError('PostgreSQL is not supported yet. Use --database sqlite:FILE.', 2);
  }
  const path = url.replace(/^sqlite:/i, '');
  if (path === '' || path === ':memory:') {
    throw new CliError('A database in memory ends with this command. Use --database sqlite:FILE.', 2);
  }
  // A single letter before the colon is a drive of Windows.
  if (/^[a-z][a-z0-9+.-]+:/i.test(path)) {
    throw new CliError('This kind of database is not supported. Use --database sqlite:FILE.', 2);
  }
  return resolve(path);
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
