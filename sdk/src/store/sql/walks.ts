import type { Walk, WalkTask, WalkWriter } from '../roles.ts';
import type { SqlSession } from './database.ts';
import { type Fragment, raw, sql } from './fragment.ts';

/** Whose walks they are, and where. */
export interface WalkSession {
  readonly session: SqlSession;
  readonly prefix: string;
  readonly connectionId: string;
}

/** The walks of one connection, inside a transaction that has locked it. */
export function createWalkWriter(place: WalkSession): WalkWriter {
  const { session, prefix, connectionId } = place;
  const walks = raw(`${prefix}walks`);
  return {
    add: (task) => addWalk(place, task),
    async next() {
      const first = sql`SELECT number, task, after_id FROM ${walks} WHERE connection_id = ${connectionId} ORDER BY number LIMIT 1`;
      const row = await session.get(first.sql, first.values);
      return row === undefined ? undefined : toWalk(row);
    },
    async advance({ number }, after) {
      const step =
        after === null
          ? sql`DELETE FROM ${walks} WHERE connection_id = ${connectionId} AND number = ${number}`
          : sql`UPDATE ${walks} SET after_id = ${after} WHERE connection_id = ${connectionId} AND number = ${number}`;
      await session.run(step.sql, step.values);
    },
  };
}

/** See {@link WalkWriter.add}. */
export async function addWalk({ session, prefix, connectionId }: WalkSession, task: WalkTask): Promise<void> {
  const run = (fragment: Fragment) => session.run(fragment.sql, fragment.values);
  const walks = raw(`${prefix}walks`);
  const text = JSON.stringify(task);
  if (task.kind === 'roles') {
    // PostgreSQL compares no JSON: as text, which is as it was written.
    await run(
      sql`DELETE FROM ${walks} WHERE connection_id = ${connectionId} AND CAST(task AS TEXT) = ${text}`,
    );
  }
  await run(
    sql`INSERT INTO ${walks} (connection_id, number, task) VALUES (${connectionId}, (SELECT coalesce(max(number), 0) + 1 FROM ${walks} WHERE connection_id = ${connectionId}), ${text})`,
  );
}

function toWalk(row: Readonly<Record<string, unknown>>): Walk {
  return {
    number: Number(row.number),
    // Written by this module alone.
    task: JSON.parse(String(row.task)) as WalkTask,
    after: String(row.after_id),
  };
}
