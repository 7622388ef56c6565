import { DatabaseSync } from 'node:sqlite';
import type { TestDatabase } from './databases.ts';

/**
 * Makes many users without their requests: what matters of them is that they can be members.
 *
 * @returns their ids, in rising order.
 */
export async function insertUsers(
  { file, prefix, rows }: TestDatabase,
  connectionId: string,
  count: number,
  { active }: { readonly active?: true } = {},
): Promise<readonly string[]> {
  const isFile = file !== undefined;
  const document = isFile ? '' : '::json';
  const search = isFile ? '' : '::jsonb';
  const id = isFile
    ? `'01900000-0000-7000-8000-' || printf('%012x', n.i)`
    : `'01900000-0000-7000-8000-' || lpad(to_hex(n.i), 12, '0')`;
  const numbers = isFile
    ? `(WITH RECURSIVE c (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c WHERE i < ${count - 1}) SELECT i FROM c) n`
    : `generate_series(0, ${count - 1}) AS n (i)`;
  const text = `'{"userName":"user' || n.i || '"${active ? ',"active":true' : ''}}'`;
  const insert = `INSERT INTO ${prefix}resources
    (connection_id, id, resource_type, name_key, active, version, created, last_modified, attributes, search)
    SELECT '${connectionId}', ${id}, 'User', 'user' || n.i, ${active ? 1 : 'NULL'}, 1,
      '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z', (${text})${document}, (${text})${search}
    FROM ${numbers}`;
  await execute({ file, rows }, insert);
  return Array.from({ length: count }, (_, at) => toId(at));
}

/** Makes all of them, but for the first so many, members of a group. */
export function insertMembers(
  { file, prefix, rows }: TestDatabase,
  { connectionId, groupId, from }: { connectionId: string; groupId: string; from: number },
): Promise<void> {
  return execute(
    { file, rows },
    `INSERT INTO ${prefix}members (connection_id, group_id, member_id, member_type)
      SELECT connection_id, '${groupId}', id, resource_type FROM ${prefix}resources
      WHERE connection_id = '${connectionId}' AND resource_type = 'User' AND id >= '${toId(from)}'`,
  );
}

async function execute({ file, rows }: Pick<TestDatabase, 'file' | 'rows'>, text: string): Promise<void> {
  if (file === undefined) {
    await rows(text);
    return;
  }
  const handle = new DatabaseSync(file);
  handle.exec(`PRAGMA busy_timeout = 5000; ${text}`);
  handle.close();
}

function toId(number: number): string {
  return `01900000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
}
