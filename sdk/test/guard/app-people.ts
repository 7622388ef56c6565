import { DatabaseSync } from 'node:sqlite';
import type { HookContext, ScimHooks } from '../../src/index.ts';
import type { TestDatabase } from '../support/databases.ts';

/** What a hook is lent, on either database. */
interface Lent {
  prepare?(sql: string): { run(...values: unknown[]): unknown };
  query?(sql: string, values: unknown[]): Promise<unknown>;
}

/** The app's own table, beside scimkit's in the same database: who may sign in, and how often that was changed. */
export function peopleTable(prefix: string): string {
  return `${prefix}app_people`;
}

export async function createPeople({ file, prefix, rows }: TestDatabase): Promise<void> {
  const statement = `CREATE TABLE ${peopleTable(prefix)} (id TEXT PRIMARY KEY, active INTEGER NOT NULL, changes INTEGER NOT NULL)`;
  if (file === undefined) {
    await rows(`DROP TABLE IF EXISTS ${peopleTable(prefix)}`);
    await rows(statement);
    return;
  }
  const handle = new DatabaseSync(file);
  handle.exec(statement);
  handle.close();
}

/** Hooks that keep the table, inside the transaction of each change. */
export function createPeopleHooks(prefix: string): ScimHooks {
  const table = peopleTable(prefix);
  const run = async ({ database }: HookContext, statement: string, id: string) => {
    const lent = database as Lent;
    if (lent.prepare) lent.prepare(statement.replace('$1', '?')).run(id);
    else await lent.query?.(statement, [id]);
  };
  const set = (active: 0 | 1) =>
    `UPDATE ${table} SET active = ${active}, changes = changes + 1 WHERE id = $1`;
  return {
    userCreated: (change, context) =>
      run(context, `INSERT INTO ${table} (id, active, changes) VALUES ($1, 1, 0)`, change.id),
    userDeactivated: (change, context) => run(context, set(0), change.id),
    userReactivated: (change, context) => run(context, set(1), change.id),
    userDeleted: (change, context) => run(context, set(0), change.id),
  };
}
