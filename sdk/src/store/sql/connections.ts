import type { JsonObject } from '../../protocol/json.ts';
import type { ProfileName } from '../../protocol/leniency/profile.ts';
import type {
  AuditRecord,
  ConnectionCounts,
  ConnectionReader,
  ConnectionRecord,
  ConnectionStatus,
  ConnectionWriter,
  GuardMode,
  KeyKind,
  KeyRecord,
} from '../connections.ts';
import type { SqlRow, SqlSession, SqlTransaction } from './database.ts';
import { addWalk } from './walks.ts';
import { createWebhookWriter } from './webhooks.ts';

/** Reads connections and keys. */
export function createConnectionReader(session: SqlSession, prefix: string): ConnectionReader {
  const sql = createStatements(prefix);
  return {
    async find(connectionId) {
      const row = await session.get(sql.find, [connectionId]);
      return row && toConnection(row);
    },
    async findByCustomer(customerId) {
      return toConnections(await session.all(sql.findByCustomer, [customerId]));
    },
    async list({ after = '', limit }) {
      return toConnections(await session.all(sql.list, [after, limit]));
    },
    async keys(connectionId) {
      return (await session.all(sql.keys, [connectionId])).map(toKey);
    },
    async temporaryKeys(connectionId) {
      return (await session.all(sql.temporaryKeys, [connectionId])).map(toKey);
    },
    async verifiedDomains(customerId) {
      const rows = await session.all(sql.verifiedDomains, [customerId]);
      return rows.map((row) => row.domain as string);
    },
    async leniencies(connectionId) {
      const rows = await session.all(sql.leniencies, [connectionId]);
      return rows.map((row) => ({
        name: row.name as string,
        count: row.count as number,
        lastUsedAt: row.last_used_at as number,
      }));
    },
    async releasing() {
      return toConnections(await session.all(sql.releasing));
    },
    async acts(connectionId, { from, to }) {
      return (await session.all(sql.acts, [connectionId, from, to])).map(toAct);
    },
    async counts(connectionId) {
      const rows = await session.all(sql.countResources, [connectionId]);
      const change = await session.get(sql.lastChange, [connectionId]);
      const use = await session.get(sql.lastUse, [connectionId]);
      return toCounts(rows, change, use);
    },
  };
}

/** Changes connections and keys inside one transaction. */
export function createConnectionWriter(tx: SqlTransaction, prefix: string): ConnectionWriter {
  const sql = createStatements(prefix);
  const reader = createConnectionReader(tx, prefix);
  return {
    ...reader,
    webhooks: createWebhookWriter(tx, prefix),
    async insert(connection) {
      const { connectionId, customerId, createdAt } = connection;
      await tx.run(sql.insert, [connectionId, customerId, createdAt, ...toColumns(connection)]);
    },
    async update(connectionId, change) {
      // It writes what it has read, and on PostgreSQL somebody else may be about to write as well.
      await tx.run(sql.lock, [connectionId]);
      const connection = await reader.find(connectionId);
      if (connection === undefined) return;
      await tx.run(sql.update, [...toColumns({ ...connection, ...change }), connectionId]);
    },
    async setEpoch(connectionId, epoch) {
      await tx.run(sql.setEpoch, [epoch, connectionId]);
    },
    async lock(connectionId) {
      await tx.run(sql.lock, [connectionId]);
    },
    async countUntold(connectionId) {
      return Number((await tx.get(sql.countUntold, [connectionId]))?.total ?? 0);
    },
    async clearEffects(connectionId, limit) {
      let cleared = 0;
      for (const statement of [sql.clearEffects, sql.clearUntold])
        if (cleared < limit)
          cleared += await tx.run(statement, [connectionId, connectionId, limit - cleared]);
      return cleared;
    },
    async delete(connectionId) {
      await tx.run(sql.delete, [connectionId]);
    },
    async addLeniencies(connectionId, counts) {
      for (const { name, count, lastUsedAt } of counts) {
        await tx.run(sql.addLeniency, [name, count, lastUsedAt, connectionId]);
      }
    },
    async insertKey(key) {
      const { keyId, connectionId, kind, purpose, digest, pepperId, lastFour, createdAt, createdBy } = key;
      const fixed = [keyId, connectionId, kind, purpose, digest, pepperId, lastFour, createdAt, createdBy];
      await tx.run(sql.insertKey, [...fixed, ...toKeyColumns(key), connectionId]);
    },
    async setVerifiedDomains(customerId, domains) {
      await tx.run(sql.clearVerifiedDomains, [customerId]);
      for (const domain of domains) await tx.run(sql.addVerifiedDomain, [customerId, domain]);
    },
    async deleteKey({ connectionId, keyId }) {
      await tx.run(sql.deleteKey, [connectionId, keyId]);
    },
    async updateKey({ connectionId, keyId }, change) {
      const row = await tx.get(sql.findKeyOf, [connectionId, keyId]);
      if (row === undefined) return;
      await tx.run(sql.updateKey, [...toKeyColumns({ ...toKey(row), ...change }), connectionId, keyId]);
    },
    async setRoleRules(connectionId, rules) {
      if (rules === undefined) await tx.run(sql.deleteRoleRules, [connectionId]);
      else await tx.run(sql.setRoleRules, [connectionId, rules]);
    },
    addWalk: (connectionId, task) => addWalk({ session: tx, prefix, connectionId }, task),
    appendAudit: (record) => appendAudit(tx, prefix, record),
  };
}

/** Records an administrative act. */
export async function appendAudit(tx: SqlTransaction, prefix: string, record: AuditRecord): Promise<void> {
  const { auditId, connectionId, customerId, actor, action, occurredAt, detail } = record;
  const values = [auditId, connectionId, customerId, actor, action, occurredAt];
  await tx.run(createStatements(prefix).appendAudit, [...values, JSON.stringify(detail)]);
}

type Statements = Readonly<Record<keyof typeof STATEMENTS, string>>;

// Named one by one: PostgreSQL refuses to run a statement it has planned once a later version has added a column
// to its result.
const CONNECTION =
  'connection_id, customer_id, display_name, provider, status, guard, profile, is_interop, mapping, policy, epoch, created_at';
const KEY = `key_id, connection_id, kind, purpose, digest, pepper_id, last_four, created_at, created_by,
    expires_at, retires_at, revoked_at, last_used_at`;

const STATEMENTS = {
  find: `SELECT ${CONNECTION} FROM {p}connections WHERE connection_id = ?`,
  findByCustomer: `SELECT ${CONNECTION} FROM {p}connections WHERE customer_id = ? ORDER BY connection_id`,
  list: `SELECT ${CONNECTION} FROM {p}connections WHERE connection_id > ? ORDER BY connection_id LIMIT CAST(? AS BIGINT)`,
  insert: `INSERT INTO {p}connections
    (connection_id, customer_id, created_at,
     display_name, provider, status, guard, profile, is_interop, mapping, policy)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  update: `UPDATE {p}connections
    SET display_name = ?, provider = ?, status = ?, guard = ?, profile = ?, is_interop = ?, mapping = ?, policy = ?
    WHERE connection_id = ?`,
  // Writing is the one way to lock a row that both databases have.
  lock: 'UPDATE {p}connections SET quiet_writes = quiet_writes WHERE connection_id = ?',
  setEpoch: 'UPDATE {p}connections SET epoch = ? WHERE connection_id = ?',
  countUntold: 'SELECT count(*) AS total FROM {p}untold WHERE connection_id = ?',
  clearEffects: `DELETE FROM {p}effects WHERE connection_id = ? AND position IN
    (SELECT position FROM {p}effects WHERE connection_id = ? ORDER BY position LIMIT CAST(? AS BIGINT))`,
  clearUntold: `DELETE FROM {p}untold WHERE connection_id = ? AND resource_id IN
    (SELECT resource_id FROM {p}untold WHERE connection_id = ? ORDER BY turn, position LIMIT CAST(? AS BIGINT))`,
  delete: 'DELETE FROM {p}connections WHERE connection_id = ?',
  keys: `SELECT ${KEY} FROM {p}api_keys
    WHERE connection_id = ? AND kind = 'standard' AND revoked_at IS NULL ORDER BY sequence`,
  temporaryKeys: `SELECT ${KEY} FROM {p}api_keys
    WHERE connection_id = ? AND kind = 'temporary' ORDER BY sequence`,
  findKeyOf: `SELECT ${KEY} FROM {p}api_keys WHERE connection_id = ? AND key_id = ?`,
  insertKey: `INSERT INTO {p}api_keys
    (key_id, connection_id, kind, purpose, digest, pepper_id, last_four, created_at, created_by,
     expires_at, retires_at, revoked_at, last_used_at, sequence)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
      (SELECT COALESCE(MAX(sequence), 0) + 1 FROM {p}api_keys WHERE connection_id = ?))`,
  updateKey: `UPDATE {p}api_keys
    SET expires_at = ?, retires_at = ?, revoked_at = ?, last_used_at = ?
    WHERE connection_id = ? AND key_id = ?`,
  deleteKey: 'DELETE FROM {p}api_keys WHERE connection_id = ? AND key_id = ?',
  // Starts from no connection: it is what finds those with something left to do.
  releasing: `SELECT ${CONNECTION} FROM {p}connections WHERE connection_id IN
    (SELECT connection_id FROM {p}held_changes WHERE state = 'releasing') ORDER BY connection_id`,
  countResources: `SELECT resource_type, COUNT(*) AS total FROM {p}resources
    WHERE connection_id = ? GROUP BY resource_type`,
  lastChange: `SELECT occurred_at FROM {p}events WHERE connection_id = ? ORDER BY position DESC LIMIT 1`,
  lastUse: `SELECT MAX(last_used_at) AS last_used_at FROM {p}api_keys
    WHERE connection_id = ? AND kind = 'standard'`,
  leniencies: 'SELECT name, count, last_used_at FROM {p}leniencies WHERE connection_id = ? ORDER BY name',
  // Selected from the connection, so that one that is gone is left alone.
  verifiedDomains: 'SELECT domain FROM {p}verified_domains WHERE customer_id = ? ORDER BY domain',
  clearVerifiedDomains: 'DELETE FROM {p}verified_domains WHERE customer_id = ?',
  addVerifiedDomain:
    'INSERT INTO {p}verified_domains (customer_id, domain) VALUES (?, ?) ON CONFLICT DO NOTHING',
  addLeniency: `INSERT INTO {p}leniencies (connection_id, name, count, last_used_at)
    SELECT connection_id, CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS BIGINT)
    FROM {p}connections WHERE connection_id = ?
    ON CONFLICT (connection_id, name) DO UPDATE SET count = {p}leniencies.count + excluded.count,
      last_used_at = CASE WHEN excluded.last_used_at > {p}leniencies.last_used_at
        THEN excluded.last_used_at ELSE {p}leniencies.last_used_at END`,
  setRoleRules: `INSERT INTO {p}role_rules (connection_id, rules) VALUES (?, ?)
    ON CONFLICT (connection_id) DO UPDATE SET rules = excluded.rules`,
  deleteRoleRules: 'DELETE FROM {p}role_rules WHERE connection_id = ?',
  acts: `SELECT audit_id, connection_id, customer_id, actor, action, occurred_at, detail FROM {p}audit
    WHERE connection_id = ? AND occurred_at BETWEEN ? AND ? ORDER BY occurred_at, audit_id`,
  appendAudit: `INSERT INTO {p}audit
    (audit_id, connection_id, customer_id, actor, action, occurred_at, detail) VALUES (?, ?, ?, ?, ?, ?, ?)`,
} as const;

function createStatements(prefix: string): Statements {
  const entries = Object.entries(STATEMENTS).map(([name, text]) => [name, text.replaceAll('{p}', prefix)]);
  // fromEntries forgets the names it was given.
  return Object.freeze(Object.fromEntries(entries)) as Statements;
}

function toConnections(rows: readonly SqlRow[]): readonly ConnectionRecord[] {
  return rows.map((row) => toConnection(row)).filter((connection) => connection !== undefined);
}

/** A row without an owner belongs to nobody and is treated as absent, should a schema ever let one in. */
export function toConnection(row: SqlRow, createdAt = row.created_at): ConnectionRecord | undefined {
  if (typeof row.customer_id !== 'string' || row.customer_id === '') return undefined;
  return {
    connectionId: row.connection_id as string,
    customerId: row.customer_id,
    displayName: row.display_name as string | null,
    provider: row.provider as string | null,
    // The table checks both against the same closed lists.
    status: row.status as ConnectionStatus,
    guard: row.guard as GuardMode,
    profile: row.is_interop === 1 ? 'interop' : (row.profile as ProfileName),
    mapping: row.mapping === null ? null : (JSON.parse(row.mapping as string) as JsonObject),
    policy: row.policy as string,
    epoch: row.epoch as string,
    createdAt: createdAt as number,
  };
}

function toColumns(connection: ConnectionRecord): (string | number | null)[] {
  const { displayName, provider, status, guard, profile, mapping, policy } = connection;
  const isInterop = profile === 'interop';
  const profileColumns = [isInterop ? 'strict' : profile, isInterop ? 1 : 0];
  const mappingColumn = mapping === null ? null : JSON.stringify(mapping);
  return [displayName, provider, status, guard, ...profileColumns, mappingColumn, policy];
}

/** Columns of a STRICT table have the types they are declared with. */
export function toKey(row: SqlRow): KeyRecord {
  return {
    keyId: row.key_id as string,
    connectionId: row.connection_id as string,
    // The table checks it against the closed list.
    kind: row.kind as KeyKind,
    purpose: row.purpose as string | null,
    digest: row.digest as string,
    pepperId: row.pepper_id as string | null,
    lastFour: row.last_four as string,
    createdAt: row.created_at as number,
    createdBy: row.created_by as string | null,
    expiresAt: row.expires_at as number | null,
    retiresAt: row.retires_at as number | null,
    revokedAt: row.revoked_at as number | null,
    lastUsedAt: row.last_used_at as number | null,
  };
}

function toAct(row: SqlRow): AuditRecord {
  return {
    auditId: row.audit_id as string,
    connectionId: row.connection_id as string,
    customerId: row.customer_id as string,
    actor: row.actor as string | null,
    action: row.action as string,
    occurredAt: row.occurred_at as number,
    detail: JSON.parse(String(row.detail)) as JsonObject,
  };
}

function toKeyColumns(key: KeyRecord): (number | null)[] {
  return [key.expiresAt, key.retiresAt, key.revokedAt, key.lastUsedAt];
}

function toCounts(
  rows: readonly SqlRow[],
  change: SqlRow | undefined,
  use: SqlRow | undefined,
): ConnectionCounts {
  const byResourceType = Object.fromEntries(
    rows.map((row) => [row.resource_type as string, row.total as number]),
  );
  const changedAt = change?.occurred_at as string | undefined;
  return {
    byResourceType,
    lastChangeAt: changedAt === undefined ? null : Math.floor(Date.parse(changedAt) / 1000),
    lastUsedAt: (use?.last_used_at as number | null | undefined) ?? null,
  };
}
