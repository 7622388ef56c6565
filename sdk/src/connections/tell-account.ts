import { createObject, type Json } from '../protocol/json.ts';
import {
  findDirectGroups,
  fromEvent,
  type TellingAgain,
  tellAgain,
  tellMembership,
  tellWhole,
} from '../provisioning/tell-again.ts';
import type { ConnectionRecord } from '../store/connections.ts';
import type { ConnectionScope, StoredResource } from '../store/port.ts';
import type { AccountComparison, AccountField, AppAccount } from './app-accounts.ts';
import type { ManagementOptions } from './management-context.ts';

/** What accounts are told of with. */
export interface TellingAccounts {
  readonly options: ManagementOptions;
  readonly connection: ConnectionRecord;
  readonly scope: ConnectionScope;
  readonly comparison: AccountComparison;
  /** Groups that the app was told of just now, with all their members. */
  readonly toldWhole: ReadonlySet<string>;
}

/**
 * Tells the app what it has otherwise of a user, in a transaction of its own and of the user as he is by now. Answers
 * whether there was something to tell.
 *
 * @param found.account what the app has; undefined = nothing
 */
export function tellAccount(
  run: TellingAccounts,
  { user, account }: { readonly user: StoredResource; readonly account: AppAccount | undefined },
): Promise<boolean> {
  return inTransaction(run, async (telling) => {
    const { tx } = telling;
    const now = await tx.find(user.type, user.id);
    if (now === undefined || now.userId !== user.userId) return false;
    if (now.isHeld === true || (await tx.waiting.find(now.id)) !== undefined) return false;
    await tx.effects.forgetUndone(now.id);
    if (account !== undefined) return tellFields(run, telling, { now, account });
    if (now.attributes.active === false) return false;
    await tellWhole(telling, now);
    return true;
  });
}

async function tellFields(
  { comparison, toldWhole }: TellingAccounts,
  telling: TellingAgain,
  { now, account }: { readonly now: StoredResource; readonly account: AppAccount },
): Promise<boolean> {
  const { compare, toAttributes } = comparison;
  const memberships = (await telling.tx.membershipsOf([now.id])).get(now.id) ?? [];
  const fields = compare(account, now, memberships);
  const names = fields
    .map(({ field }) => field)
    .filter((field) => field !== 'active' && field !== 'groupIds');
  const changed = [
    ...(fields.some(({ field }) => field === 'active') ? ['active'] : []),
    ...toAttributes(names),
  ];
  if (changed.length > 0) {
    const before = { ...now, attributes: withoutChanged(now, changed, account.active) };
    const memberOf = await findDirectGroups(telling.tx, now);
    await tellAgain(telling, {
      kind: 'updated',
      before,
      after: now,
      changed,
      members: { added: [], removed: [] },
      ...(changed.includes('active') && !isActive(now) && { memberOf }),
    });
  }
  const groups = fields.find(({ field }) => field === 'groupIds');
  return groups === undefined || tellGroups(telling, now, { ...groups, toldWhole });
}

/** What the app has in their place is in other words; of `active` it is known. */
function withoutChanged(
  { attributes }: StoredResource,
  changed: readonly string[],
  active: boolean,
): Readonly<Record<string, Json>> {
  const kept = Object.entries(attributes).filter(([name]) => !changed.includes(name));
  const before = Object.assign(createObject(), Object.fromEntries(kept));
  if (changed.includes('active')) before.active = active;
  return before;
}

async function tellGroups(
  telling: TellingAgain,
  user: StoredResource,
  { app, directory, toldWhole }: AccountField & Pick<TellingAccounts, 'toldWhole'>,
): Promise<boolean> {
  const has = new Set(app as readonly string[]);
  const wanted = new Set(directory as readonly string[]);
  let isWhole = true;
  for (const groupId of new Set([...has, ...wanted])) {
    if (has.has(groupId) === wanted.has(groupId)) continue;
    if (wanted.has(groupId) && toldWhole.has(groupId)) continue;
    const isTold = await tellMembership(telling, { groupId, user, isMember: wanted.has(groupId) });
    isWhole &&= isTold;
  }
  return isWhole;
}

/** An account nobody is linked to is told to be deleted where the directory has made it, and deleted it since. */
export async function tellDeletion(run: TellingAccounts, { userId, scimId }: AppAccount): Promise<boolean> {
  const { options, scope } = run;
  const history = options.store.history(scope);
  await history.catchUp();
  const ids = [
    ...(scimId === undefined ? [] : [scimId]),
    ...(await history.idsOf({ kind: 'userId', value: userId })),
  ];
  for (const id of ids) {
    const last = await history.lastEvent(id);
    if (last?.type !== `${options.userType.eventName}.deleted`) continue;
    const before = { ...fromEvent(options.userType, last), userId };
    const { memberOf } = last.data;
    const groups = Array.isArray(memberOf) ? memberOf.map(String) : [];
    return inTransaction(run, async (telling) => {
      if ((await telling.tx.held.find(id)) !== undefined) return false;
      await tellAgain(telling, { kind: 'deleted', before, memberOf: groups });
      return true;
    });
  }
  return false;
}

/** Tells the app again, in a transaction of its own. */
export function inTransaction<T>(
  { options, connection, scope }: Pick<TellingAccounts, 'options' | 'connection' | 'scope'>,
  work: (telling: TellingAgain) => Promise<T>,
): Promise<T> {
  const { store, telling, clock } = options;
  return store.changeResources(scope, (tx) => {
    const occurredAt = new Date(clock()).toISOString();
    return work({ app: telling.app, tx, scope, connection, occurredAt, reason: { kind: 'reconcile' } });
  });
}

function isActive({ attributes }: StoredResource): boolean {
  return attributes.active !== false;
}
