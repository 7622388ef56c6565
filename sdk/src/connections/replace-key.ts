import type { ConnectionRecord, ConnectionWriter } from '../store/connections.ts';
import { createAuditRecord } from './audit.ts';
import type { KeyIssued } from './create-connection.ts';
import { issueKey } from './issue-key.ts';
import { planReplacement } from './key-life.ts';
import { type ManagementOptions, readNow, toExpiresAt } from './management-context.ts';
import { parseParameters, replaceKeySchema } from './parameters.ts';
import {
  Failure,
  type InvalidFieldsError,
  type ManagementResult,
  type SelectionError,
  Success,
} from './result.ts';
import { assertSelector, type ConnectionSelector, selectConnection } from './selection.ts';

export type ReplaceKeyParameters = ConnectionSelector & {
  /** When the new key ends, UNIX seconds; null = never. @default the host's key life */
  readonly scimApiKeyExpiration?: number | null | undefined;
  /** How long the key in use goes on beside the new one: 0 to 30 days. It ends early once the new one is used. */
  readonly overlapSeconds?: number | undefined;
  /** Who asked for it, for the audit. @default null */
  readonly createdBy?: string | null | undefined;
};

export interface ReplaceKeyDefaults {
  readonly action: 'key.reset' | 'key.rotated';
  readonly overlapSeconds: number;
}

/** Makes a new key; the others end at once or, for the one in use, after the overlap. */
export async function replaceKey(
  options: ManagementOptions,
  parameters: ReplaceKeyParameters,
  defaults: ReplaceKeyDefaults,
): Promise<ManagementResult<KeyIssued, InvalidFieldsError | SelectionError>> {
  const now = readNow(options);
  const parsed = parseParameters(replaceKeySchema(now), parameters);
  if (!parsed.ok) return new Failure({ type: 'InvalidFields', fields: parsed.fields });
  assertSelector(parsed.value);
  const { scimApiKeyExpiration, createdBy = null, overlapSeconds = defaults.overlapSeconds } = parsed.value;
  const expiresAt = toExpiresAt(options, { scimApiKeyExpiration, now });
  return options.store.changeConnections(async (tx) => {
    const selected = await selectConnection(tx, parsed.value);
    if (!selected.ok) return new Failure(selected.error);
    const { connection } = selected;
    const { connectionId } = connection;
    await endKeys(tx, { connection, now, overlapSeconds });
    const issuer = { ...options, prefix: options.keyPrefix };
    const { scimApiKey, record } = issueKey(issuer, { connectionId, createdAt: now, createdBy, expiresAt });
    await tx.insertKey(record);
    const detail = { keyId: record.keyId, overlapSeconds, neverExpires: expiresAt === null };
    const act = { action: defaults.action, actor: createdBy, detail };
    await tx.appendAudit(createAuditRecord({ connection, now, random: options.random }, act));
    return new Success({ connectionId, scimApiKey });
  });
}

interface Ending {
  readonly connection: ConnectionRecord;
  readonly now: number;
  readonly overlapSeconds: number;
}

async function endKeys(tx: ConnectionWriter, { connection, now, overlapSeconds }: Ending): Promise<void> {
  const keys = await tx.keys(connection.connectionId);
  const { revoked, overlapping } = planReplacement(keys, { now, overlapSeconds });
  for (const key of revoked) await tx.updateKey(key, { revokedAt: now });
  if (overlapping !== undefined) await tx.updateKey(overlapping, { retiresAt: now + overlapSeconds });
}
