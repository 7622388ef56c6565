import { expect, inject, onTestFinished, test } from 'vitest';
import { applyMigrations } from '../../src/store/sql/migrate.ts';
import { openPostgres } from '../../src/store/sql/postgres-database.ts';
import { postgresDialect } from '../../src/store/sql/postgres-dialect.ts';
import { createPostgresDatabase } from '../support/postgres-databases.ts';

test('fault-F19: a migration may take longer than a request; who starts meanwhile waits for it', async () => {
  const { url, drop } = await createPostgresDatabase(inject('postgresUrl') ?? '');
  onTestFinished(drop);
  const migrations = [
    { name: '0001-slow', statements: ['SELECT pg_sleep(2)', 'CREATE TABLE {p}made (id TEXT)'] },
  ];
  const migrate = async () => {
    const database = openPostgres(url, { statementTimeoutMs: 200, lockTimeoutMs: 200 });
    onTestFinished(() => database.close());
    return applyMigrations(database, { migrations, prefix: 'slow_', dialect: postgresDialect });
  };

  const applied = await Promise.all([migrate(), migrate(), migrate()]);

  expect(applied.flat()).toEqual(['0001-slow']);
});
