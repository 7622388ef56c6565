import type { KeyLookUp, KeyWithConnection } from '../connections.ts';
import { toConnection, toKey } from './connections.ts';
import type { SqlRow, SqlSession } from './database.ts';
import type { Dialect } from './dialect.ts';

/** What is read of a key and its connection, by the names rows have elsewhere. */
const COLUMNS = {
  key_id: 'k.key_id',
  connection_id: 'k.connection_id',
  kind: 'k.kind',
  purpose: 'k.purpose',
  digest: 'k.digest',
  pepper_id: 'k.pepper_id',
  last_four: 'k.last_four',
  created_at: 'k.created_at',
  created_by: 'k.created_by',
  expires_at: 'k.expires_at',
  retires_at: 'k.retires_at',
  revoked_at: 'k.revoked_at',
  last_used_at: 'k.last_used_at',
  customer_id: 'c.customer_id',
  display_name: 'c.display_name',
  provider: 'c.provider',
  status: 'c.status',
  guard: 'c.guard',
  profile: 'c.profile',
  is_interop: 'c.is_interop',
  // Both are JSON on PostgreSQL, which would put the objects themselves into the list.
  mapping: 'CAST(c.mapping AS TEXT)',
  policy: 'CAST(c.policy AS TEXT)',
  epoch: 'c.epoch',
  connected_at: 'c.created_at',
} as const;

const NAMES = Object.keys(COLUMNS);

/** Keys whose records are kept; the one kept longest goes first. */
const MAX_KEYS = 1_000;

interface Known {
  readonly record: string;
  readonly found: KeyWithConnection | undefined;
}

/**
 * Makes the look-up every request begins with. It reads the database each time; what was made of a record is used
 * again as long as the very same text is read. As one text a record costs half of what its columns do.
 */
export function createKeyLookUp(
  session: SqlSession,
  { prefix, dialect }: { readonly prefix: string; readonly dialect: Dialect },
): KeyLookUp {
  // The one look-up that starts from no connection: it is what finds the connection.
  const statement = `SELECT ${dialect.jsonArray(Object.values(COLUMNS))} AS record FROM ${prefix}connections c
    JOIN ${prefix}api_keys k ON k.connection_id = c.connection_id WHERE k.key_id = ?`;
  const known = new Map<string, Known>();
  return {
    async findKey(keyId) {
      const row = await session.get(statement, [keyId]);
      if (row === undefined) return undefined;
      const record = String(row.record);
      const last = known.get(keyId);
      if (last?.record === record) return last.found;
      const found = toKeyWithConnection(record);
      known.delete(keyId);
      known.set(keyId, { record, found });
      const [oldest] = known.keys();
      if (known.size > MAX_KEYS && oldest !== undefined) known.delete(oldest);
      return found;
    },
  };
}

function toKeyWithConnection(record: string): KeyWithConnection | undefined {
  // The statement made the list of these very columns.
  const values = JSON.parse(record) as SqlRow[string][];
  const row: SqlRow = Object.fromEntries(NAMES.map((name, at) => [name, values[at] ?? null]));
  const connection = toConnection(row, row.connected_at);
  return (
    connection && Object.freeze({ key: Object.freeze(toKey(row)), connection: Object.freeze(connection) })
  );
}
