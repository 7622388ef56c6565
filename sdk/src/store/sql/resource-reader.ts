import { inTurns, letOthers } from '../../in-turns.ts';
import { findMemberOfAttribute, type ResourceType } from '../../protocol/schema/resource-type.ts';
import type {
  ConnectionScope,
  Member,
  ResourcePage,
  ResourcePosition,
  ResourceRange,
  ResourceReader,
  ResourceSelection,
  StoredResource,
} from '../port.ts';
import type { SqlRow, SqlSession } from './database.ts';
import type { Dialect } from './dialect.ts';
import { type Fragment, raw, rowCount, sql } from './fragment.ts';
import { createHeldReader } from './held-changes.ts';
import { isAfter, orderBy } from './keyset.ts';
import type { KnownTotals } from './known-totals.ts';
import { groupRows, toEvent, toMember, toMembership, toResource } from './resource-rows.ts';
import { createRoleReader } from './roles.ts';
import { createResourceSearch } from './search-resources.ts';
import { compileSelections, findSelectedType } from './selection.ts';
import { readStaged } from './staged-changes.ts';
import { createTombstoneReader } from './tombstones.ts';
import { createWaitingReader } from './waiting.ts';

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
  return {
    ...createResourceQueries(options),
    // Made when they are asked for: most requests need none of them.
    get roles() {
      return createRoleReader(options);
    },
    get held() {
      return createHeldReader(options);
    },
    get tombstones() {
      return createTombstoneReader(options);
    },
    get waiting() {
      return createWaitingReader(options);
    },
  };
}

/** The reads of resources themselves. To be copied into a writer without making what it replaces. */
export type ResourceQueries = Omit<ResourceReader, 'roles' | 'held' | 'tombstones' | 'waiting'>;

export function createResourceQueries(options: ResourceSession): ResourceQueries {
  const { session, prefix, dialect, findType, totals, lock = raw('') } = options;
  const { connectionId } = options.scope;
  const all = (fragment: Fragment) => session.all(fragment.sql, fragment.values);
  const get = (fragment: Fragment) => session.get(fragment.sql, fragment.values);
  const resources = raw(`${prefix}resources r`);
  const members = raw(`${prefix}members m`);
  /** Raised by every write of the connection. */
  const position = sql`SELECT c.event_position + c.quiet_writes AS event_position FROM ${raw(prefix)}connections c WHERE c.connection_id = ${connectionId}`;
  const row =
    'r.id, r.resource_type, r.attributes, r.version, r.created, r.last_modified, r.user_id, r.is_held, r.link';
  // Not EXISTS: for a page, PostgreSQL would rather read all members of all connections once.
  const columnsOfMembers = raw(
    `${row}, coalesce((SELECT 1 FROM ${prefix}members held WHERE held.connection_id = r.connection_id AND held.member_id = r.id LIMIT 1), 0) AS is_member`,
  );
  const columnsOfOthers = raw(`${row}, 0 AS is_member`);
  const columnsOf = (types: readonly { readonly type: ResourceType }[]) =>
    types.some(({ type }) => findMemberOfAttribute(type) !== undefined) ? columnsOfMembers : columnsOfOthers;

  async function queryAll(
    selections: readonly ResourceSelection[],
    { offset, limit, descending = false }: ResourceRange,
  ): Promise<ResourcePage> {
    const { where, key } = compileSelections(selections, { connectionId, prefix, dialect });
    const columns = columnsOf(selections);
    const order = orderBy(key, descending);
    const isDeep = offset >= DEEP_OFFSET && limit > 0;
    const late =
      isDeep && key === undefined ? await readFromEnd(where, { columns, offset, limit }) : undefined;
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
  async function readFromEnd(
    where: Fragment,
    { columns, offset, limit }: ResourceRange & { readonly columns: Fragment },
  ) {
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

  const findEach: ResourceReader['findEach'] = async (type, ids) => {
    const rows = await all(
      sql`SELECT ${columnsOf([{ type }])} FROM ${dialect.texts(ids)} CROSS JOIN ${resources} WHERE r.connection_id = ${connectionId} AND r.id = j.value AND r.resource_type = ${type.name}`,
    );
    return rows.map((row) => toResource(type, row));
  };

  return {
    async find(type, id) {
      // The type is looked at here: named in the condition it leads PostgreSQL, as long as it has counted nothing, to
      // an index of all resources of the type.
      const row = await get(
        sql`SELECT ${columnsOf([{ type }])} FROM ${resources} WHERE r.connection_id = ${connectionId} AND r.id = ${id}${lock}`,
      );
      return row?.resource_type === type.name ? toResource(type, row) : undefined;
    },
    findEach,
    search: (type, query) => createResourceSearch(options, findEach).search(type, query),
    memberPage: (groupId, query) => createResourceSearch(options, findEach).memberPage(groupId, query),
    query: (type, { offset, limit, descending, ...selection }) =>
      queryAll([{ ...selection, type }], { offset, limit, descending: descending ?? false }),
    queryAll,
    async walk(selections, { after, limit, descending = false }) {
      const { where, key } = compileSelections(selections, { connectionId, prefix, dialect });
      const rest = after === undefined ? raw('TRUE') : isAfter(after, { key, descending });
      // One row more than asked for tells whether there is a further page.
      const rows = await all(
        sql`SELECT ${columnsOf(selections)}, ${key ?? raw('NULL')} AS sort_key FROM ${resources} WHERE ${where} AND ${rest} ORDER BY ${orderBy(key, descending)} LIMIT ${rowCount(limit + 1)}`,
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
      const atMost = most === undefined ? raw('') : sql` LIMIT ${rowCount(most + 1)}`;
      // Sorted here: to sort them itself the database would read all of them first, however many.
      const rows = await all(
        sql`SELECT m.group_id, m.member_id, m.member_type, m.display FROM ${members} WHERE m.connection_id = ${connectionId} AND m.group_id IN ${dialect.list(groupIds)}${atMost}`,
      );
      if (most !== undefined && rows.length > most) return undefined;
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
    async findById(id) {
      const row = await get(
        sql`SELECT ${columnsOfMembers} FROM ${resources} WHERE r.connection_id = ${connectionId} AND r.id = ${id}${lock}`,
      );
      const type = row === undefined ? undefined : findType(String(row.resource_type));
      return row === undefined || type === undefined ? undefined : toResource(type, row);
    },
    async findByUserIds(userIds) {
      const found = new Map<string, StoredResource>();
      for await (const part of inTurns(userIds)) {
        const rows = await all(
          sql`SELECT ${columnsOfMembers} FROM ${dialect.texts(part)} CROSS JOIN ${resources} WHERE r.connection_id = ${connectionId} AND r.user_id = j.value`,
        );
        for (const row of rows) {
          const type = findType(String(row.resource_type));
          if (type !== undefined) found.set(String(row.user_id), toResource(type, row));
        }
      }
      return found;
    },
    async findByUserId(userId) {
      const row = await get(
        sql`SELECT ${columnsOfMembers} FROM ${resources} WHERE r.connection_id = ${connectionId} AND r.user_id = ${userId}`,
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
    async hasMembers() {
      const row = await get(
        sql`SELECT 1 AS found FROM ${members} WHERE m.connection_id = ${connectionId} LIMIT 1`,
      );
      return row !== undefined;
    },
    async countMembers(groupId, atMost) {
      const row = await get(
        sql`SELECT count(*) AS total FROM (SELECT 1 FROM ${members} WHERE m.connection_id = ${connectionId} AND m.group_id = ${groupId} LIMIT ${rowCount(atMost)}) some_members`,
      );
      return Number(row?.total);
    },
    stagedChange: (stagedId) => readStaged(session, options, stagedId),
    async events({ after, limit }) {
      const rows = await all(
        sql`SELECT position, id, type, resource_type, resource_id, resource_version, occurred_at, data FROM ${raw(prefix)}events WHERE connection_id = ${connectionId} AND position > ${after} ORDER BY position LIMIT ${rowCount(limit)}`,
      );
      return rows.map(toEvent);
    },
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
