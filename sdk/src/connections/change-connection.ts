import { isSameJson } from '../protocol/json.ts';
import type { ProfileName } from '../protocol/leniency/profile.ts';
import { admitAfterWrite } from '../provisioning/admit-waiting.ts';
import type { ScimUserMapping } from '../provisioning/mapping.ts';
import { type ConnectionPolicyOptions, parsePolicy, withChoices } from '../provisioning/policy.ts';
import type {
  ConnectionRecord,
  ConnectionStatus,
  ConnectionWriter,
  GuardMode,
} from '../store/connections.ts';
import { createScope } from '../store/scope.ts';
import { createAuditRecord } from './audit.ts';
import { toStoredMapping } from './create-connection.ts';
import { forgetDryRunBefore } from './dry-run.ts';
import { findCurrentKey } from './key-life.ts';
import { type ManagementOptions, readNow } from './management-context.ts';
import { actSchema, parseParameters, patchSchema, requireParameters } from './parameters.ts';
import {
  type DisplayNameInvalidError,
  Failure,
  type InvalidField,
  type InvalidFieldsError,
  type ManagementResult,
  type SelectionError,
  Success,
} from './result.ts';
import { assertSelector, type ConnectionSelector, selectConnection, selectToChange } from './selection.ts';

/** What is left out stays as it is. */
export type PatchScimConnectionParameters = ConnectionSelector & {
  readonly displayName?: string | null | undefined;
  /** The new end of the current key, an expired one included: UNIX seconds; null = never. */
  readonly scimApiKeyExpiration?: number | null | undefined;
  /** null = scimkit's default mapping. */
  readonly customMapping?: ScimUserMapping | null | undefined;
  readonly provider?: string | null | undefined;
  readonly guard?: GuardMode | undefined;
  /** What is left out of it stays as it is. */
  readonly policy?: ConnectionPolicyOptions | undefined;
  /** How requests are read: with every vendor tolerance, or by the letter of the RFCs. */
  readonly profile?: ProfileName | undefined;
  /** Who asked for it, for the audit. @default null */
  readonly actor?: string | null | undefined;
};

/** Acts that need nothing but the connection. */
export type ConnectionActParameters = ConnectionSelector & {
  /** Who asked for it, for the audit. @default null */
  readonly actor?: string | null | undefined;
};

export type Nothing = Readonly<Record<never, never>>;

/** Changes a connection's settings and its current key's end. */
export async function patchConnection(
  options: ManagementOptions,
  parameters: PatchScimConnectionParameters,
): Promise<ManagementResult<Nothing, InvalidFieldsError | DisplayNameInvalidError | SelectionError>> {
  const now = readNow(options);
  const parsed = parseParameters(patchSchema(now), parameters);
  if (!parsed.ok) return new Failure(toPatchError(parsed.fields));
  assertSelector(parsed.value);
  const {
    scimApiKeyExpiration,
    customMapping,
    displayName,
    provider,
    guard,
    profile,
    policy,
    actor = null,
  } = parsed.value;
  const change = {
    ...(displayName === undefined ? {} : { displayName }),
    ...(provider === undefined ? {} : { provider }),
    ...(guard === undefined ? {} : { guard }),
    ...(profile === undefined ? {} : { profile }),
    ...(customMapping === undefined ? {} : { mapping: toStoredMapping(customMapping) }),
  };
  const result = await options.store.changeConnections(async (tx): Promise<Patched> => {
    const selected = await selectToChange(tx, parsed.value);
    if (!selected.ok) return selected;
    const { connection } = selected;
    const { effects } = parsePolicy(connection.policy);
    if (policy?.effects === 'apply' && effects !== 'apply')
      return { ok: false, error: { type: 'InvalidFields', fields: [ON_DRY_RUN] } };
    if (policy?.effects === 'dryRun' && effects === 'apply')
      await forgetDryRunBefore(tx, connection.connectionId);
    if (scimApiKeyExpiration !== undefined) {
      const isChanged = await changeKeyEnd(tx, connection.connectionId, scimApiKeyExpiration);
      if (!isChanged) return { ok: false, error: { type: 'InvalidFields', fields: [NO_KEY] } };
    }
    await tx.update(connection.connectionId, {
      ...change,
      ...(policy === undefined ? {} : { policy: withChoices(connection.policy, policy) }),
    });
    const hasWalk = change.mapping !== undefined && !isSameJson(connection.mapping, change.mapping);
    if (hasWalk && change.mapping !== undefined) {
      const { mapping: before, connectionId } = connection;
      await tx.addWalk(connectionId, { kind: 'mapping', before, after: change.mapping });
    }
    const changed = [
      ...Object.keys(change),
      ...Object.keys(policy ?? {}).map((name) => `policy.${name}`),
      ...(scimApiKeyExpiration === undefined ? [] : ['scimApiKeyExpiration']),
    ];
    const detail = { changed, neverExpires: scimApiKeyExpiration === null };
    const act = { action: 'connection.changed', actor, detail } as const;
    await tx.appendAudit(createAuditRecord({ connection, now, random: options.random }, act));
    return { ok: true, connection, hasWalk };
  });
  if (!result.ok) return new Failure(result.error);
  const { connection, hasWalk } = result;
  const scope = createScope(connection);
  if (hasWalk) options.appRoles?.walks.start(scope);
  // There may be seats now for those who wait.
  if (policy?.seats !== undefined) await admitAfterWrite(options, { scope, connection });
  return new Success({});
}

type Patched =
  | { readonly ok: true; readonly connection: ConnectionRecord; readonly hasWalk: boolean }
  | { readonly ok: false; readonly error: InvalidFieldsError | SelectionError };

/** Pauses or resumes: while paused, keys stay valid but open nothing. Doing it twice changes nothing. */
export async function changeStatus(
  options: ManagementOptions,
  parameters: ConnectionActParameters,
  status: ConnectionStatus,
): Promise<ManagementResult<Nothing, SelectionError>> {
  const { actor = null, ...selector } = requireParameters(actSchema, parameters);
  assertSelector(selector);
  return options.store.changeConnections(async (tx) => {
    const selected = await selectToChange(tx, selector);
    if (!selected.ok) return new Failure(selected.error);
    const { connection } = selected;
    if (connection.status === status) return new Success({});
    await tx.update(connection.connectionId, { status });
    const action = status === 'paused' ? 'connection.paused' : 'connection.resumed';
    const subject = { connection, now: readNow(options), random: options.random };
    await tx.appendAudit(createAuditRecord(subject, { action, actor, detail: {} }));
    return new Success({});
  });
}

/** Deletes a connection with everything received through it. Only the audit remains. */
export async function deleteConnection(
  options: ManagementOptions,
  parameters: ConnectionActParameters,
): Promise<ManagementResult<Nothing, SelectionError>> {
  const { actor = null, ...selector } = requireParameters(actSchema, parameters);
  assertSelector(selector);
  return options.store.changeConnections(async (tx) => {
    const selected = await selectConnection(tx, selector);
    if (!selected.ok) return new Failure(selected.error);
    const { connection } = selected;
    const { byResourceType } = await tx.counts(connection.connectionId);
    await tx.delete(connection.connectionId);
    const subject = { connection, now: readNow(options), random: options.random };
    const act = { action: 'connection.deleted', actor, detail: { resources: byResourceType } } as const;
    await tx.appendAudit(createAuditRecord(subject, act));
    return new Success({});
  });
}

async function changeKeyEnd(
  tx: ConnectionWriter,
  connectionId: string,
  expiresAt: number | null,
): Promise<boolean> {
  const key = findCurrentKey(await tx.keys(connectionId));
  if (key === undefined) return false;
  await tx.updateKey(key, { expiresAt });
  return true;
}

const NO_KEY: InvalidField = {
  field: 'scimApiKeyExpiration',
  code: 'malformed',
  message: 'This connection has no SCIM API key. Resetting the key makes one.',
};

/** The app would never hear of what it has not been told. */
const ON_DRY_RUN: InvalidField = {
  field: 'policy.effects',
  code: 'malformed',
  message: 'A dry run ends by scim.management.endDryRun, which tells the app what it has not heard.',
};

/** A name alone at fault has an error type of its own, with a message fit for the form. */
function toPatchError(fields: readonly InvalidField[]): InvalidFieldsError | DisplayNameInvalidError {
  const [first] = fields;
  const isNameAlone = fields.every(({ field }) => field === 'displayName');
  if (first === undefined || !isNameAlone) return { type: 'InvalidFields', fields };
  return { type: 'DisplayNameInvalid', message: first.message };
}
