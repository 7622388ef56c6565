import type { Dialect, JsonValueType } from './dialect.ts';
import { type Fragment, raw, sql } from './fragment.ts';

/**
 * PostgreSQL: search documents are `jsonb`. Text out of JSON is compared byte by byte (`COLLATE "C"`), as the key
 * columns are, so that order and equality are those of SQLite and of memory.
 */
export const postgresDialect: Dialect = {
  list: (texts) => sql`(SELECT unnest(CAST(${toArray(texts)} AS text[])) COLLATE "C")`,
  // As an array, of which PostgreSQL expects ten elements: how many rows a climb through groups finds it overrates
  // so far that it would read all of the table.
  among: (value, rows) => sql`${value} = ANY (ARRAY(${rows}))`,
  texts: (texts) => sql`unnest(CAST(${toArray(texts)} AS text[])) AS j (value)`,
  references: (members) =>
    sql`jsonb_to_recordset(CAST(${JSON.stringify(members)} AS jsonb)) AS j (value text, display text)`,
  hasJson: (document, names) => sql`(${document} #> ${path(names)}) IS NOT NULL`,
  readJson: (document, names, type) => convert(sql`${document} #>> ${path(names)}`, type),
  jsonArray: (expressions) => `CAST(json_build_array(${expressions.join(', ')}) AS TEXT)`,
  // A list is a list wherever the schema says so; anything else would end the statement.
  elements: (document, names, alias) =>
    sql`jsonb_array_elements(CASE jsonb_typeof(${document} #> ${path(names)}) WHEN 'array' THEN ${document} #> ${path(names)} END) WITH ORDINALITY ${raw(`${alias} (value, key)`)}`,
  readElement: (alias, type) => convert(raw(`${alias}.value #>> '{}'`), type),
  contains: (expression, text) => sql`strpos(${expression}, ${text}) > 0`,
  endsWith: (expression, text) => sql`right(${expression}, length(${text})) = ${text}`,
  expectShare: (condition) => condition,
  // Not now(), which stands still inside a transaction.
  now: raw('CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)'),
  isWritingInWith: true,
  // NO KEY: a member row that refers to the locked one may be written meanwhile.
  lockRow: raw(' FOR NO KEY UPDATE'),
  // Found where a statement that names it finds it, by letters of either case as there.
  findTable: (name) => sql`SELECT 1 WHERE to_regclass(${name}) IS NOT NULL`,
  beginMigrations: [
    // The limits are those of requests. A migration takes as long as it does, and who comes second waits for it.
    raw(`SET LOCAL statement_timeout = 0`),
    raw(`SET LOCAL lock_timeout = '60s'`),
    // Any number does, as long as every process takes the same.
    raw('SELECT pg_advisory_xact_lock(7242546)'),
    // Requests queue up behind whoever waits for a table: not for longer than one of them is given.
    raw(`SET LOCAL lock_timeout = '5s'`),
  ],
};

function convert(text: Fragment, type: JsonValueType): Fragment {
  switch (type) {
    case 'boolean':
      return sql`(CASE ${text} WHEN 'true' THEN 1 WHEN 'false' THEN 0 END)`;
    case 'integer':
    case 'decimal':
      return sql`CAST(${text} AS numeric)`;
    default:
      return sql`((${text}) COLLATE "C")`;
  }
}

function path(names: readonly string[]): Fragment {
  return sql`CAST(${toArray(names)} AS text[])`;
}

/** An array as PostgreSQL reads it from text. */
function toArray(texts: readonly string[]): string {
  return `{${texts.map((text) => `"${text.replaceAll(/[\\"]/g, '\\$&')}"`).join(',')}}`;
}
