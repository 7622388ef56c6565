import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';

/** A database as the benchmark fills and inspects it, beside the server that serves it. */
export interface Sql {
  readonly kind: 'sqlite' | 'postgres';
  /** One or more statements without values. */
  run(text: string): Promise<void>;
  all(text: string): Promise<readonly Row[]>;
  /** Leaves the database as it would be after some hours: statistics known, logs folded in. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

export type Row = Readonly<Record<string, unknown>>;

/** @param url `sqlite:FILE` or `postgres://…` */
export async function openSql(url: string): Promise<Sql> {
  if (url.startsWith('postgres:')) return openPostgres(url);
  const database = new DatabaseSync(url.replace(/^sqlite:/, ''));
  database.exec('PRAGMA busy_timeout = 10000; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144');
  return {
    kind: 'sqlite',
    run: async (text) => database.exec(text),
    all: async (text) => database.prepare(text).all(),
    settle: async () => database.exec('PRAGMA wal_checkpoint(TRUNCATE)'),
    close: async () => database.close(),
  };
}

async function openPostgres(url: string): Promise<Sql> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return {
    kind: 'postgres',
    run: async (text) => void (await client.query(text)),
    all: async (text) => (await client.query(text)).rows,
    settle: async () => {
      await client.query('VACUUM (ANALYZE)');
      await client.query('CHECKPOINT');
    },
    close: () => client.end(),
  };
}

/** Text as SQL writes it. Only for what the benchmark has made itself. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
