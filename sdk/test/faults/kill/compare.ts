import { isDeepStrictEqual } from 'node:util';
import { fold } from '../../../src/protocol/fold.ts';
import type { SqlRow, SqlValue } from '../../../src/store/sql/database.ts';
import { ABSENT, GROUP, type Ledger, type State, toPersonState } from './ledger.ts';

/** Reads past the store. Tables go by `{p}` and their names. */
export type ReadRows = (sql: string, values: readonly SqlValue[]) => Promise<readonly SqlRow[]>;

// biome-ignore lint/suspicious/noExplicitAny: documents of the events and the resources
type Document = any;

/** One connection, as its rows have it. */
interface Stored {
  readonly position: number;
  readonly resources: ReadonlyMap<string, StoredRow>;
  /** Ids of members by group id. */
  readonly members: ReadonlyMap<string, ReadonlySet<string>>;
  readonly addresses: ReadonlyMap<string, readonly string[]>;
  readonly events: readonly EventRow[];
}

interface StoredRow {
  readonly type: string;
  readonly nameKey: string | null;
  readonly version: number;
  readonly lastModified: string;
  readonly attributes: Document;
}

interface EventRow {
  readonly position: number;
  readonly type: string;
  readonly resourceType: string;
  readonly resourceId: string;
  readonly version: number;
  readonly occurredAt: string;
  readonly data: Document;
}

/**
 * Holds a connection's rows against what its clients know of it: every acknowledged write is there with its event
 * (I1, I2), nothing is there by half (I9), no name twice (I7), and versions and times only went forward (I11).
 *
 * @returns one sentence for each fault
 */
export async function findFaults(
  read: ReadRows,
  { connectionId, ledger }: { readonly connectionId: string; readonly ledger: Ledger },
): Promise<readonly string[]> {
  const stored = await readConnection(read, connectionId);
  return [
    ...findLost(stored, ledger),
    ...findUnlikeLedger(stored, ledger),
    ...findGaps(stored),
    ...findUnlikeEvents(stored),
    ...findUnindexed(stored),
  ];
}

async function readConnection(read: ReadRows, connectionId: string): Promise<Stored> {
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
    resources: new Map(
      resources.map((row) => [
        String(row.id),
        {
          type: String(row.resource_type),
          nameKey: row.name_key === null ? null : String(row.name_key),
          version: Number(row.version),
          lastModified: String(row.last_modified),
          attributes: toDocument(row.attributes),
        },
      ]),
    ),
    members: new Map(
      [...Map.groupBy(members, (row) => String(row.group_id))].map(([id, rows]) => [
        id,
        new Set(rows.map((row) => String(row.member_id))),
      ]),
    ),
    addresses: new Map(
      [...Map.groupBy(addresses, (row) => String(row.resource_id))].map(([id, rows]) => [
        id,
        rows.map((row) => String(row.value_key)),
      ]),
    ),
    events: events.map((row) => ({
      position: Number(row.position),
      type: String(row.type),
      resourceType: String(row.resource_type),
      resourceId: String(row.resource_id),
      version: Number(row.resource_version),
      occurredAt: String(row.occurred_at),
      data: toDocument(row.data),
    })),
  };
}

/** SQLite gives text, the driver of PostgreSQL a document. */
function toDocument(value: unknown): Document {
  return typeof value === 'string' ? JSON.parse(value) : value;
}

/** Acknowledged writes whose event is not there. */
function findLost({ events }: Stored, { acknowledged }: Ledger): readonly string[] {
  const versioned = new Set(events.map((event) => `${event.type} ${event.resourceId} ${event.version}`));
  const unversioned = new Set(events.map((event) => `${event.type} ${event.resourceId}`));
  return acknowledged
    .filter(({ eventType, resourceId, version }) =>
      version === undefined
        ? !unversioned.has(`${eventType} ${resourceId}`)
        : !versioned.has(`${eventType} ${resourceId} ${version}`),
    )
    .map(
      ({ eventType, resourceId, version }) =>
        `lost: ${eventType} of ${resourceId}, version ${version ?? '?'}`,
    );
}

/** Resources in a state none of their clients' writes explains. */
function findUnlikeLedger({ resources, members }: Stored, ledger: Ledger): readonly string[] {
  const faults: string[] = [];
  const groupsOf = new Map<string, string[]>();
  for (const [groupId, ids] of members) {
    const name = nameOf(resources.get(groupId));
    for (const id of ids) groupsOf.set(id, [...(groupsOf.get(id) ?? []), name]);
  }
  const found = new Map<string, State>();
  for (const [id, row] of resources) {
    const name = nameOf(row);
    if (found.has(name)) faults.push(`twice: ${name}`);
    found.set(name, row.type === 'Group' ? GROUP : toState(row, groupsOf.get(id) ?? []));
  }
  for (const name of new Set([...ledger.names, ...found.keys()])) {
    const state = found.get(name) ?? ABSENT;
    const possible = ledger.possible(name);
    if (!possible.includes(state)) faults.push(`state: ${name} is ${state}, not ${possible.join(' or ')}`);
  }
  return faults;
}

function nameOf(row: StoredRow | undefined): string {
  return String(row?.attributes.userName ?? row?.attributes.displayName ?? 'nobody');
}

function toState({ attributes }: StoredRow, groups: readonly string[]): State {
  return toPersonState({ title: attributes.title, isActive: attributes.active !== false, groups });
}

/** Events are numbered from 1, and the connection knows the last number. */
function findGaps({ events, position }: Stored): readonly string[] {
  const faults = events
    .filter((event, index) => event.position !== index + 1)
    .map((event) => `gap: an event is at ${event.position}`);
  if (position !== events.length)
    faults.push(`gap: the connection is at ${position}, its events at ${events.length}`);
  return faults;
}

interface Replayed {
  readonly type: string;
  version: number;
  lastModified: string;
  document: Document;
  readonly members: Set<string>;
}

/** What the events say happened, one after the other, must be what the rows say there is. */
function findUnlikeEvents({ events, resources, members }: Stored): readonly string[] {
  const faults: string[] = [];
  const replayed = new Map<string, Replayed>();
  for (const event of events) {
    const { resourceId, version, occurredAt, data } = event;
    const verb = event.type.split('.')[1];
    const before = replayed.get(resourceId);
    if ((before === undefined) !== (verb === 'created')) {
      faults.push(`history: ${event.type} at ${event.position} of what is ${before ? '' : 'not '}there`);
      continue;
    }
    if (before === undefined) {
      replayed.set(resourceId, {
        type: event.resourceType,
        version,
        lastModified: occurredAt,
        document: data.resource,
        members: new Set(),
      });
      continue;
    }
    // One change is told by several events at times, which then have one version.
    if (version !== before.version && version !== before.version + 1)
      faults.push(`version: ${version} at ${event.position} after ${before.version}`);
    if (occurredAt < before.lastModified) faults.push(`time: ${occurredAt} after ${before.lastModified}`);
    if (verb === 'deleted') {
      replayed.delete(resourceId);
      for (const groupId of data.memberOf as readonly string[]) {
        const group = replayed.get(groupId);
        if (!group?.members.delete(resourceId)) faults.push(`history: ${resourceId} was not in ${groupId}`);
        if (group === undefined) continue;
        group.version += 1;
        if (group.lastModified < occurredAt) group.lastModified = occurredAt;
      }
      continue;
    }
    Object.assign(before, { version, lastModified: occurredAt, document: data.resource });
    if (verb !== 'members_changed') continue;
    for (const { value } of data.added as readonly { value: string }[]) before.members.add(value);
    for (const { value } of data.removed as readonly { value: string }[]) before.members.delete(value);
  }
  for (const id of new Set([...replayed.keys(), ...resources.keys(), ...members.keys()])) {
    const told = replayed.get(id);
    const row = resources.get(id);
    if (told === undefined || row === undefined) {
      faults.push(`half: ${id} has ${row ? 'a row' : 'no row'} and ${told ? 'is' : 'is not'} in its events`);
      continue;
    }
    if (row.version !== told.version)
      faults.push(`half: ${id} is at version ${row.version}, its events at ${told.version}`);
    if (row.lastModified !== told.lastModified) faults.push(`half: ${id} was changed at ${row.lastModified}`);
    if (!isDeepStrictEqual(row.attributes, pick(told.document, Object.keys(row.attributes))))
      faults.push(`half: ${id} is not as its last event has it`);
    if (!isDeepStrictEqual(members.get(id) ?? new Set(), told.members))
      faults.push(`half: ${id} has other members than its events`);
  }
  return faults;
}

function pick(document: Document, names: readonly string[]): Document {
  return Object.fromEntries(names.map((name) => [name, document[name]]));
}

/** Whoever is there is found by name and by address, and nobody else is. */
function findUnindexed({ resources, addresses }: Stored): readonly string[] {
  const faults: string[] = [];
  for (const [id, row] of resources) {
    if (row.type !== 'User') continue;
    const { userName } = row.attributes;
    if (row.nameKey !== fold(userName)) faults.push(`index: ${id} is found as ${row.nameKey}`);
    if (!isDeepStrictEqual(addresses.get(id), [fold(`${userName}@example.com`)]))
      faults.push(`index: ${id} is found at ${addresses.get(id)}`);
  }
  for (const id of addresses.keys()) if (!resources.has(id)) faults.push(`index: ${id} is not there`);
  return faults;
}
