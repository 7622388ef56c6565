import { inTurns, letOthers } from '../../in-turns.ts';
import { fold } from '../../protocol/fold.ts';
import { isArray, isObject, type Json } from '../../protocol/json.ts';
import type { EventAlias, EventHistory } from '../history.ts';
import type { ConnectionScope, EventRecord } from '../port.ts';
import type { SqlDatabase, SqlSession, SqlTransaction } from './database.ts';
import type { Dialect } from './dialect.ts';
import { type Fragment, raw, rowCount, sql } from './fragment.ts';
import { toEvent } from './resource-rows.ts';

/** What the SQL of one connection's history needs. */
export interface HistorySession {
  readonly database: SqlDatabase;
  readonly reader: SqlSession;
  readonly scope: ConnectionScope;
  readonly prefix: string;
  readonly dialect: Dialect;
}

/** Events read by one transaction: some milliseconds, on SQLite of the only writer. */
const EVENTS_IN_PART = 100;

const EVENT =
  'e.position, e.id, e.type, e.resource_type, e.resource_id, e.resource_version, e.occurred_at, e.data';

export function createEventHistory(options: HistorySession): EventHistory {
  const { database, reader, scope, prefix } = options;
  const { connectionId } = scope;
  const all = (fragment: Fragment) => reader.all(fragment.sql, fragment.values);
  const get = (fragment: Fragment) => reader.get(fragment.sql, fragment.values);
  const events = raw(`${prefix}events e`);
  const subjects = raw(`${prefix}event_subjects s`);

  return {
    async catchUp() {
      for (;;) {
        const state = await get(
          sql`SELECT c.event_position, (SELECT r.position FROM ${raw(prefix)}event_subjects_read r WHERE r.connection_id = c.connection_id) AS read_position FROM ${raw(prefix)}connections c WHERE c.connection_id = ${connectionId}`,
        );
        if (state === undefined || Number(state.event_position) <= Number(state.read_position ?? 0)) return;
        const isRead = await database.transaction((tx) => readOn(tx, options), undefined, connectionId);
        if (!isRead) return;
        await letOthers();
      }
    },
    async idsOf(alias) {
      const rows = await all(
        sql`SELECT resource_id FROM ${raw(prefix)}event_aliases WHERE connection_id = ${connectionId} AND alias = ${toText(alias)} ORDER BY resource_id`,
      );
      return rows.map((row) => String(row.resource_id));
    },
    async events({ subject, after, limit }) {
      const rows = await all(
        sql`SELECT ${raw(EVENT)} FROM ${subjects} CROSS JOIN ${events} WHERE s.connection_id = ${connectionId} AND s.subject = ${subject} AND s.position > ${after} AND e.connection_id = s.connection_id AND e.position = s.position ORDER BY s.position LIMIT ${rowCount(limit)}`,
      );
      return rows.map(toEvent);
    },
    async lastEvent(subject) {
      const row = await get(
        sql`SELECT ${raw(EVENT)} FROM ${subjects} CROSS JOIN ${events} WHERE s.connection_id = ${connectionId} AND s.subject = ${subject} AND e.connection_id = s.connection_id AND e.position = s.position AND e.resource_id = ${subject} ORDER BY s.position DESC LIMIT 1`,
      );
      return row && toEvent(row);
    },
  };
}

/** Answers whether there was something to read. Others wait for the row that says how far it is. */
async function readOn(tx: SqlTransaction, { scope, prefix, dialect }: HistorySession): Promise<boolean> {
  const { connectionId } = scope;
  const run = (fragment: Fragment) => tx.run(fragment.sql, fragment.values);
  const all = (fragment: Fragment) => tx.all(fragment.sql, fragment.values);
  const place = raw(`${prefix}event_subjects_read`);
  await run(
    sql`INSERT INTO ${place} (connection_id, position) VALUES (${connectionId}, 0) ON CONFLICT DO NOTHING`,
  );
  const [from] = await all(
    sql`SELECT position FROM ${place} WHERE connection_id = ${connectionId}${dialect.lockRow}`,
  );
  const rows = await all(
    sql`SELECT ${raw(EVENT)} FROM ${raw(prefix)}events e WHERE e.connection_id = ${connectionId} AND e.position > ${Number(from?.position)} ORDER BY e.position LIMIT ${rowCount(EVENTS_IN_PART)}`,
  );
  const events = rows.map(toEvent);
  const last = events.at(-1);
  if (last === undefined) return false;
  const named = events.flatMap((event) =>
    subjectsOf(event).map((value) => ({ value, display: String(event.position) })),
  );
  for await (const part of inTurns(named))
    await run(
      sql`INSERT INTO ${raw(prefix)}event_subjects (connection_id, subject, position) SELECT CAST(${connectionId} AS TEXT), j.value, CAST(j.display AS BIGINT) FROM ${dialect.references(part)} WHERE TRUE ON CONFLICT DO NOTHING`,
    );
  const aliases = events.flatMap((event) =>
    aliasesOf(event).map((alias) => ({ value: toText(alias), display: event.resourceId })),
  );
  for await (const part of inTurns(aliases))
    await run(
      sql`INSERT INTO ${raw(prefix)}event_aliases (connection_id, alias, resource_id) SELECT CAST(${connectionId} AS TEXT), j.value, j.display FROM ${dialect.references(part)} WHERE TRUE ON CONFLICT DO NOTHING`,
    );
  await run(sql`UPDATE ${place} SET position = ${last.position} WHERE connection_id = ${connectionId}`);
  return true;
}

function subjectsOf({ id, resourceId, data }: EventRecord): readonly string[] {
  return [...new Set([id, resourceId, ...idsOfMembers(data.added), ...idsOfMembers(data.removed)])];
}

function idsOfMembers(members: Json | undefined): readonly string[] {
  if (!isArray(members)) return [];
  return members.flatMap((member) =>
    isObject(member) && typeof member.value === 'string' ? member.value : [],
  );
}

function aliasesOf({ data }: EventRecord): readonly EventAlias[] {
  const { resource, userId } = data;
  const found: EventAlias[] = [];
  const add = (kind: EventAlias['kind'], value: Json | undefined) => {
    if (typeof value === 'string' && value !== '') found.push({ kind, value });
  };
  add('userId', userId);
  if (!isObject(resource)) return found;
  add('userName', resource.userName);
  add('externalId', resource.externalId);
  if (isArray(resource.emails))
    for (const email of resource.emails) if (isObject(email)) add('email', email.value);
  return found;
}

/** As it is kept: ids are compared exactly, names as SCIM compares them. */
function toText({ kind, value }: EventAlias): string {
  return `${kind}:${kind === 'userName' || kind === 'email' ? fold(value) : value}`;
}
