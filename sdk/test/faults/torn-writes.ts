import type { SqlRow } from '../../src/store/sql/database.ts';
import type { TestDatabase } from '../support/databases.ts';

interface Told {
  readonly resource: Readonly<Record<string, unknown>>;
  readonly added?: readonly { readonly value: string }[];
  readonly removed?: readonly { readonly value: string }[];
}

interface Follower {
  readonly version: number;
  readonly resource: Told['resource'];
  readonly members: Set<string>;
}

/**
 * What does not hold of a database where every request was applied wholly or not at all: its rows are what its
 * events tell, from the first to the last, and events are numbered without a gap. An empty list = all is well.
 */
export async function findTornWrites(database: Pick<TestDatabase, 'rows'>): Promise<readonly string[]> {
  const connections = await database.rows('SELECT connection_id, event_position FROM {p}connections');
  const faults: string[] = [];
  for (const { connection_id: id, event_position: last } of connections) {
    const read = (sql: string) => database.rows(sql, [String(id)]);
    const events = await read('SELECT * FROM {p}events WHERE connection_id = ? ORDER BY position');
    const isWhole = events.every(({ position }, index) => Number(position) === index + 1);
    if (!isWhole || events.length !== Number(last))
      faults.push(`events are numbered with gaps, or end before ${last}`);
    const told = follow(events);
    const resources = await read('SELECT * FROM {p}resources WHERE connection_id = ?');
    const members = Map.groupBy(
      await read('SELECT group_id, member_id FROM {p}members WHERE connection_id = ?'),
      (row) => String(row.group_id),
    );
    for (const row of resources) {
      const follower = told.get(String(row.id));
      const stored = new Set((members.get(String(row.id)) ?? []).map((member) => String(member.member_id)));
      if (follower === undefined) faults.push(`no event tells of ${row.resource_type} ${row.id}`);
      else if (!isTold(row, follower))
        faults.push(`${row.resource_type} ${row.id} is not as its events tell`);
      else if (!isSame(stored, follower.members))
        faults.push(`members of ${row.id} are not those its events tell`);
      told.delete(String(row.id));
    }
    for (const id of told.keys()) faults.push(`events tell of ${id}, which is not there`);
  }
  return faults;
}

function isSame(left: ReadonlySet<string>, right: ReadonlySet<string>): boolean {
  return left.size === right.size && [...left].every((id) => right.has(id));
}

/** What the events leave, by the resource's id. */
function follow(events: readonly SqlRow[]): Map<string, Follower> {
  const told = new Map<string, Follower>();
  for (const event of events) {
    const id = String(event.resource_id);
    const { resource, added = [], removed = [] } = readJson(event.data) as Told;
    if (String(event.type).endsWith('.deleted')) {
      told.delete(id);
      for (const { members } of told.values()) members.delete(id);
      continue;
    }
    const members = told.get(id)?.members ?? new Set();
    for (const { value } of removed) members.delete(value);
    for (const { value } of added) members.add(value);
    told.set(id, { version: Number(event.resource_version), resource, members });
  }
  return told;
}

function isTold(row: SqlRow, { version, resource }: Follower): boolean {
  // A group whose member was deleted has a new version that no event of its own tells.
  if (Number(row.version) < version) return false;
  const attributes = readJson(row.attributes) as Record<string, unknown>;
  return Object.entries(attributes).every(
    ([name, value]) => JSON.stringify(resource[name]) === JSON.stringify(value),
  );
}

/** A driver may have read JSON already. */
function readJson(value: unknown): unknown {
  return typeof value === 'string' ? JSON.parse(value) : value;
}
