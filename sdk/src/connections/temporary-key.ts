import { createAuditRecord } from './audit.ts';
import type { ConnectionActParameters, Nothing } from './change-connection.ts';
import type { KeyIssued } from './create-connection.ts';
import { issueKey } from './issue-key.ts';
import { findKeyEnd } from './key-life.ts';
import { type ManagementOptions, readNow } from './management-context.ts';
import { parseParameters, requireParameters, revokeKeySchema, temporaryKeySchema } from './parameters.ts';
import {
  Failure,
  type InvalidFieldsError,
  type ManagementResult,
  type SelectionError,
  Success,
  type TemporaryKeyNotFoundError,
  type TooManyTemporaryKeysError,
} from './result.ts';
import { assertSelector, type ConnectionSelector, selectConnection } from './selection.ts';

/** Live temporary keys of one connection: a host that forgets to revoke is stopped before it has made many. */
const MOST_AT_ONCE = 5;

export type CreateTemporaryScimApiKeyParameters = ConnectionSelector & {
  /** 60 to 3600. @default 900 */
  readonly validForSeconds?: number | undefined;
  /** What it is for, such as `test connection`: 1 to 255 characters, shown among the keys. @default null */
  readonly purpose?: string | null | undefined;
  /** Who asked for it, for the audit. @default null */
  readonly createdBy?: string | null | undefined;
};

/** `scimApiKey` is in this answer and never again. */
export interface TemporaryKeyIssued extends KeyIssued {
  readonly keyId: string;
  /** UNIX seconds. */
  readonly expiresAt: number;
}

export type RevokeTemporaryScimApiKeyParameters = ConnectionActParameters & { readonly keyId: string };

/**
 * Makes a key for the host's own requests to a connection: to test it, or to play an identity provider. It opens
 * that connection as any key does, and leaves the customer's keys, their rotation and `lastUsedAt` alone.
 */
export async function createTemporaryKey(
  options: ManagementOptions,
  parameters: CreateTemporaryScimApiKeyParameters,
): Promise<
  ManagementResult<TemporaryKeyIssued, InvalidFieldsError | SelectionError | TooManyTemporaryKeysError>
> {
  const now = readNow(options);
  const parsed = parseParameters(temporaryKeySchema, parameters);
  if (!parsed.ok) return new Failure({ type: 'InvalidFields', fields: parsed.fields });
  assertSelector(parsed.value);
  const { validForSeconds, purpose = null, createdBy = null } = parsed.value;
  return options.store.changeConnections(async (tx) => {
    const selected = await selectConnection(tx, parsed.value);
    if (!selected.ok) return new Failure(selected.error);
    const { connection } = selected;
    const { connectionId } = connection;
    const keys = await tx.temporaryKeys(connectionId);
    const ended = keys.filter((key) => findKeyEnd(key, now) !== undefined);
    for (const key of ended) await tx.deleteKey(key);
    if (keys.length - ended.length >= MOST_AT_ONCE) {
      return new Failure({ type: 'TooManyTemporaryScimApiKeys', limit: MOST_AT_ONCE });
    }
    const expiresAt = now + validForSeconds;
    const { scimApiKey, record } = issueKey(
      { ...options, prefix: options.keyPrefix },
      { connectionId, kind: 'temporary', purpose, createdAt: now, createdBy, expiresAt },
    );
    await tx.insertKey(record);
    const { keyId, kind } = record;
    const act = {
      action: 'key.created',
      actor: createdBy,
      detail: { keyId, kind, validForSeconds },
    } as const;
    await tx.appendAudit(createAuditRecord({ connection, now, random: options.random }, act));
    return new Success({ connectionId, keyId, scimApiKey, expiresAt });
  });
}

/** Ends a temporary key before its time. The customer's own keys cannot be named here. */
export async function revokeTemporaryKey(
  options: ManagementOptions,
  parameters: RevokeTemporaryScimApiKeyParameters,
): Promise<ManagementResult<Nothing, SelectionError | TemporaryKeyNotFoundError>> {
  const { keyId, actor = null, ...selector } = requireParameters(revokeKeySchema, parameters);
  assertSelector(selector);
  return options.store.changeConnections(async (tx) => {
    const selected = await selectConnection(tx, selector);
    if (!selected.ok) return new Failure(selected.error);
    const { connection } = selected;
    const key = (await tx.temporaryKeys(connection.connectionId)).find((one) => one.keyId === keyId);
    if (key === undefined) return new Failure({ type: 'TemporaryScimApiKeyNotFound' });
    await tx.deleteKey(key);
    const subject = { connection, now: readNow(options), random: options.random };
    const act = { action: 'key.revoked', actor, detail: { keyId, kind: key.kind } } as const;
    await tx.appendAudit(createAuditRecord(subject, act));
    return new Success({});
  });
}
