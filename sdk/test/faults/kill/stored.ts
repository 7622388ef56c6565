import type { SqlRow, SqlValue } from '../../../src/store/sql/database.ts';

/** Reads past the store. Tables go by `{p}` and their names. */
export type ReadRows = (sql: string, values: readonly SqlValue[]) => Promise<readonly SqlRow[]>;

/** What an event or a resource holds, as JSON. */
export type Document = Readonly<Record<string, unknown>>;

/** One connection, as its rows have it. */
export interface StoredConnection {
  /** Of its last event, as the connection has it. */
  readonly position: number;
  readonly resources: ReadonlyMap<string, StoredRow>;
  /** Ids of members by group id. */
  readonly members: ReadonlyMap<string, ReadonlySet<string>>;
  /** Addresses that are looked up, by resource id. */
  readonly addresses: ReadonlyMap<string, readonly string[]>;
  /** By position. */
  readonly events: readonly EventRow[];
}

export interface StoredRow {
  readonly type: string;
  readonly nameKey: string | null;
  readonly version: number;
  readonly lastModified: string;
  readonly attributes: Document;
}

export interface EventRow {
  readonly position: number;
  readonly type: string;
  readonly resourceType: string;
  readonly resourceId: string;
  readonly version: number;
  readonly occurredAt: string;
  readonly data: Document;
}

export async function readConnection(read: ReadRows, connectionId: string): Promise<StoredConnection> {
  const all = (sql: string) => read(sql, [connectionId]);
  const [connection] = await all('SELECT event_position FROM {p}connections WHERE connection_id = ?');
  const resources = await all(
    'SELECT id, resource_type, name_key, version, last_modified, attributes FROM {p}resources WHERE connection_id = ?',
  );
  const members = await all('SELECT group_id, member_id FROM {p}members WHERE connection_id = ?');
  const addresses = await all(
    `SELECT resource_id, value_key FROM {p}indexed_values WHERE connection_id = ? AND attribute = 'emails.value'`,
  );
  const events = await all(
    'SELECT position, type, resource_type, resource_id, resource_version, occurred_at, data FROM {p}events WHERE connection_id = ? ORDER BY position',
  );
  return {
    position: Number(connection?.event_position ?? -1),
    resources: new Map(resources.map((row) => [String(row.id), toStored(row)])),
    members: groupTexts(members, { key: 'group_id', value: 'member_id', collect: (ids) => new Set(ids) }),
    addresses: groupTexts(addresses, { key: 'resource_id', value: 'value_key', collect: (keys) => keys }),
    events: events.map(toEvent),
  };
}

function toStored(row: SqlRow): StoredRow {
  return {
    type: String(row.resource_type),
    nameKey: row.name_key === null ? null : String(row.name_key),
    version: Number(row.version),
    lastModified: String(row.last_modified),
    attributes: toDocument(row.attributes),
  };
}

function toEvent(row: SqlRow): EventRow {
  return {
    position: Number(row.position),
    type: String(row.type),
    resourceType: String(row.resource_type),
    resourceId: String(row.resource_id),
    version: Number(row.resource_version),
    occurredAt: String(row.occurred_at),
    data: toDocument(row.data),
  };
}

/** SQLite gives text, the driver of PostgreSQL a document. */
function toDocument(value: unknown): Document {
  return (typeof value === 'string' ? JSON.parse(value) : value) as Document;
}

interface Grouping<T> {
  readonly key: string;
  readonly value: string;
  readonly collect: (values: readonly string[]) => T;
}

function groupTexts<T>(
  rows: readonly SqlRow[],
  { key, value, collect }: Grouping<T>,
): ReadonlyMap<string, T> {
  const groups = Map.groupBy(rows, (row) => String(row[key]));
  return new Map([...groups].map(([name, own]) => [name, collect(own.map((row) => String(row[value])))]));
}
