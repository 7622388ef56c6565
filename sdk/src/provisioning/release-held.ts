import type { Logger } from '../logger.ts';
import { ScimError } from '../protocol/errors.ts';
import type { ResourceType } from '../protocol/schema/resource-type.ts';
import type { ConnectionRecord } from '../store/connections.ts';
import type { HeldChange } from '../store/held-changes.ts';
import type { ConnectionScope, ResourceWriter, Store, StoredResource } from '../store/port.ts';
import { type Change, hasDelta, NO_MEMBERS } from './change.ts';
import { asTold } from './hold-back.ts';
import { namesOfChanges } from './plan.ts';
import { type SettleOptions, settle } from './settle.ts';

/** What telling the app of released changes takes. */
export interface ReleaseOptions extends SettleOptions {
  readonly store: Store;
  readonly findType: (name: string) => ResourceType | undefined;
  readonly logger: Logger;
}

/** How far a release has come. */
export interface ReleaseProgress {
  /** Changes the app was told of by this call. */
  readonly released: number;
  /** Those the app could not be told of; they wait again. */
  readonly failed: readonly FailedRelease[];
}

export interface FailedRelease {
  readonly id: string;
  /** What the app's hook refused it with, or that it failed. */
  readonly reason: string;
}

/** One connection, and who wants to know how far its release has come. */
export interface Releasing {
  readonly scope: ConnectionScope;
  readonly connection: ConnectionRecord;
  readonly onProgress?: ((progress: ReleaseProgress) => void) | undefined;
}

/** How many are looked up at once. */
const IDS_IN_PART = 100;

/**
 * Tells the app of everything a person has let go: each change in a transaction of its own, as the difference between
 * what the app was last told and what is stored now. One that fails waits again and keeps nobody else. What a crash
 * leaves undone is still marked, and done by the next call.
 */
export async function releaseHeld(options: ReleaseOptions, releasing: Releasing): Promise<ReleaseProgress> {
  const { store, logger } = options;
  const { scope, connection, onProgress } = releasing;
  const failed: FailedRelease[] = [];
  let released = 0;
  for (let after = ''; ; ) {
    const ids = await store.resources(scope).held.releasing({ after, limit: IDS_IN_PART });
    for (const id of ids) {
      try {
        if (await releaseOne(options, { scope, connection, id })) released += 1;
      } catch (cause) {
        const reason = toReason(cause);
        logger.error('A held change could not be released; it waits again.', { cause, id });
        await store.changeResources(scope, (tx) => tx.held.noteFailure(id, reason));
        failed.push({ id, reason });
      }
      onProgress?.({ released, failed });
    }
    if (ids.length < IDS_IN_PART) return { released, failed };
    after = String(ids.at(-1));
  }
}

/** Answers whether there was anything left to release. */
async function releaseOne(
  options: ReleaseOptions,
  { scope, connection, id }: Omit<Releasing, 'onProgress'> & { readonly id: string },
): Promise<boolean> {
  const { store, findType, clock } = options;
  const listed = await store.resources(scope).held.find(id);
  const type = listed && findType(listed.resourceType);
  if (type === undefined) return false;
  return store.changeResources(scope, async (tx) => {
    // In the order in which a request takes its locks.
    const resource = await tx.find(type, id);
    const held = await tx.held.find(id);
    if (held?.state !== 'releasing') return false;
    const change = await toChange(tx, held, { type, resource });
    if (change === undefined) {
      await tx.held.remove(id);
      await tx.effects.noteQuietWrite();
      return true;
    }
    const reason = {
      kind: 'release',
      heldSince: new Date(held.heldAt * 1000).toISOString(),
      actor: held.reviewedBy,
    } as const;
    const occurredAt = new Date(clock()).toISOString();
    await settle(options, tx, { scope, connection, change, occurredAt, keyId: held.keyId, reason });
    return true;
  });
}

/** From what the app was last told to what is stored now; undefined = there is nothing to tell. */
async function toChange(
  tx: ResourceWriter,
  held: HeldChange,
  { type, resource }: { readonly type: ResourceType; readonly resource: StoredResource | undefined },
): Promise<Change | undefined> {
  if (held.kind === 'deleted' || resource === undefined) {
    const { id, told, version, memberOf } = held;
    // The account was taken over by whoever came after: what is to go is gone.
    if (told.userId !== null && (await tx.findByUserId(told.userId)) !== undefined) return undefined;
    const before: StoredResource = { ...told, id, type, version, isMember: false };
    return { kind: 'deleted', before, memberOf };
  }
  const removed = await tx.held.members(held.id);
  const members = removed.length === 0 ? NO_MEMBERS : { added: [], removed };
  const before = held.kind === 'deactivated' ? asTold(resource, held) : resource;
  const changed = namesOfChanges(before.attributes, resource.attributes);
  if (changed.length === 0 && !hasDelta(members)) return undefined;
  return { kind: 'updated', before, after: resource, changed, members };
}

function toReason(error: unknown): string {
  return error instanceof ScimError ? error.message : 'The app failed to carry it out.';
}
