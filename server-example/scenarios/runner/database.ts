import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, extname, join, resolve } from 'node:path';
import pg from 'pg';

/** An empty database for one scenario. */
export interface ScenarioDatabase {
  /** `sqlite:FILE` or `postgres://…` */
  readonly url: string;
  /** Takes it away again, unless it is one to look into afterwards. */
  remove(): Promise<void>;
}

/**
 * A file in a temporary folder. Where a URL is given: on PostgreSQL a database beside the one it names, by a user who
 * may make some; on SQLite a file beside the one it names, which is kept to look into.
 *
 * @throws Error when such a file is there already: a scenario starts with nothing
 */
export async function createScenarioDatabase(name: string, given: string | undefined) {
  if (given === undefined || given === '') return createTemporaryFile();
  return given.startsWith('sqlite:') ? nameFile(name, given) : createPostgresDatabase(given);
}

function createTemporaryFile(): ScenarioDatabase {
  const folder = mkdtempSync(join(tmpdir(), 'harbor-scenario-'));
  return {
    url: `sqlite:${join(folder, 'harbor.db')}`,
    remove: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

function nameFile(name: string, given: string): ScenarioDatabase {
  const path = resolve(given.slice('sqlite:'.length));
  const extension = extname(path);
  const file = `${path.slice(0, path.length - extension.length)}-${name}${extension}`;
  if (existsSync(file)) throw new Error(`${file} is there already. Remove it, or name another DATABASE_URL.`);
  if (!existsSync(dirname(file))) throw new Error(`The folder ${dirname(file)} does not exist.`);
  return { url: `sqlite:${file}`, remove: async () => {} };
}

async function createPostgresDatabase(serverUrl: string): Promise<ScenarioDatabase> {
  const name = `scenario_${randomBytes(6).toString('hex')}`;
  await execute(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    remove: () => execute(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
