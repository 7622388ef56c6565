import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** A database of one test's own on the run's PostgreSQL. */
export interface PostgresDatabase {
  readonly url: string;
  /** Ends whoever still uses it. */
  drop(): Promise<void>;
}

/**
 * Makes an empty database.
 *
 * @param serverUrl names a user who may make databases
 */
export async function createPostgresDatabase(serverUrl: string): Promise<PostgresDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await execute(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () => execute(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

/** Runs statements over a connection of their own. */
export async function execute(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
