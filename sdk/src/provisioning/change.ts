import type { ResourceType } from '../protocol/schema/resource-type.ts';
import type { Member, StoredResource } from '../store/port.ts';

/** What did change, known inside the transaction once the store has been written. */
export type Change =
  | {
      readonly kind: 'created';
      readonly after: StoredResource;
      readonly members: MembersDelta;
      /** What is kept of the resource that had this name and was deleted. */
      readonly previous?: PreviousResource | undefined;
      /** What speaks for the account the app had already, where one was linked (P40). */
      readonly linked?: 'externalId' | 'verifiedEmail' | undefined;
    }
  | {
      readonly kind: 'updated';
      readonly before: StoredResource;
      readonly after: StoredResource;
      /** Names of the attributes that differ; empty when only members changed. */
      readonly changed: readonly string[];
      readonly members: MembersDelta;
      /** Of one who was deactivated: groups he is a direct member of. */
      readonly memberOf?: readonly string[] | undefined;
    }
  | {
      readonly kind: 'deleted';
      readonly before: StoredResource;
      /** Groups the resource was a direct member of. */
      readonly memberOf: readonly string[];
      /** How many members it had itself. @default 0 */
      readonly memberCount?: number;
    };

/** A deleted resource of the same name. */
export interface PreviousResource {
  /** The id it had. */
  readonly id: string;
  /** The app's account it was linked to. */
  readonly userId: string | null;
}

/** Members that came and went. */
export interface MembersDelta {
  readonly added: readonly Member[];
  readonly removed: readonly Member[];
}

export const NO_MEMBERS: MembersDelta = Object.freeze({ added: [], removed: [] });

/** True when a member came or went. */
export function hasDelta(members: MembersDelta): boolean {
  return members.added.length > 0 || members.removed.length > 0;
}

/** What an update did to `active`, where the type has it. */
export function activeChange(
  change: Change & { kind: 'updated' },
): 'deactivated' | 'reactivated' | undefined {
  if (!change.changed.includes('active') || !hasActive(change.after.type)) return undefined;
  const isActive = change.after.attributes.active !== false;
  const wasActive = change.before.attributes.active !== false;
  if (isActive === wasActive) return undefined;
  return isActive ? 'reactivated' : 'deactivated';
}

/** Whether a resource is switched on; those of types that cannot be switched off always are. */
export function isActive({ type, attributes }: Pick<StoredResource, 'type' | 'attributes'>): boolean {
  return !hasActive(type) || attributes.active !== false;
}

/** Whether resources of a type can be switched off. */
export function hasActive(type: ResourceType): boolean {
  return type.schema.attributes.get('active')?.type === 'boolean';
}
