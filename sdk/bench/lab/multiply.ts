import { quote, type Sql } from './sql.ts';

/** Rows that belong to one resource, and how to make as many resources of it. */
export interface Multiplied {
  readonly table: string;
  /** Which rows are the template's. */
  readonly where: string;
  /** Columns the database fills by itself. */
  readonly skip?: readonly string[];
  readonly count: number;
  /** Texts of the template, and what stands in their place: SQL in which `n.i` counts from 0. In this order. */
  readonly replace: readonly (readonly [text: string, sql: string])[];
}

/**
 * Makes many resources of one that was created over HTTP, by one statement: its rows are copied with the id, the
 * number in its names and the like replaced in every text, documents included. Knows nothing of the columns.
 */
export async function multiply(
  sql: Sql,
  { table, where, skip = [], count, replace }: Multiplied,
): Promise<void> {
  const columns = (await readColumns(sql, table)).filter(({ name }) => !skip.includes(name));
  const names = columns.map(({ name }) => name).join(', ');
  const values = columns.map(({ name, type }) => {
    if (!/^(text|json|jsonb)$/i.test(type)) return `t.${name}`;
    const text = sql.kind === 'postgres' ? `t.${name}::text` : `t.${name}`;
    const replaced = replace.reduce((value, [from, to]) => `replace(${value}, ${quote(from)}, ${to})`, text);
    return sql.kind === 'postgres' ? `(${replaced})::${type}` : replaced;
  });
  await sql.run(
    `INSERT INTO ${table} (${names}) SELECT ${values.join(', ')} FROM ${table} t CROSS JOIN ${numbers(sql, count)} WHERE ${where}`,
  );
}

async function readColumns(sql: Sql, table: string): Promise<readonly { name: string; type: string }[]> {
  const rows = await sql.all(
    sql.kind === 'sqlite'
      ? `SELECT name, type FROM pragma_table_info(${quote(table)}) ORDER BY cid`
      : `SELECT column_name AS name, data_type AS type FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = ${quote(table)} ORDER BY ordinal_position`,
  );
  return rows.map(({ name, type }) => ({ name: String(name), type: String(type) }));
}

/** A table `n` of the numbers below `count`, in its column `i`. */
export function numbers({ kind }: Sql, count: number): string {
  if (kind === 'postgres') return `generate_series(0, ${count - 1}) AS n (i)`;
  return `(WITH RECURSIVE c (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c WHERE i < ${count - 1}) SELECT i FROM c) n`;
}

/** `n.i` as seven digits. */
export function digits({ kind }: Sql): string {
  return kind === 'postgres' ? "lpad(n.i::text, 7, '0')" : "printf('%07d', n.i)";
}

/** An id that rises with `n.i`, in the form of a UUID of version 7. */
export function ids({ kind }: Sql): string {
  const tail = kind === 'postgres' ? "lpad(to_hex(n.i), 12, '0')" : "printf('%012x', n.i)";
  return `'01900000-0000-7000-8000-' || ${tail}`;
}
