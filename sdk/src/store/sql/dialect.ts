import type { AttributeType } from '../../protocol/schema/definition.ts';
import type { Fragment } from './fragment.ts';

/** What a value inside a JSON document is read as. */
export type JsonValueType = AttributeType;

/** Where databases write the same thing differently. Everything else is SQL both understand. */
export interface Dialect {
  /** A list of texts, to stand after `IN`. */
  list(texts: readonly string[]): Fragment;
  /** Whether a value is among the rows of a query that finds few. */
  among(value: Fragment, rows: Fragment): Fragment;
  /** Rows `j (value)` of a list of texts. */
  texts(texts: readonly string[]): Fragment;
  /** Rows `j (value, display)` of member references. */
  references(members: readonly { readonly value: string; readonly display: string | null }[]): Fragment;
  /** Whether a JSON document holds something at a path. */
  hasJson(document: Fragment, names: readonly string[]): Fragment;
  /** The value at a path of a JSON document; NULL when there is none. Booleans are 1 and 0. */
  readJson(document: Fragment, names: readonly string[], type: JsonValueType): Fragment;
  /** Values as one text, a JSON array. */
  jsonArray(expressions: readonly string[]): string;
  /** Rows of the list at a path of a JSON document; `alias.key` counts them. */
  elements(document: Fragment, names: readonly string[], alias: string): Fragment;
  /** The value of such a row, where it is no object. */
  readElement(alias: string, type: JsonValueType): Fragment;
  contains(expression: Fragment, text: string): Fragment;
  endsWith(expression: Fragment, text: string): Fragment;
  /** Tells the planner which share of the rows meets a condition, where it cannot know by itself. */
  expectShare(condition: Fragment, share: number): Fragment;
  /** Milliseconds since the epoch, by the one clock that all processes of a database share: its own. */
  readonly now: Fragment;
  /** Whether a statement may write, and go on with what it wrote: `WITH … AS (UPDATE … RETURNING …) INSERT …`. */
  readonly isWritingInWith: boolean;
  /** Behind a SELECT of one row that is going to be written: keeps others from writing it first. */
  readonly lockRow: Fragment;
  /** One row where there is a table of this name. */
  findTable(name: string): Fragment;
  /** Run first in the transaction of migrations: one process at a time, with the time that it takes. */
  readonly beginMigrations: readonly Fragment[];
}
