// As start-postgres.ts, and the tests connect as somebody whom row-level security binds.
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import startPostgres from './start-postgres.ts';

const USER = 'scimkit_guarded';

export default async function startGuardedPostgres(project: TestProject): Promise<() => Promise<void>> {
  const stop = await startPostgres(project);
  const { postgresUrl = '' } = project.getProvidedContext();
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  const { rows } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [USER]);
  if (rows.length === 0) await client.query(`CREATE ROLE ${USER} LOGIN NOBYPASSRLS PASSWORD '${USER}'`);
  await client.query(`GRANT CREATE ON SCHEMA public TO ${USER}`);
  await client.end();
  const url = new URL(postgresUrl);
  url.username = USER;
  url.password = USER;
  project.provide('guardedUrl', url.href);
  return stop;
}
