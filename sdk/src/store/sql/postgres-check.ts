import type { SqlSession } from './database.ts';

/** Told once, when the database is first used. */
export type Warn = (message: string, details?: object) => void;

/** Settings without which PostgreSQL acknowledges what a power cut takes away. */
const DURABLE = ['fsync', 'synchronous_commit', 'full_page_writes'];

interface Expected {
  readonly prefix: string;
  /** Whether this process says which connection's rows it reads. */
  readonly isGuarding: boolean;
}

/** Warns of a database that loses acknowledged writes, or that shows this process too little or too much. */
export async function checkPostgres(
  session: SqlSession,
  { prefix, isGuarding }: Expected,
  warn: Warn,
): Promise<void> {
  const settings = await session.all(
    `SELECT name FROM pg_settings WHERE name IN (${DURABLE.map(() => '?').join(', ')}) AND setting = 'off'`,
    DURABLE,
  );
  if (settings.length > 0) {
    const names = settings.map(({ name }) => String(name)).sort();
    warn(
      `scimkit: PostgreSQL runs with ${names.join(' and ')} off. A crash can lose what was acknowledged.`,
      {
        settings: names,
      },
    );
  }
  const row = await session.get('SELECT row_security_active(to_regclass(?)) AS active', [
    `${prefix}resources`,
  ]);
  const isGuarded = row?.active === 't';
  if (isGuarding && !isGuarded) {
    warn(
      'scimkit: rowLevelSecurity is set, but no policy binds this database user. Run "scimkit migrate --row-level-security", and connect as a user that is neither superuser nor has BYPASSRLS.',
    );
  }
  if (!isGuarding && isGuarded) {
    warn(
      'scimkit: the tables have row-level security, so this process finds no connection and no key. Set postgres: { rowLevelSecurity: true }.',
    );
  }
}
