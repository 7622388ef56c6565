import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { createPostgresDatabase } from '../../sdk/test/support/postgres-databases.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where this run's PostgreSQL listens; left out = the tests run on SQLite. */
    postgresUrl?: string;
  }
}

/** An empty database of one Harbor's own. */
export interface TestDatabase {
  readonly url: string;
  remove(): Promise<void>;
}

/** On the kind of database this run is for: SQLite, or PostgreSQL where one was started. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const postgresUrl = inject('postgresUrl');
  if (postgresUrl !== undefined) {
    const { url, drop } = await createPostgresDatabase(postgresUrl);
    return { url, remove: drop };
  }
  const folder = mkdtempSync(join(tmpdir(), 'harbor-'));
  return {
    url: `sqlite:${join(folder, 'harbor.db')}`,
    remove: async () => rmSync(folder, { recursive: true }),
  };
}
