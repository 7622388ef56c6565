import { onTestFinished } from 'vitest';
import { createUser, toDigits } from '../../bench/driver/fixtures.ts';
import type { Target } from '../../bench/driver/target.ts';
import { digits, ids, multiply } from '../../bench/lab/multiply.ts';
import { openSql, quote, type Sql } from '../../bench/lab/sql.ts';
import type { Load } from './start-server.ts';

/** Fills directories past the server, by SQL: over HTTP it would take longer than what is measured. */
export interface Filling {
  /** Makes users 0 … `count` - 1 of a prefix, as one of them that was created over HTTP. The connection has no others. */
  users(
    target: Target & { readonly connectionId: string },
    wanted: { prefix: string; count: number },
  ): Promise<void>;
  /** Makes the first `count` users members of a group that has none. */
  members(connectionId: string, wanted: { groupId: string; count: number }): Promise<void>;
  /** Leaves the database as it would be after some hours. */
  settle(): Promise<void>;
}

const TEMPLATE = 9_999_999;

export async function openFilling({ database }: Load): Promise<Filling> {
  const sql: Sql = await openSql(database.option);
  onTestFinished(() => sql.close());
  const table = (name: string) => `${database.prefix}${name}`;
  return {
    async users(target, { prefix, count }) {
      const { json } = await target.createUser(createUser(prefix, TEMPLATE));
      const id = String(json?.id);
      const connection = `connection_id = ${quote(target.connectionId)}`;
      const replace = [
        [id, ids(sql)],
        [toDigits(TEMPLATE), digits(sql)],
      ] as const;
      for (const [name, column] of [
        ['resources', 'id'],
        ['indexed_values', 'resource_id'],
      ] as const) {
        const where = `t.${connection} AND t.${column} = ${quote(id)}`;
        await multiply(sql, { table: table(name), where, count, replace });
      }
      await sql.run(
        `DELETE FROM ${table('indexed_values')} WHERE ${connection} AND resource_id = ${quote(id)}`,
      );
      await sql.run(`DELETE FROM ${table('resources')} WHERE ${connection} AND id = ${quote(id)}`);
    },
    async members(connectionId, { groupId, count }) {
      await sql.run(
        `INSERT INTO ${table('members')} (connection_id, group_id, member_id, member_type)
          SELECT connection_id, ${quote(groupId)}, id, resource_type FROM ${table('resources')}
          WHERE connection_id = ${quote(connectionId)} AND resource_type = 'User' ORDER BY id LIMIT ${count}`,
      );
    },
    settle: () => sql.settle(),
  };
}

/** The id of a user made by {@link Filling.users}. */
export function toFilledId(index: number): string {
  return `01900000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`;
}
