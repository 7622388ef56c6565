import type { Dialect } from './dialect.ts';
import { raw, sql } from './fragment.ts';

/** SQLite: JSON by its own functions over text, one writer at a time by the transaction itself. */
export const sqliteDialect: Dialect = {
  list: (texts) => sql`(SELECT value FROM json_each(${JSON.stringify(texts)}))`,
  among: (value, rows) => sql`${value} IN (${rows})`,
  texts: (texts) => sql`json_each(${JSON.stringify(texts)}) j`,
  references: (members) =>
    sql`(SELECT json_extract(value, '$.value') AS value, json_extract(value, '$.display') AS display FROM json_each(${JSON.stringify(members)})) j`,
  hasJson: (document, names) => sql`json_type(${document}, ${jsonPath(names)}) IS NOT NULL`,
  readJson: (document, names) => sql`json_extract(${document}, ${jsonPath(names)})`,
  jsonArray: (expressions) => `json_array(${expressions.join(', ')})`,
  elements: (document, names, alias) => sql`json_each(${document}, ${jsonPath(names)}) ${raw(alias)}`,
  readElement: (alias) => raw(`${alias}.value`),
  contains: (expression, text) => sql`instr(${expression}, ${text}) > 0`,
  endsWith: (expression, text) => sql`substr(${expression}, -length(${text})) = ${text}`,
  // Without statistics SQLite takes a type to have some nine resources, and rather reads them all in order of id.
  expectShare: (condition, share) => sql`likelihood(${condition}, ${raw(String(share))})`,
  now: raw("CAST(unixepoch('subsec') * 1000 AS INTEGER)"),
  isWritingInWith: false,
  lockRow: raw(''),
  // The transaction itself lets nobody else write.
  findTable: (name) =>
    sql`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ${name} COLLATE NOCASE`,
  beginMigrations: [],
};

/** Names come from compiled schemas, whose alphabet has neither quotes nor backslashes. */
function jsonPath(names: readonly string[]): string {
  return `$${names.map((name) => `."${name}"`).join('')}`;
}
