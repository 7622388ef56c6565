import type { JsonObject } from '../../protocol/json.ts';
import type { KeptSecret, WebhookReader, WebhookRecord, WebhookStatus, WebhookWriter } from '../webhooks.ts';
import type { SqlRow, SqlSession, SqlTransaction } from './database.ts';
import { withPrefix } from './event-log.ts';

const COLUMNS = 'webhook_id, url, status, settings, secrets, created_at';

const STATEMENTS = {
  list: `SELECT ${COLUMNS} FROM {p}webhooks ORDER BY webhook_id`,
  find: `SELECT ${COLUMNS} FROM {p}webhooks WHERE webhook_id = ?`,
  insert: `INSERT INTO {p}webhooks (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)`,
  update: 'UPDATE {p}webhooks SET url = ?, status = ?, settings = ?, secrets = ? WHERE webhook_id = ?',
  delete: 'DELETE FROM {p}webhooks WHERE webhook_id = ?',
} as const;

export function createWebhookReader(session: SqlSession, prefix: string): WebhookReader {
  const sql = withPrefix(STATEMENTS, prefix);
  return {
    async list() {
      return (await session.all(sql.list)).map(toWebhook);
    },
    async find(webhookId) {
      const row = await session.get(sql.find, [webhookId]);
      return row && toWebhook(row);
    },
  };
}

export function createWebhookWriter(tx: SqlTransaction, prefix: string): WebhookWriter {
  const sql = withPrefix(STATEMENTS, prefix);
  const reader = createWebhookReader(tx, prefix);
  return {
    ...reader,
    async insert(webhook) {
      await tx.run(sql.insert, [webhook.webhookId, ...toColumns(webhook), webhook.createdAt]);
    },
    async update(webhookId, change) {
      const webhook = await reader.find(webhookId);
      if (webhook === undefined) return;
      await tx.run(sql.update, [...toColumns({ ...webhook, ...change }), webhookId]);
    },
    async delete(webhookId) {
      await tx.run(sql.delete, [webhookId]);
    },
  };
}

function toColumns({ url, status, settings, secrets }: WebhookRecord): readonly string[] {
  return [url, status, JSON.stringify(settings), JSON.stringify(secrets)];
}

/** Written by this file alone, so what is JSON has its form. */
function toWebhook(row: SqlRow): WebhookRecord {
  return {
    webhookId: String(row.webhook_id),
    url: String(row.url),
    status: row.status as WebhookStatus,
    settings: JSON.parse(String(row.settings)) as JsonObject,
    secrets: JSON.parse(String(row.secrets)) as readonly KeptSecret[],
    createdAt: Number(row.created_at),
  };
}
