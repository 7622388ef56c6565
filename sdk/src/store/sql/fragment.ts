import type { SqlValue } from './database.ts';

/** A piece of SQL with the values bound in it, in order. The text holds names of this project only. */
export interface Fragment {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/**
 * Builds a fragment. Interpolated fragments are put in place, anything else is bound.
 *
 * @example sql`r.name_key = ${key}` // { sql: 'r.name_key = ?', values: [key] }
 */
export function sql(texts: TemplateStringsArray, ...parts: readonly (Fragment | SqlValue)[]): Fragment {
  let text = texts[0] ?? '';
  const values: SqlValue[] = [];
  parts.forEach((part, index) => {
    if (isFragment(part)) {
      text += part.sql;
      values.push(...part.values);
    } else {
      text += '?';
      values.push(part);
    }
    text += texts[index + 1] ?? '';
  });
  return { sql: text, values };
}

/** Text of this project's own, such as a table's name. */
export function raw(text: string): Fragment {
  return { sql: text, values: [] };
}

/**
 * A number of rows, to stand after `LIMIT` or `OFFSET`. Bound by itself, SQLite would plan the statement again for
 * every value, which takes longer than to look a resource up.
 */
export function rowCount(count: number): Fragment {
  return sql`CAST(${count} AS BIGINT)`;
}

/** Joins fragments with a separator such as ` AND `. */
export function join(fragments: readonly Fragment[], separator: string): Fragment {
  let text = '';
  const values: SqlValue[] = [];
  for (const [at, fragment] of fragments.entries()) {
    text += at === 0 ? fragment.sql : separator + fragment.sql;
    values.push(...fragment.values);
  }
  return { sql: text, values };
}

function isFragment(part: Fragment | SqlValue): part is Fragment {
  return typeof part === 'object' && part !== null && 'sql' in part;
}
