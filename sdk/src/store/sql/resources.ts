import { inTurns, letOthers } from '../../in-turns.ts';
import { badRequest, MembershipCircleError, uniquenessConflict } from '../../protocol/errors.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { findMembersAttribute, type ResourceType } from '../../protocol/schema/resource-type.ts';
import { toSearchDocument } from '../../protocol/search-key.ts';
import type {
  ConnectionScope,
  EventRecord,
  Member,
  MemberReference,
  Membership,
  ResourcePage,
  ResourcePosition,
  ResourceRange,
  ResourceReader,
  ResourceSelection,
  ResourceWriter,
  StoredResource,
} from '../port.ts';
import { type SqlRow, type SqlSession, type SqlTransaction, UniqueViolationError } from './database.ts';
import type { Dialect } from './dialect.ts';
import { type Fragment, join, raw, rowCount, sql } from './fragment.ts';
import {
  changedColumns,
  findTooLong,
  hasSameValues,
  type IndexRow,
  indexPlanOf,
  readColumn,
  toIndexRows,
} from './index-plan.ts';
import { isAfter, orderBy } from './keyset.ts';
import type { KnownTotals } from './known-totals.ts';
import { compileSelections, findSelectedType } from './selection.ts';

/** What the SQL of one connection's resources needs. */
export interface ResourceSession {
  readonly session: SqlSession;
  readonly scope: ConnectionScope;
  readonly prefix: string;
  readonly dialect: Dialect;
  /** Finds a compiled type by name, for reads that do not ask for one type. */
  readonly findType: (name: string) => ResourceType | undefined;
  /** Left out inside a transaction, which sees what has no event yet. */
  readonly totals?: KnownTotals;
  /** Put behind the look-up of one resource. */
  readonly lock?: Fragment;
}

/** Resources before a page from which on it is found by its ids alone, and only then read. */
const DEEP_OFFSET = 1_000;

/** Members read by one statement: some milliseconds of work. */
const MEMBERS_IN_PART = 250;

/** Reads of one connection. Every statement names it. */
export function createResourceReader(options: ResourceSession): ResourceReader {
  const { session, prefix, dialect, findType, totals, lock = raw('') } = options;
  const { connectionId } = options.scope;
  const all = (fragment: Fragment) => session.all(fragment.sql, fragment.values);
  const get = (fragment: Fragment) => session.get(fragment.sql, fragment.values);
  const resources = raw(`${prefix}resources r`);
  const members = raw(`${prefix}members m`);
  /** Raised by every write of the connection. */
  const position = sql`SELECT c.event_position FROM ${raw(prefix)}connections c WHERE c.connection_id = ${connectionId}`;
  // Not EXISTS: for a page, PostgreSQL would rather read all members of all connections once.
  const columns = raw(
    `r.id, r.resource_type, r.attributes, r.version, r.created, r.last_modified, r.user_id, coalesce((SELECT 1 FROM ${prefix}members held WHERE held.connection_id = r.connection_id AND held.member_id = r.id LIMIT 1), 0) AS is_member`,
  );

  async function queryAll(
    selections: readonly ResourceSelection[],
    { offset, limit, descending = false }: ResourceRange,
  ): Promise<ResourcePage> {
    const { where, key } = compileSelections(selections, { connectionId, prefix, dialect });
    const order = orderBy(key, descending);
    const isDeep = offset >= DEEP_OFFSET && limit > 0;
    const late = isDeep && key === undefined ? await readFromEnd(where, { offset, limit }) : undefined;
    if (late !== undefined)
      return { total: late.total, resources: late.rows.map((row) => toSelected(selections, row)) };
    const rows =
      limit === 0
        ? []
        : await all(
            offset < DEEP_OFFSET
              ? sql`SELECT ${columns} FROM ${resources} WHERE ${where} ORDER BY ${order} LIMIT ${rowCount(limit)} OFFSET ${rowCount(offset)}`
              : sql`SELECT ${columns} FROM (SELECT r.id FROM ${resources} WHERE ${where} ORDER BY ${order} LIMIT ${rowCount(limit)} OFFSET ${rowCount(offset)}) page CROSS JOIN ${resources} WHERE r.connection_id = ${connectionId} AND r.id = page.id ORDER BY ${order}`,
          );
    // A page that is not full and not past the end tells the total by itself.
    const isWhole = rows.length < limit && (rows.length > 0 || offset === 0) && limit > 0;
    const total = isWhole ? offset + rows.length : await count(where);
    return { total, resources: rows.map((row) => toSelected(selections, row)) };
  }

  async function* memberParts(groupId: string): AsyncGenerator<readonly Member[]> {
    for (let after = ''; ; ) {
      const rows = await all(
        sql`SELECT m.member_id, m.member_type, m.display FROM ${members} WHERE m.connection_id = ${connectionId} AND m.group_id = ${groupId} AND m.member_id > ${after} ORDER BY m.member_id LIMIT ${rowCount(MEMBERS_IN_PART)}`,
      );
      if (rows.length > 0) yield rows.map(toMember);
      if (rows.length < MEMBERS_IN_PART) return;
      after = String(rows.at(-1)?.member_id);
      await letOthers();
    }
  }

  /** A page in the second half, found from the end; undefined = not known to be there, or written to meanwhile. */
  async function readFromEnd(where: Fragment, { offset, limit }: ResourceRange) {
    const known = await findTotal(where);
    if (known === undefined || offset >= known.total || offset * 2 < known.total) return undefined;
    const size = Math.min(limit, known.total - offset);
    const rows = await all(
      sql`SELECT ${columns} FROM (SELECT r.id FROM ${resources} WHERE ${where} AND (${position}) = ${known.position} ORDER BY r.id DESC LIMIT ${rowCount(size)} OFFSET ${rowCount(known.total - offset - size)}) page CROSS JOIN ${resources} WHERE r.connection_id = ${connectionId} AND r.id = page.id ORDER BY r.id`,
    );
    return rows.length === 0 ? undefined : { total: known.total, rows };
  }

  async function findTotal(where: Fragment) {
    const query = toQuery(where);
    if (totals?.has(query) !== true) return undefined;
    const now = Number((await get(position))?.event_position);
    const total = totals.find(query, now);
    return total === undefined ? undefined : { total, position: now };
  }

  async function count(where: Fragment): Promise<number> {
    const known = await findTotal(where);
    if (known !== undefined) return known.total;
    const row = await get(
      sql`SELECT count(*) AS total, (${position}) AS position FROM ${resources} WHERE ${where}`,
    );
    const total = Number(row?.total ?? 0);
    if (row !== undefined && row.position !== null)
      totals?.keep(toQuery(where), { position: Number(row.position), total });
    return total;
  }

  return {
    async find(type, id) {
      const row = await get(
        sql`SELECT ${columns} FROM ${resources} WHERE r.connection_id = ${connectionId} AND r.id = ${id} AND r.resource_type = ${type.name}${lock}`,
      );
      return row === undefined ? undefined : toResource(type, row);
    },
    query: (type, { offset, limit, descending, ...selection }) =>
      queryAll([{ ...selection, type }], { offset, limit, descending: descending ?? false }),
    queryAll,
    async walk(selections, { after, limit, descending = false }) {
      const { where, key } = compileSelections(selections, { connectionId, prefix, dialect });
      const rest = after === undefined ? raw('TRUE') : isAfter(after, { key, descending });
      // One row more than asked for tells whether there is a further page.
      const rows = await all(
        sql`SELECT ${columns}, ${key ?? raw('NULL')} AS sort_key FROM ${resources} WHERE ${where} AND ${rest} ORDER BY ${orderBy(key, descending)} LIMIT ${rowCount(limit + 1)}`,
      );
      const shown = rows.slice(0, limit);
      const last = rows.length > limit ? shown.at(-1) : undefined;
      return {
        resources: shown.map((row) => toSelected(selections, row)),
        next: last === undefined ? undefined : toPosition(last),
      };
    },
    async members(groupId) {
      const found: Member[] = [];
      for await (const part of memberParts(groupId)) found.push(...part);
      return found;
    },
    memberParts,
    async membersOf(groupIds, most) {
      // Sorted here: to sort them itself the database would read all of them first, however many.
      const rows = await all(
        sql`SELECT m.group_id, m.member_id, m.member_type, m.display FROM ${members} WHERE m.connection_id = ${connectionId} AND m.group_id IN ${dialect.list(groupIds)} LIMIT ${rowCount(most + 1)}`,
      );
      if (rows.length > most) return undefined;
      return groupRows(rows.toSorted(byMemberId), 'group_id', toMember);
    },
    async membershipsOf(resourceIds) {
      const display = dialect.readJson(raw('g.attributes'), ['displayName'], 'string');
      // UNION ends the climb where groups were seen before. CROSS JOIN: turned round, either join would read all of the connection.
      const rows = await all(
        sql`WITH RECURSIVE above (member_id, group_id, direct) AS (
            SELECT m.member_id, m.group_id, 1 FROM ${members} WHERE m.connection_id = ${connectionId} AND m.member_id IN ${dialect.list(resourceIds)}
            UNION SELECT above.member_id, m.group_id, 0 FROM above CROSS JOIN ${members} WHERE m.connection_id = ${connectionId} AND m.member_id = above.group_id
          ) SELECT held.member_id, held.group_id, held.direct, g.resource_type, ${display} AS display
          FROM (SELECT member_id, group_id, max(direct) AS direct FROM above GROUP BY member_id, group_id) held
          CROSS JOIN ${raw(prefix)}resources g WHERE g.connection_id = ${connectionId} AND g.id = held.group_id
          ORDER BY held.member_id, held.group_id`,
      );
      return groupRows(rows, 'member_id', toMembership);
    },
    async findByUserId(userId) {
      const row = await get(
        sql`SELECT ${columns} FROM ${resources} WHERE r.connection_id = ${connectionId} AND r.user_id = ${userId}`,
      );
      const type = row === undefined ? undefined : findType(String(row.resource_type));
      return row === undefined || type === undefined ? undefined : toResource(type, row);
    },
    async userIdsOf(resourceIds) {
      const userIds = new Map<string, string>();
      for await (const part of inTurns(resourceIds)) {
        const rows = await all(
          sql`SELECT r.id, r.user_id FROM ${dialect.texts(part)} CROSS JOIN ${resources} WHERE r.connection_id = ${connectionId} AND r.id = j.value`,
        );
        // Picked here and not by a condition, which would lead to the index of all accounts of the connection.
        for (const row of rows) if (row.user_id !== null) userIds.set(String(row.id), String(row.user_id));
      }
      return userIds;
    },
    async events({ after, limit }) {
      const rows = await all(
        sql`SELECT position, id, type, resource_type, resource_id, resource_version, occurred_at, data FROM ${raw(prefix)}events WHERE connection_id = ${connectionId} AND position > ${after} ORDER BY position LIMIT ${rowCount(limit)}`,
      );
      return rows.map(toEvent);
    },
  };
}

/** Writes of one connection, inside an open transaction. */
export function createResourceWriter(
  options: ResourceSession & { readonly session: SqlTransaction },
): ResourceWriter {
  const { session, prefix, dialect } = options;
  const { connectionId } = options.scope;
  const all = (fragment: Fragment) => session.all(fragment.sql, fragment.values);
  const get = (fragment: Fragment) => session.get(fragment.sql, fragment.values);
  const run = (fragment: Fragment) => session.run(fragment.sql, fragment.values);
  const members = raw(`${prefix}members`);
  const indexedValues = raw(`${prefix}indexed_values`);

  const insertIndexRow = async (resource: StoredResource, row: IndexRow) => {
    const insert = sql`INSERT INTO ${indexedValues} (connection_id, resource_type, attribute, value_key, resource_id, is_unique) VALUES (${connectionId}, ${resource.type.name}, ${row.attribute}, ${row.key}, ${resource.id}, ${Number(row.isUnique)})`;
    try {
      await run(insert);
    } catch (error) {
      if (error instanceof UniqueViolationError) throw uniquenessConflict(row.attribute);
      throw error;
    }
  };

  const reader = createResourceReader({ ...options, lock: dialect.lockRow });

  return {
    ...reader,
    database: session.handle,
    async insert(resource) {
      const { search, plan } = toIndexable(resource);
      const keys = keyColumns(resource, search);
      await judgeUnique(
        resource,
        run(
          sql`INSERT INTO ${raw(prefix)}resources (connection_id, id, resource_type, name_key, external_id, display_key, active, user_id, version, created, last_modified, attributes, search) VALUES (${connectionId}, ${resource.id}, ${resource.type.name}, ${keys.name}, ${keys.external}, ${keys.display}, ${keys.active}, ${resource.userId}, ${resource.version}, ${resource.created}, ${resource.lastModified}, ${JSON.stringify(resource.attributes)}, ${JSON.stringify(search)})`,
        ),
      );
      for (const row of toIndexRows(plan, search)) await insertIndexRow(resource, row);
    },
    async replace(resource, before) {
      const { search, plan } = toIndexable(resource);
      const changed = changedColumns(plan, before.attributes, resource.attributes);
      const keys = [...changed.values()].map(
        (column) => sql`${raw(column)} = ${readColumn(plan, column, search)}, `,
      );
      await judgeUnique(
        resource,
        run(
          sql`UPDATE ${raw(prefix)}resources SET ${join(keys, '')}version = ${resource.version}, last_modified = ${resource.lastModified}, attributes = ${JSON.stringify(resource.attributes)}, search = ${JSON.stringify(search)} WHERE connection_id = ${connectionId} AND id = ${resource.id}`,
        ),
      );
      if (hasSameValues(plan, before.attributes, resource.attributes)) return;
      const wanted = toIndexRows(plan, search);
      const present = await all(
        sql`SELECT attribute, value_key FROM ${indexedValues} WHERE connection_id = ${connectionId} AND resource_id = ${resource.id}`,
      );
      for (const row of present) {
        if (wanted.some(({ attribute, key }) => attribute === row.attribute && key === row.value_key))
          continue;
        await run(
          sql`DELETE FROM ${indexedValues} WHERE connection_id = ${connectionId} AND resource_type = ${resource.type.name} AND attribute = ${String(row.attribute)} AND value_key = ${String(row.value_key)} AND resource_id = ${resource.id}`,
        );
      }
      for (const row of wanted) {
        if (present.some(({ attribute, value_key }) => attribute === row.attribute && value_key === row.key))
          continue;
        await insertIndexRow(resource, row);
      }
    },
    async touch(resource) {
      await run(
        sql`UPDATE ${raw(prefix)}resources SET version = ${resource.version}, last_modified = ${resource.lastModified} WHERE connection_id = ${connectionId} AND id = ${resource.id}`,
      );
    },
    async touchAll(ids, lastModified) {
      // One by one: given a list, SQLite would read all resources of the connection to find these few.
      for (const id of ids) {
        await run(
          sql`UPDATE ${raw(prefix)}resources SET version = version + 1, last_modified = CASE WHEN last_modified < ${lastModified} THEN ${lastModified} ELSE last_modified END WHERE connection_id = ${connectionId} AND id = ${id}`,
        );
      }
    },
    async link(id, userId) {
      try {
        await run(
          sql`UPDATE ${raw(prefix)}resources SET user_id = ${userId} WHERE connection_id = ${connectionId} AND id = ${id}`,
        );
      } catch (error) {
        if (!(error instanceof UniqueViolationError)) throw error;
        throw new TypeError(
          'hooks: the userId returned is linked to another resource of this connection already.',
        );
      }
    },
    async delete(type, id) {
      // They would go by themselves, and however many they are, nobody else would have a turn.
      if (findMembersAttribute(type) !== undefined)
        for await (const part of reader.memberParts(id))
          await removePart(
            id,
            part.map(({ value }) => value),
          );
      await run(
        sql`DELETE FROM ${raw(prefix)}resources WHERE connection_id = ${connectionId} AND id = ${id} AND resource_type = ${type.name}`,
      );
    },
    async addMembers(groupId, references) {
      const added: Member[] = [];
      for await (const part of inTurns(references)) added.push(...(await addPart(groupId, part)));
      await refuseCycle(groupId, added);
      return added;
    },
    async removeMembers(groupId, ids) {
      const removed: Member[] = [];
      for await (const part of inTurns(ids)) removed.push(...(await removePart(groupId, part)));
      return removed;
    },
    async keepMembers(groupId, ids) {
      const kept = new Set(ids);
      const removed: Member[] = [];
      for await (const part of reader.memberParts(groupId)) {
        const gone = part.map(({ value }) => value).filter((id) => !kept.has(id));
        if (gone.length > 0) removed.push(...(await removePart(groupId, gone)));
      }
      return removed;
    },
    async appendEvent(event) {
      const raise = sql`UPDATE ${raw(prefix)}connections SET event_position = event_position + 1 WHERE connection_id = ${connectionId} RETURNING connection_id, event_position`;
      const into = raw(
        `INSERT INTO ${prefix}events (connection_id, position, id, type, resource_type, resource_id, resource_version, occurred_at, data)`,
      );
      const data = JSON.stringify(event.data);
      if (dialect.isWritingInWith) {
        const added = await run(
          sql`WITH raised AS (${raise}) ${into} SELECT connection_id, event_position, ${event.id}, ${event.type}, ${event.resourceType}, ${event.resourceId}, CAST(${event.resourceVersion} AS BIGINT), ${event.occurredAt}, CAST(${data} AS JSON) FROM raised`,
        );
        if (added === 0) throw connectionGone();
        return;
      }
      const [row] = await all(raise);
      if (row === undefined) throw connectionGone();
      await run(
        sql`${into} VALUES (${connectionId}, ${Number(row.event_position)}, ${event.id}, ${event.type}, ${event.resourceType}, ${event.resourceId}, ${event.resourceVersion}, ${event.occurredAt}, ${data})`,
      );
    },
  };

  async function addPart(
    groupId: string,
    references: readonly MemberReference[],
  ): Promise<readonly Member[]> {
    // CROSS JOIN keeps the list outside: turned round, each resource would read the whole list.
    const named = sql`${dialect.references(references)} CROSS JOIN ${raw(prefix)}resources r WHERE r.connection_id = ${connectionId} AND r.id = j.value`;
    const rows = await all(
      sql`INSERT INTO ${members} (connection_id, group_id, member_id, member_type, display) SELECT r.connection_id, ${groupId}, r.id, r.resource_type, j.display FROM ${named} ON CONFLICT DO NOTHING RETURNING member_id, member_type`,
    );
    // Of those that are missing each is a member already, or nobody.
    const known =
      rows.length === references.length
        ? references.length
        : Number((await get(sql`SELECT count(*) AS total FROM ${named}`))?.total);
    if (known !== references.length) {
      throw badRequest('invalidValue', 'A member does not exist in this connection.', 'members');
    }
    // Texts that are in memory already are not kept a second time.
    const given = new Map(references.map((reference) => [reference.value, reference]));
    return rows.flatMap(({ member_id: id, member_type: type }) => {
      const reference = given.get(String(id));
      return reference === undefined ? [] : [{ ...reference, type: String(type) }];
    });
  }

  async function removePart(groupId: string, ids: readonly string[]): Promise<readonly Member[]> {
    const rows = await all(
      sql`DELETE FROM ${members} WHERE connection_id = ${connectionId} AND group_id = ${groupId} AND ${dialect.among(raw('member_id'), sql`SELECT j.value FROM ${dialect.texts(ids)}`)} RETURNING member_id, member_type, display`,
    );
    return rows.map(toMember);
  }

  /** Row D8: a group never holds itself, not through other groups either. */
  async function refuseCycle(groupId: string, added: readonly Member[]): Promise<void> {
    // Nothing is a member of a user.
    const holders = added.filter(({ type }) => type !== 'User').map(({ value }) => value);
    if (holders.length === 0) return;
    // Two halves of a circle written at once would not see each other.
    await get(
      sql`SELECT connection_id FROM ${raw(prefix)}connections WHERE connection_id = ${connectionId}${dialect.lockRow}`,
    );
    const cycle = await get(
      sql`WITH RECURSIVE above (id) AS (
          SELECT r.id FROM ${raw(prefix)}resources r WHERE r.connection_id = ${connectionId} AND r.id = ${groupId}
          UNION SELECT m.group_id FROM above CROSS JOIN ${members} m WHERE m.connection_id = ${connectionId} AND m.member_id = above.id
        ) SELECT 1 AS found FROM above WHERE id IN ${dialect.list(holders)}`,
    );
    if (cycle !== undefined) throw new MembershipCircleError();
  }
}

function connectionGone(): Error {
  return new Error('The connection was deleted while it was written to.');
}

interface Keys {
  readonly name: string | number | null;
  readonly external: string | number | null;
  readonly display: string | number | null;
  readonly active: string | number | null;
}

function keyColumns({ type }: StoredResource, search: JsonObject): Keys {
  const plan = indexPlanOf(type);
  return {
    name: readColumn(plan, 'name_key', search),
    external: readColumn(plan, 'external_id', search),
    display: readColumn(plan, 'display_key', search),
    active: readColumn(plan, 'active', search),
  };
}

function toIndexable({ type, attributes }: StoredResource) {
  const search = toSearchDocument(type, attributes);
  const plan = indexPlanOf(type);
  const tooLong = findTooLong(plan, search);
  if (tooLong !== undefined) throw badRequest('invalidValue', `${tooLong} is too long.`, tooLong);
  return { search, plan };
}

async function judgeUnique(resource: StoredResource, statement: Promise<unknown>): Promise<void> {
  try {
    await statement;
  } catch (error) {
    if (!(error instanceof UniqueViolationError)) throw error;
    throw uniquenessConflict(indexPlanOf(resource.type).uniqueAttribute?.name ?? 'id');
  }
}

function toResource(type: ResourceType, row: SqlRow): StoredResource {
  return {
    id: String(row.id),
    type,
    attributes: JSON.parse(String(row.attributes)) as JsonObject,
    version: Number(row.version),
    created: String(row.created),
    lastModified: String(row.last_modified),
    userId: row.user_id === null ? null : String(row.user_id),
    isMember: row.is_member === 1,
  };
}

function toSelected(selections: readonly ResourceSelection[], row: SqlRow): StoredResource {
  return toResource(findSelectedType(selections, String(row.resource_type)), row);
}

function toPosition({ id, sort_key: key }: SqlRow): ResourcePosition {
  return { id: String(id), key: typeof key === 'string' || typeof key === 'number' ? key : null };
}

/** What tells a query apart from others. */
function toQuery({ sql: text, values }: Fragment): string {
  return JSON.stringify([text, ...values]);
}

/** Ids are ASCII, which every database and JavaScript order alike. */
function byMemberId(one: SqlRow, other: SqlRow): number {
  return String(one.member_id) < String(other.member_id) ? -1 : 1;
}

function toMember(row: SqlRow): Member {
  return {
    value: String(row.member_id),
    type: String(row.member_type),
    display: row.display === null ? null : String(row.display),
  };
}

function toMembership(row: SqlRow): Membership {
  return {
    groupId: String(row.group_id),
    type: String(row.resource_type),
    display: row.display === null ? null : String(row.display),
    isDirect: row.direct === 1,
  };
}

function toEvent(row: SqlRow): EventRecord {
  return {
    position: Number(row.position),
    id: String(row.id),
    type: String(row.type),
    resourceType: String(row.resource_type),
    resourceId: String(row.resource_id),
    resourceVersion: Number(row.resource_version),
    occurredAt: String(row.occurred_at),
    data: JSON.parse(String(row.data)) as JsonObject,
  };
}

function groupRows<T>(
  rows: readonly SqlRow[],
  key: string,
  convert: (row: SqlRow) => T,
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const id = String(row[key]);
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [convert(row)]);
    else group.push(convert(row));
  }
  return groups;
}
