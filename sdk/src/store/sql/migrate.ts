import type { SqlDatabase, SqlSession, SqlTransaction } from './database.ts';
import type { Dialect } from './dialect.ts';
import type { Migration } from './migrations.ts';

interface MigrateOptions {
  readonly migrations: readonly Migration[];
  readonly prefix: string;
  readonly dialect: Dialect;
  /** Run behind the migrations that were missing, in their transaction. */
  readonly finish?: (tx: SqlTransaction) => Promise<void>;
}

/**
 * Applies what is missing, in one transaction, so that two processes starting at once do not collide. Where
 * nothing is missing nothing is written: a user who may not make tables can use those that are there.
 *
 * @returns the names of the migrations applied by this call.
 */
export async function applyMigrations(
  database: SqlDatabase,
  { migrations, prefix, dialect, finish }: MigrateOptions,
): Promise<readonly string[]> {
  if (await isUpToDate(database, { migrations, prefix })) return [];
  const change = database.longTransaction ?? database.transaction;
  return change(async (tx) => {
    for (const { sql } of dialect.beginMigrations) await tx.run(sql);
    await tx.run(ledger(prefix));
    const rows = await tx.all(`SELECT name FROM ${prefix}migrations`);
    const applied = new Set(rows.map((row) => row.name));
    const missing = migrations.filter((migration) => !applied.has(migration.name));
    for (const migration of missing) {
      for (const statement of migration.statements) await tx.run(withPrefix(statement, prefix));
      await tx.run(`INSERT INTO ${prefix}migrations (name) VALUES (?)`, [migration.name]);
    }
    await finish?.(tx);
    return missing.map((migration) => migration.name);
  });
}

/** Whether there are tables of this prefix at all, of whichever version. */
export async function hasTables(
  reader: SqlSession,
  { prefix, dialect }: Pick<MigrateOptions, 'prefix' | 'dialect'>,
): Promise<boolean> {
  const { sql, values } = dialect.findTable(`${prefix}migrations`);
  return (await reader.get(sql, values)) !== undefined;
}

/** Names of what was applied and is not known here. */
export async function findLaterMigrations(
  reader: SqlSession,
  { migrations, prefix }: Pick<MigrateOptions, 'migrations' | 'prefix'>,
): Promise<readonly string[]> {
  const known = new Set(migrations.map(({ name }) => name));
  const rows = await reader.all(`SELECT name FROM ${prefix}migrations ORDER BY name`);
  return rows.map(({ name }) => String(name)).filter((name) => !known.has(name));
}

async function isUpToDate(
  { reader }: SqlDatabase,
  { migrations, prefix }: Pick<MigrateOptions, 'migrations' | 'prefix'>,
): Promise<boolean> {
  try {
    const rows = await reader.all(`SELECT name FROM ${prefix}migrations`);
    const applied = new Set(rows.map((row) => row.name));
    return migrations.every(({ name }) => applied.has(name));
  } catch {
    // Most often there is no such table yet. What else is wrong the migration meets again, and tells.
    return false;
  }
}

/** All statements as text, with more behind them. */
export function printMigrations(
  migrations: readonly Migration[],
  prefix: string,
  more: readonly string[] = [],
): string {
  const statements = migrations.flatMap((migration) => [
    `-- ${migration.name}`,
    ...migration.statements.map((statement) => `${withPrefix(statement, prefix)};`),
    `INSERT INTO ${prefix}migrations (name) VALUES ('${migration.name}');`,
  ]);
  return `${[`${ledger(prefix)};`, ...statements, ...more.map((statement) => `${statement};`)].join('\n')}\n`;
}

function ledger(prefix: string): string {
  return `CREATE TABLE IF NOT EXISTS ${prefix}migrations (name TEXT PRIMARY KEY)`;
}

function withPrefix(statement: string, prefix: string): string {
  return statement.replaceAll('{p}', prefix);
}
