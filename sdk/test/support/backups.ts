import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { inject, onTestFinished } from 'vitest';
import { createFolder } from './connections.ts';
import { createPostgresDatabase, execute } from './postgres-databases.ts';

/** A database that can be put back to how it was. Nobody may be using it meanwhile. */
export interface RestorableDatabase {
  /** For `createScim`. */
  readonly option: string;
  backUp(): Promise<void>;
  restore(): Promise<void>;
}

/** On the kind of database this run is for. */
export async function createRestorableDatabase(): Promise<RestorableDatabase> {
  const serverUrl = inject('postgresUrl');
  return serverUrl === undefined ? createFile() : createOnServer(serverUrl);
}

/** A file; closed, it has all of its journal in it. */
function createFile(): RestorableDatabase {
  const folder = createFolder();
  const file = join(folder, 'live.db');
  const backup = join(folder, 'backup.db');
  return {
    option: `sqlite:${file}`,
    backUp: async () => copyFileSync(file, backup),
    async restore() {
      for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true });
      copyFileSync(backup, file);
    },
  };
}

async function createOnServer(serverUrl: string): Promise<RestorableDatabase> {
  const { url, drop } = await createPostgresDatabase(serverUrl);
  const name = new URL(url).pathname.slice(1);
  const backup = `${name}_backup`;
  onTestFinished(async () => {
    await drop();
    await execute(serverUrl, `DROP DATABASE IF EXISTS ${backup} WITH (FORCE)`);
  });
  return {
    option: url,
    async backUp() {
      await execute(serverUrl, `CREATE DATABASE ${backup} TEMPLATE ${name}`);
    },
    async restore() {
      await drop();
      await execute(serverUrl, `CREATE DATABASE ${name} TEMPLATE ${backup}`);
    },
  };
}
