import { inTurns } from '../../in-turns.ts';
import { badRequest, MembershipCircleError, uniquenessConflict } from '../../protocol/errors.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { findMembersAttribute } from '../../protocol/schema/resource-type.ts';
import { toSearchDocument } from '../../protocol/search-key.ts';
import { AccountTakenError } from '../account-taken.ts';
import type {
  AccountLink,
  LinkState,
  Member,
  MemberReference,
  NewEventRecord,
  ResourceWriter,
  StoredResource,
} from '../port.ts';
import { appendAudit } from './connections.ts';
import { type SqlTransaction, UniqueViolationError } from './database.ts';
import { createEffectWriter } from './effects.ts';
import { type Fragment, join, raw, sql } from './fragment.ts';
import { createGuardLedger } from './guard-windows.ts';
import { createHeldWriter } from './held-changes.ts';
import {
  changedColumns,
  findTooLong,
  hasSameValues,
  type IndexRow,
  indexPlanOf,
  readColumn,
  toIndexRows,
} from './index-plan.ts';
import { createResourceQueries, type ResourceSession } from './resource-reader.ts';
import { toMember } from './resource-rows.ts';
import { createRoleWriter } from './roles.ts';
import { insertStaged, takeStaged } from './staged-changes.ts';
import { createTombstoneWriter, newestTombstone } from './tombstones.ts';
import { createWaitingWriter } from './waiting.ts';
import { createWalkWriter } from './walks.ts';

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

  /** A resource and its index rows in one statement, which answers what the insert of the resource does. */
  const insertIndexed = (insert: Fragment, resource: StoredResource, rows: readonly IndexRow[]) => {
    const values = rows.map(
      ({ attribute, key }) =>
        sql`(${connectionId}, ${resource.type.name}, ${attribute}, ${key}, ${resource.id}, 0)`,
    );
    return sql`WITH made AS (${insert}), indexed AS (INSERT INTO ${indexedValues} (connection_id, resource_type, attribute, value_key, resource_id, is_unique) VALUES ${join(values, ', ')}) SELECT previous_id FROM made`;
  };

  const setUserId = ({ id, userId }: AccountLink) =>
    sql`UPDATE ${raw(prefix)}resources SET user_id = ${userId} WHERE connection_id = ${connectionId} AND id = ${id}`;

  const reader = createResourceQueries({ ...options, lock: dialect.lockRow });

  return {
    ...reader,
    database: session.handle,
    // Made when they are asked for: most transactions need none of them.
    get waiting() {
      return createWaitingWriter(options);
    },
    get held() {
      return createHeldWriter(options);
    },
    get guard() {
      return createGuardLedger(options);
    },
    get roles() {
      return createRoleWriter(options);
    },
    get walks() {
      return createWalkWriter({ session, prefix, connectionId });
    },
    get tombstones() {
      return createTombstoneWriter(options);
    },
    get effects() {
      return createEffectWriter(options);
    },
    appendAudit: (record) => appendAudit(session, prefix, record),
    async lockConnection() {
      await lockConnection();
    },
    async insert(resource) {
      const { search, plan } = toIndexable(resource);
      const keys = keyColumns(resource, search);
      const previous = newestTombstone(prefix, {
        connectionId,
        typeName: resource.type.name,
        name: keys.name,
      });
      const insert = sql`INSERT INTO ${raw(prefix)}resources (connection_id, id, resource_type, name_key, external_id, display_key, active, user_id, version, created, last_modified, attributes, search) VALUES (${connectionId}, ${resource.id}, ${resource.type.name}, ${keys.name}, ${keys.external}, ${keys.display}, ${keys.active}, ${resource.userId}, ${resource.version}, ${resource.created}, ${resource.lastModified}, ${JSON.stringify(resource.attributes)}, ${JSON.stringify(search)}) RETURNING (${previous}) AS previous_id`;
      const rows = toIndexRows(plan, search);
      // Those that can be taken have a statement each, which tells whose value it was.
      const along = dialect.isWritingInWith ? rows.filter((row) => !row.isUnique) : [];
      const [made] = await judgeUnique(
        resource,
        all(along.length === 0 ? insert : insertIndexed(insert, resource, along)),
      );
      for (const row of rows) if (!along.includes(row)) await insertIndexRow(resource, row);
      return typeof made?.previous_id === 'string' ? made.previous_id : undefined;
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
      await judgeLink(run(setUserId({ id, userId })));
    },
    async linkExisting(id, userId) {
      await judgeLink(run(setUserId({ id, userId })));
      await setLink(id, 'unproven');
    },
    async proveLink(id) {
      await setLink(id, 'proven');
    },
    async verifiedDomains() {
      const rows = await all(
        sql`SELECT domain FROM ${raw(prefix)}verified_domains WHERE customer_id = ${options.scope.customerId}`,
      );
      return new Set(rows.map((row) => String(row.domain)));
    },
    async delete(type, id) {
      // They would go by themselves, and however many they are, nobody else would have a turn.
      let members = 0;
      if (findMembersAttribute(type) !== undefined)
        for await (const part of reader.memberParts(id)) {
          const ids = part.map(({ value }) => value);
          members += (await removePart(id, ids)).length;
        }
      await run(
        sql`DELETE FROM ${raw(prefix)}resources WHERE connection_id = ${connectionId} AND id = ${id} AND resource_type = ${type.name}`,
      );
      return members;
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
      await appendEvents([event], undefined);
    },
    appendEvents,
    stage: (record, now) => insertStaged(session, options, { record, now }),
    takeStaged: (stagedId) => takeStaged(session, options, stagedId),
  };

  async function appendEvents(
    events: readonly NewEventRecord[],
    link: AccountLink | undefined,
  ): Promise<string | undefined> {
    const isLinking = link !== undefined;
    if (isLinking && (events.length === 0 || !dialect.isWritingInWith)) await judgeLink(run(setUserId(link)));
    if (events.length === 0) return undefined;
    const into = raw(
      `INSERT INTO ${prefix}events (connection_id, position, id, type, resource_type, resource_id, resource_version, occurred_at, data)`,
    );
    const raise = sql`UPDATE ${raw(prefix)}connections SET event_position = event_position + ${raw(String(events.length))} WHERE connection_id = ${connectionId} RETURNING connection_id, event_position, policy`;
    if (dialect.isWritingInWith) {
      const rows = events.map(
        (event, at) =>
          sql`SELECT connection_id, event_position - ${raw(String(events.length - 1 - at))}, ${event.id}, ${event.type}, ${event.resourceType}, ${event.resourceId}, CAST(${event.resourceVersion} AS BIGINT), ${event.occurredAt}, CAST(${JSON.stringify(event.data)} AS JSON) FROM raised`,
      );
      const linked = isLinking ? sql`linked AS (${setUserId(link)}), ` : raw('');
      const added = sql`added AS (${into} ${join(rows, ' UNION ALL ')})`;
      const [raised] = await judgeLink(
        all(sql`WITH ${linked}raised AS (${raise}), ${added} SELECT policy FROM raised`),
      );
      if (raised === undefined) throw connectionGone();
      return String(raised.policy);
    }
    const [row] = await all(raise);
    if (row === undefined) throw connectionGone();
    for (const [at, event] of events.entries()) {
      const position = Number(row.event_position) - (events.length - 1 - at);
      await run(
        sql`${into} VALUES (${connectionId}, ${position}, ${event.id}, ${event.type}, ${event.resourceType}, ${event.resourceId}, ${event.resourceVersion}, ${event.occurredAt}, ${JSON.stringify(event.data)})`,
      );
    }
    return String(row.policy);
  }

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

  async function setLink(id: string, state: LinkState): Promise<void> {
    await run(
      sql`UPDATE ${raw(prefix)}resources SET link = ${state} WHERE connection_id = ${connectionId} AND id = ${id}`,
    );
  }

  function lockConnection() {
    return get(
      sql`SELECT connection_id FROM ${raw(prefix)}connections WHERE connection_id = ${connectionId}${dialect.lockRow}`,
    );
  }

  /** Row D8: a group never holds itself, not through other groups either. */
  async function refuseCycle(groupId: string, added: readonly Member[]): Promise<void> {
    // Nothing is a member of a user.
    const holders = added.filter(({ type }) => type !== 'User').map(({ value }) => value);
    if (holders.length === 0) return;
    // Two halves of a circle written at once would not see each other.
    await lockConnection();
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

async function judgeUnique<T>(resource: StoredResource, statement: Promise<T>): Promise<T> {
  try {
    return await statement;
  } catch (error) {
    if (!(error instanceof UniqueViolationError)) throw error;
    throw uniquenessConflict(indexPlanOf(resource.type).uniqueAttribute?.name ?? 'id');
  }
}

async function judgeLink<T>(statement: Promise<T>): Promise<T> {
  try {
    return await statement;
  } catch (error) {
    if (!(error instanceof UniqueViolationError)) throw error;
    throw new AccountTakenError();
  }
}
