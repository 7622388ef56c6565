import { admitWaiting } from '../provisioning/admit-waiting.ts';
import { createProfileReader } from '../provisioning/profile.ts';
import { createScope } from '../store/scope.ts';
import { createAuditRecord } from './audit.ts';
import type { ConnectionActParameters } from './change-connection.ts';
import { toMapping } from './describe-connection.ts';
import { type ManagementOptions, readNow } from './management-context.ts';
import { actSchema, requireParameters, selectionSchema } from './parameters.ts';
import { Failure, type ManagementResult, type SelectionError, Success } from './result.ts';
import { assertSelector, type ConnectionSelector, selectConnection } from './selection.ts';
import { type NotTold, toNotTold } from './told.ts';

/** A user the app has not been told of, since no seat is free. */
export interface WaitingScimUser {
  readonly scimUserId: string;
  readonly userName: string | null;
  readonly primaryEmail: string | null;
  /** ISO 8601 UTC. */
  readonly since: string;
}

export interface WaitingScimUsers {
  readonly connectionId: string;
  /** In order of arrival, the first 200. */
  readonly users: readonly WaitingScimUser[];
}

export interface WaitingUsersAdmitted {
  readonly connectionId: string;
  /** Ids of the users the app was told of. */
  readonly admitted: readonly string[];
  /** Users the app could not be told of; they go on waiting. */
  readonly failures: readonly NotTold[];
}

const MOST_SHOWN = 200;

/** Reads who waits for a seat. */
export async function getWaitingUsers(
  options: ManagementOptions,
  parameters: ConnectionSelector,
): Promise<ManagementResult<WaitingScimUsers, SelectionError>> {
  const selector = requireParameters(selectionSchema, parameters);
  assertSelector(selector);
  const selected = await selectConnection(options.store.connections, selector);
  if (!selected.ok) return new Failure(selected.error);
  const { connection } = selected;
  const reader = options.store.resources(createScope(connection));
  const readProfile = createProfileReader(options.userType, toMapping(connection));
  const users: WaitingScimUser[] = [];
  for (const { resourceId, since } of await reader.waiting.list({ limit: MOST_SHOWN })) {
    const user = await reader.find(options.userType, resourceId);
    if (user === undefined) continue;
    const { userName } = user.attributes;
    const { primaryEmail } = readProfile(user.attributes);
    const name = typeof userName === 'string' ? userName : null;
    users.push({ scimUserId: resourceId, userName: name, primaryEmail, since });
  }
  return new Success({ connectionId: connection.connectionId, users });
}

/** Tells the app of those who wait, as long as seats are free: after a limit the host counts itself has risen. */
export async function admitWaitingUsers(
  options: ManagementOptions,
  parameters: ConnectionActParameters,
): Promise<ManagementResult<WaitingUsersAdmitted, SelectionError>> {
  const { actor = null, ...selector } = requireParameters(actSchema, parameters);
  assertSelector(selector);
  const selected = await selectConnection(options.store.connections, selector);
  if (!selected.ok) return new Failure(selected.error);
  const { connection } = selected;
  const { admitted, failures } = await admitWaiting(options.telling, {
    scope: createScope(connection),
    connection,
  });
  for (const { cause, ...user } of failures)
    options.logger.error('scimkit: the app could not be told of who waits for a seat.', { ...user, cause });
  const record = createAuditRecord(
    { connection, now: readNow(options), random: options.random },
    { action: 'seats.admitted', actor, detail: { admitted: admitted.length, failed: failures.length } },
  );
  await options.store.changeConnections((tx) => tx.appendAudit(record));
  const { connectionId } = connection;
  return new Success({ connectionId, admitted, failures: failures.map(toNotTold) });
}
