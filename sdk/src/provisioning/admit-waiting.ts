import type { Logger } from '../logger.ts';
import type { Membership, ResourceWriter, StoredResource } from '../store/port.ts';
import type { WaitingUser } from '../store/waiting.ts';
import { hasActive, NO_MEMBERS } from './change.ts';
import { netChange } from './net-change.ts';
import { parsePolicy } from './policy.ts';
import { findLimit } from './seats.ts';
import { settle } from './settle.ts';
import type { TellFailure, TellingOf, TellOptions } from './tell-untold.ts';

/** Users the app has been told of, and those it could not be told of. */
export interface Admitted {
  readonly admitted: readonly string[];
  readonly failures: readonly TellFailure[];
}

/**
 * Tells the app of users who wait for a seat, in order of arrival, as long as seats are free; one transaction each.
 * One whom the app refuses goes on waiting and keeps nobody else from a seat.
 */
export async function admitWaiting(options: TellOptions, telling: TellingOf): Promise<Admitted> {
  const admitted: string[] = [];
  const failures: TellFailure[] = [];
  let after = 0;
  for (;;) {
    const [next] = await options.store.resources(telling.scope).waiting.list({ after, limit: 1 });
    if (next === undefined || telling.signal?.aborted) return { admitted, failures };
    after = next.arrival;
    try {
      const outcome = await admitOne(options, telling, next);
      if (outcome === 'full') return { admitted, failures };
      if (outcome === 'told') admitted.push(next.resourceId);
    } catch (cause) {
      failures.push({ resourceType: 'User', resourceId: next.resourceId, cause });
    }
  }
}

/** The same after a request, which is answered whatever comes of it. */
export async function admitAfterWrite(
  { telling: options, logger }: { readonly telling: TellOptions; readonly logger: Logger },
  telling: TellingOf,
): Promise<void> {
  try {
    const { failures } = await admitWaiting(options, telling);
    for (const { cause, ...user } of failures)
      logger.error('scimkit: a seat is free, but the app could not be told of who waits for it.', {
        ...user,
        cause,
      });
  } catch (cause) {
    logger.error('scimkit: those who wait for a seat could not be read.', { cause });
  }
}

function admitOne(
  { store, app, types, clock }: TellOptions,
  telling: TellingOf,
  { resourceId: id }: WaitingUser,
): Promise<'full' | 'gone' | 'told'> {
  const { scope } = telling;
  return store.changeResources(
    scope,
    async (tx) => {
      await tx.lockConnection();
      const connection = { ...telling.connection, policy: await tx.effects.policy() };
      const { seats, effects } = parsePolicy(connection.policy);
      const waiting = await tx.waiting.find(id);
      const user = await findUser(tx, types, id);
      if (waiting === undefined || user === undefined || effects !== 'apply') return 'gone';
      const run = { scope, tx, database: tx.database, timeoutMs: app.hookTimeoutMs };
      const limit = seats.onFull === 'waitlist' ? await findLimit(app.hooks, { connection }, run) : null;
      if (limit !== null && (await tx.waiting.countSeated(user.type)) >= limit) return 'full';
      await tx.waiting.remove(id);
      const occurredAt = new Date(clock()).toISOString();
      const settling = { scope, connection, occurredAt, keyId: null, reason: { kind: 'seat' } } as const;
      const change = netChange({ id, type: user.type, told: waiting.told, now: user, members: NO_MEMBERS });
      if (change === undefined) {
        await tx.effects.noteQuietWrite();
        return 'told';
      }
      const { resource } = await settle(app, tx, { ...settling, change });
      if (waiting.told !== null) return 'told';
      for (const group of await findGroups(tx, types, resource)) {
        const members = { added: [{ value: id, type: user.type.name, display: null }], removed: [] };
        const joined = { kind: 'updated', before: group, after: group, changed: [], members } as const;
        await settle(app, tx, { ...settling, change: joined });
      }
      return 'told';
    },
    telling.signal,
  );
}

async function findUser(
  tx: ResourceWriter,
  types: TellOptions['types'],
  id: string,
): Promise<StoredResource | undefined> {
  for (const type of types.values()) {
    const found = hasActive(type) ? await tx.find(type, id) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Groups that hold a user directly: of them the app was not told. */
async function findGroups(
  tx: ResourceWriter,
  types: TellOptions['types'],
  { id }: StoredResource,
): Promise<readonly StoredResource[]> {
  const groups: StoredResource[] = [];
  const memberships: readonly Membership[] = (await tx.membershipsOf([id])).get(id) ?? [];
  for (const { groupId, type: name, isDirect } of memberships) {
    const type = types.get(name);
    const group = isDirect && type ? await tx.find(type, groupId) : undefined;
    if (group !== undefined) groups.push(group);
  }
  return groups;
}
