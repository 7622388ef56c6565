import { applyMigrations } from '../../src/store/sql/migrate.ts';
import { type Migration, SQLITE_MIGRATIONS } from '../../src/store/sql/migrations.ts';
import { openPostgres } from '../../src/store/sql/postgres-database.ts';
import { postgresDialect } from '../../src/store/sql/postgres-dialect.ts';
import { POSTGRES_MIGRATIONS } from '../../src/store/sql/postgres-migrations.ts';
import { openSqliteFile } from '../../src/store/sql/sqlite-database.ts';
import { sqliteDialect } from '../../src/store/sql/sqlite-dialect.ts';

const TABLES = [
  'connections',
  'leniencies',
  'api_keys',
  'resources',
  'indexed_values',
  'members',
  'events',
  'audit',
  'secrets',
];

/** What a version to come may do to the schema: it adds, and changes indexes. For both databases. */
export const NEXT_MIGRATIONS: readonly Migration[] = [
  {
    name: '9998-next-columns',
    statements: [
      ...TABLES.map((table) => `ALTER TABLE {p}${table} ADD COLUMN next_key TEXT`),
      `ALTER TABLE {p}connections ADD COLUMN next_flag INTEGER NOT NULL DEFAULT 0`,
      `CREATE INDEX {p}resources_next ON {p}resources (connection_id, resource_type, next_key)`,
    ],
  },
  {
    name: '9999-next-tables',
    statements: [
      `CREATE TABLE {p}next (
        connection_id TEXT PRIMARY KEY REFERENCES {p}connections ON DELETE CASCADE,
        note TEXT
      )`,
      `DROP INDEX {p}members_member`,
      `CREATE INDEX {p}members_member ON {p}members (connection_id, member_id, group_id, member_type, display)`,
    ],
  },
];

/** Applies migrations this version does not know, as the version that brings them would. Answers their names. */
export async function applyNext(
  { database: option, tablePrefix: prefix }: { readonly database: string; readonly tablePrefix: string },
  next: readonly Migration[],
): Promise<readonly string[]> {
  if (next.length === 0) return [];
  const isPostgres = option.startsWith('postgres');
  const database = isPostgres ? openPostgres(option) : openSqliteFile(option.replace(/^sqlite:/, ''));
  const known = isPostgres ? POSTGRES_MIGRATIONS : SQLITE_MIGRATIONS;
  const dialect = isPostgres ? postgresDialect : sqliteDialect;
  try {
    return await applyMigrations(database, { migrations: [...known, ...next], prefix, dialect });
  } finally {
    await database.close();
  }
}
