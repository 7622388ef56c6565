import type { JsonObject } from '../protocol/json.ts';
import type { ProfileName } from '../protocol/leniency/profile.ts';
import type { ScimUserMapping } from '../provisioning/mapping.ts';
import { type ConnectionPolicyOptions, NOTHING_CHOSEN, withChoices } from '../provisioning/policy.ts';
import type { ConnectionRecord, GuardMode } from '../store/connections.ts';
import { createAuditRecord } from './audit.ts';
import { issueKey } from './issue-key.ts';
import { type ManagementOptions, readNow, toExpiresAt } from './management-context.ts';
import { createSchema, parseParameters } from './parameters.ts';
import { BASE36, createRandomText } from './random-text.ts';
import {
  Failure,
  type InvalidFieldsError,
  type ManagementResult,
  type ScimConnectionExistsError,
  Success,
} from './result.ts';

export interface CreateScimConnectionParameters {
  /** The app's own name for its customer, an opaque text of 1 to 255 characters. */
  readonly customerId: string;
  /** @default null */
  readonly displayName?: string | null | undefined;
  /** When the key ends, UNIX seconds, at most ten years ahead; null = never. @default the host's key life */
  readonly scimApiKeyExpiration?: number | null | undefined;
  /** null = scimkit's default mapping. @default null */
  readonly customMapping?: ScimUserMapping | null | undefined;
  /** The identity provider, such as `okta`, `entra`, `google_workspace` or `generic_scim`. @default null */
  readonly provider?: string | null | undefined;
  /** Whether the customer may have several connections. @default false */
  readonly allowMultiple?: boolean | undefined;
  /** What happens to a mass deprovisioning. @default 'hold' */
  readonly guard?: GuardMode | undefined;
  /** What its changes do in the app. What is left out keeps its default. */
  readonly policy?: ConnectionPolicyOptions | undefined;
  /** How requests are read: with every vendor tolerance, or by the letter of the RFCs. @default 'compat' */
  readonly profile?: ProfileName | undefined;
  /** Who asked for it, for the audit. @default null */
  readonly createdBy?: string | null | undefined;
}

/** `scimApiKey` is shown here once and can never be read again. */
export interface KeyIssued {
  readonly connectionId: string;
  readonly scimApiKey: string;
}

/** Makes a connection with its first key. Of two calls at once for one customer, one wins. */
export async function createConnection(
  options: ManagementOptions,
  parameters: CreateScimConnectionParameters,
): Promise<ManagementResult<KeyIssued, InvalidFieldsError | ScimConnectionExistsError>> {
  const now = readNow(options);
  const parsed = parseParameters(createSchema(now), parameters);
  if (!parsed.ok) return new Failure({ type: 'InvalidFields', fields: parsed.fields });
  const { scimApiKeyExpiration, createdBy = null, allowMultiple = false, ...rest } = parsed.value;
  const connection: ConnectionRecord = {
    // Generated only: a name somebody chose could be a word that means something elsewhere.
    connectionId: createRandomText({ alphabet: BASE36, length: 20, random: options.random }),
    customerId: rest.customerId,
    displayName: rest.displayName ?? null,
    provider: rest.provider ?? null,
    status: 'active',
    guard: rest.guard ?? 'hold',
    profile: rest.profile ?? 'compat',
    mapping: toStoredMapping(rest.customMapping),
    policy: withChoices(NOTHING_CHOSEN, rest.policy ?? {}),
    epoch: '',
    createdAt: now,
  };
  const { connectionId } = connection;
  const expiresAt = toExpiresAt(options, { scimApiKeyExpiration, now });
  const issuer = { ...options, prefix: options.keyPrefix };
  const { scimApiKey, record } = issueKey(issuer, { connectionId, createdAt: now, createdBy, expiresAt });
  const isCreated = await options.store.changeConnections(async (tx) => {
    const existing = await tx.findByCustomer(connection.customerId);
    if (existing.length > 0 && !allowMultiple) return false;
    await tx.insert(connection);
    await tx.insertKey(record);
    const detail = { keyId: record.keyId, neverExpires: expiresAt === null };
    const act = { action: 'connection.created', actor: createdBy, detail } as const;
    await tx.appendAudit(createAuditRecord({ connection, now, random: options.random }, act));
    return true;
  });
  if (!isCreated) return new Failure({ type: 'ScimConnectionForCustomerIdAlreadyExists' });
  return new Success({ connectionId, scimApiKey });
}

/** A parsed mapping is plain JSON: what zod leaves `undefined` is dropped on the way. */
export function toStoredMapping(mapping: ScimUserMapping | null | undefined): JsonObject | null {
  return mapping === undefined || mapping === null
    ? null
    : (JSON.parse(JSON.stringify(mapping)) as JsonObject);
}
