import { CliError } from './cli-error.ts';
import type { DatabaseLocation } from './database-url.ts';

/** A failure as the person at the terminal can act on it: where PostgreSQL was looked for, never with its password. */
export function toDatabaseFault(error: unknown, location: DatabaseLocation): unknown {
  if (error instanceof CliError || !(error instanceof Error)) return error;
  const isUnavailable = error.name === 'StoreUnavailableError';
  const cause = isUnavailable && error.cause instanceof Error ? error.cause : error;
  const advice = location.kind === 'postgres' ? advise(cause, location.database) : undefined;
  if (advice !== undefined) return new CliError(advice);
  // Of several addresses that were tried, the error of all has a code and no words.
  const message = cause.message || readCode(cause);
  if (isUnavailable) return new CliError(`The database cannot be used: ${message}. Nothing was changed.`);
  return new CliError(message.replace(/^createScim: database: /, ''));
}

function readCode(error: Error): string {
  return 'code' in error ? String(error.code) : '';
}

/** By SQLSTATE, https://www.postgresql.org/docs/current/errcodes-appendix.html, and by the system's own codes. */
function advise(error: Error, url: string): string | undefined {
  const { host, name } = readAddress(url);
  const { message } = error;
  const code = readCode(error);
  const isUnanswered = /^E(?!RR_)[A-Z_]+$/.test(code) && !message.includes(', open ');
  if (isUnanswered || message.includes('timeout exceeded when trying to connect'))
    return `PostgreSQL does not answer at ${host} (${code || 'time-out'}). Is it running there, and is --database right?`;
  if (code.startsWith('28') || message.startsWith('SASL'))
    return `PostgreSQL at ${host} does not let this command in: ${message}. Check user and password in --database, or set PGPASSWORD.`;
  if (code === '3D000')
    return `There is no database ${name} on ${host}. Make it with "createdb ${name}", or check --database.`;
  if (code === '42501' || code === '3F000')
    return `The user of --database may not do this on ${host}: ${message}. Give it CREATE on the schema, or let an owner run what "scimkit migrate --print --database postgres:" prints.`;
  if (code === '25006')
    return `PostgreSQL at ${host} takes no changes: ${message}. Name the primary, not a standby.`;
  return undefined;
}

function readAddress(url: string): { readonly host: string; readonly name: string } {
  const { hostname, port, pathname, searchParams } = new URL(url.replace('@/', '@localhost/'));
  const host = searchParams.get('host') ?? (hostname || 'localhost');
  const name = decodeURIComponent(pathname.slice(1)) || 'of that name';
  return { host: host.startsWith('/') ? host : `${host}:${port || 5432}`, name };
}
