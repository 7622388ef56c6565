import { letOthers } from '../in-turns.ts';
import { findMembersAttribute, type ResourceType } from '../protocol/schema/resource-type.ts';
import type { ConnectionRecord } from '../store/connections.ts';
import { TURNS, type UntoldResource } from '../store/effects.ts';
import type { ConnectionScope, Store } from '../store/port.ts';
import { NO_MEMBERS } from './change.ts';
import { netChange, toToldState } from './net-change.ts';
import { type SettleOptions, settle } from './settle.ts';

/** What the app is told with. */
export interface TellOptions {
  readonly store: Store;
  readonly app: SettleOptions;
  /** The resource types served, by name. */
  readonly types: ReadonlyMap<string, ResourceType>;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** A resource of which the app could not be told. */
export interface TellFailure {
  readonly resourceType: string;
  readonly resourceId: string;
  readonly cause: unknown;
}

/** How far the telling is. */
export interface TellProgress {
  /** Resources the app has been told of by this call. */
  readonly told: number;
  /** Resources the app was to be told of when it began. */
  readonly total: number;
}

export interface TellingOf {
  readonly scope: ConnectionScope;
  readonly connection: ConnectionRecord;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: TellProgress) => void) | undefined;
}

export interface Told {
  readonly told: number;
  readonly failures: readonly TellFailure[];
}

/** Resources read at once. */
const RESOURCES_IN_PART = 200;

/**
 * Tells the app the net change of each resource it has not heard of, one transaction each. What fails stays untold
 * and keeps nobody else waiting; what a crash leaves is told by the next call.
 */
export async function tellUntold(options: TellOptions, telling: TellingOf): Promise<Told> {
  const { scope, signal, onProgress } = telling;
  const reader = options.store.effects(scope);
  const failures: TellFailure[] = [];
  const total = onProgress === undefined ? 0 : await reader.countUntold();
  let told = 0;
  let last: UntoldResource | undefined;
  while (signal?.aborted !== true) {
    const part = await reader.untold({ limit: RESOURCES_IN_PART, ...(last && { after: last }) });
    for (const untold of part) {
      if (signal?.aborted) break;
      last = untold;
      try {
        if (await tellOne(options, telling, untold)) told += 1;
      } catch (cause) {
        const { resourceType, resourceId } = untold;
        failures.push({ resourceType, resourceId, cause });
      }
    }
    // Not where a part is short: what has been told of a group comes again with its members' turn.
    if (part.length === 0) break;
    onProgress?.({ told, total });
    await letOthers();
  }
  return { told, failures };
}

/** Answers whether the app knows all of it now: of a group, its members are told in a turn of their own. */
function tellOne(
  { store, app, types, clock }: TellOptions,
  { scope, connection, signal }: TellingOf,
  { resourceId: id, resourceType }: UntoldResource,
): Promise<boolean> {
  const type = types.get(resourceType);
  if (type === undefined) throw new TypeError(`There is no resource type ${resourceType} any more.`);
  return store.changeResources(
    scope,
    async (tx) => {
      // Locked in the order in which requests do it: the resource, then what is kept of it.
      const now = await tx.find(type, id);
      const untold = await tx.effects.findUntold(id);
      if (untold === undefined) return false;
      const isMembersTurn = untold.turn === TURNS.members;
      const members = isMembersTurn ? await tx.effects.untoldMembers(id) : NO_MEMBERS;
      const change = netChange({ id, type, told: untold.told, now, members });
      const settling = { scope, connection, occurredAt: new Date(clock()).toISOString(), keyId: null };
      const settled =
        change && (await settle(app, tx, { ...settling, change, reason: { kind: 'reconcile' } }));
      const isWhole =
        now === undefined ||
        findMembersAttribute(type) === undefined ||
        (isMembersTurn && (await tx.effects.forgetMembers(id)));
      if (isWhole) await tx.effects.forget(id);
      else
        await tx.effects.changeTold(id, {
          turn: TURNS.members,
          told: toToldState(settled?.resource ?? now),
        });
      return isWhole;
    },
    signal,
  );
}
