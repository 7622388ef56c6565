import type { ProfileName } from '../protocol/leniency/profile.ts';
import { type ScimUserMapping, toUserMapping } from '../provisioning/mapping.ts';
import { type ConnectionPolicy, parsePolicy } from '../provisioning/policy.ts';
import type {
  ConnectionReader,
  ConnectionRecord,
  ConnectionStatus,
  GuardMode,
  KeyKind,
  KeyRecord,
} from '../store/connections.ts';
import { findCurrentKey, findKeyEnd } from './key-life.ts';
import { type ManagementOptions, readNow } from './management-context.ts';
import { listSchema, parseParameters, requireParameters, selectionSchema } from './parameters.ts';
import {
  Failure,
  type InvalidFieldsError,
  type ManagementResult,
  type SelectionError,
  Success,
} from './result.ts';
import { assertSelector, type ConnectionSelector, selectConnection } from './selection.ts';

/** A key as an administrator may see it. All times are UNIX seconds. */
export interface ScimApiKeyDetails {
  readonly keyId: string;
  /** `standard`: for the customer's identity provider. `temporary`: for your own requests; not one to show as theirs. */
  readonly kind: KeyKind;
  /** What a temporary key is for, as given; null for others. */
  readonly purpose: string | null;
  /** The last four characters, to tell keys apart. */
  readonly lastFour: string;
  readonly createdAt: number;
  readonly createdBy: string | null;
  /** null = never. An expired key is listed until it is replaced. */
  readonly expiresAt: number | null;
  readonly lastUsedAt: number | null;
  /** While being replaced: when it ends at the latest. */
  readonly retiresAt: number | null;
}

/** A connection as an administrator may see it; no secret and no hash. All times are UNIX seconds. */
export interface ScimConnectionDetails {
  readonly connectionId: string;
  readonly customerId: string;
  readonly displayName: string | null;
  /** When the current key ends; null = never, or there is no key. */
  readonly scimApiKeyValidUntil: number | null;
  /** The connection's own mapping, else scimkit's default. */
  readonly userMapping: ScimUserMapping;
  readonly status: ConnectionStatus;
  readonly provider: string | null;
  readonly guard: GuardMode;
  readonly policy: ConnectionPolicy;
  readonly profile: ProfileName;
  /** Oldest first: the customer's, two during a rotation, then temporary ones that have not ended. */
  readonly keys: readonly ScimApiKeyDetails[];
  /** When a request last came with one of the customer's keys; your own with temporary ones do not count. */
  readonly lastUsedAt: number | null;
  readonly users: number;
  readonly groups: number;
  /** When a resource last changed. */
  readonly lastChangeAt: number | null;
  readonly createdAt: number;
}

export interface ListScimConnectionsParameters {
  /** `next` of the page before. */
  readonly after?: string | undefined;
  /** 1 to 200. @default 100 */
  readonly limit?: number | undefined;
}

export interface ScimConnectionPage {
  readonly connections: readonly ScimConnectionDetails[];
  /** Give as `after` for the next page; null = this is the last. */
  readonly next: string | null;
}

/** Reads one connection. */
export async function fetchConnection(
  options: ManagementOptions,
  parameters: ConnectionSelector,
): Promise<ManagementResult<ScimConnectionDetails, SelectionError>> {
  const selector = requireParameters(selectionSchema, parameters);
  assertSelector(selector);
  const selected = await selectConnection(options.store.connections, selector);
  if (!selected.ok) return new Failure(selected.error);
  return new Success(await describeConnection(options, selected.connection));
}

/** Reads all customers' connections, page by page, ordered by id. */
export async function listConnections(
  options: ManagementOptions,
  parameters: ListScimConnectionsParameters,
): Promise<ManagementResult<ScimConnectionPage, InvalidFieldsError>> {
  const parsed = parseParameters(listSchema, parameters);
  if (!parsed.ok) return new Failure({ type: 'InvalidFields', fields: parsed.fields });
  const { after, limit } = parsed.value;
  // One more than asked for tells whether there is a next page.
  const range = after === undefined ? { limit: limit + 1 } : { after, limit: limit + 1 };
  const found = await options.store.connections.list(range);
  const page = found.slice(0, limit);
  const connections: ScimConnectionDetails[] = [];
  for (const connection of page) connections.push(await describeConnection(options, connection));
  const next = found.length > limit ? (page.at(-1)?.connectionId ?? null) : null;
  return new Success({ connections, next });
}

async function describeConnection(
  options: ManagementOptions,
  connection: ConnectionRecord,
): Promise<ScimConnectionDetails> {
  const reader: ConnectionReader = options.store.connections;
  const { connectionId, customerId, displayName, status, provider, guard, profile, createdAt } = connection;
  const keys = await reader.keys(connectionId);
  const temporaryKeys = await reader.temporaryKeys(connectionId);
  const { byResourceType, lastChangeAt, lastUsedAt } = await reader.counts(connectionId);
  const now = readNow(options);
  return {
    connectionId,
    customerId,
    displayName,
    scimApiKeyValidUntil: findCurrentKey(keys)?.expiresAt ?? null,
    userMapping: toMapping(connection),
    status,
    provider,
    guard,
    policy: parsePolicy(connection.policy),
    profile,
    keys: [
      ...keys.filter((key) => findKeyEnd(key, now) !== 'retired'),
      ...temporaryKeys.filter((key) => findKeyEnd(key, now) === undefined),
    ].map(toKeyDetails),
    lastUsedAt,
    users: byResourceType[options.userType.name] ?? 0,
    groups: byResourceType[options.groupType.name] ?? 0,
    lastChangeAt,
    createdAt,
  };
}

/** The mapping in force. It was parsed before it was stored. */
export function toMapping({ mapping }: ConnectionRecord): ScimUserMapping {
  return toUserMapping(mapping);
}

function toKeyDetails(key: KeyRecord): ScimApiKeyDetails {
  const { keyId, kind, purpose, lastFour, createdAt, createdBy, expiresAt, lastUsedAt, retiresAt } = key;
  return { keyId, kind, purpose, lastFour, createdAt, createdBy, expiresAt, lastUsedAt, retiresAt };
}
