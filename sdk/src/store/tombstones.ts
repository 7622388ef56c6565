import type { JsonObject } from '../protocol/json.ts';
import type { ResourceType } from '../protocol/schema/resource-type.ts';

/** What a soft deletion leaves of a resource, for a time. */
export interface Tombstone {
  /** The id the resource had; never given to another one. */
  readonly id: string;
  readonly type: ResourceType;
  readonly attributes: JsonObject;
  readonly version: number;
  /** ISO 8601 UTC with milliseconds. */
  readonly created: string;
  readonly deletedAt: string;
  /** The app's account it was linked to. */
  readonly userId: string | null;
  /** Groups it was a direct member of. */
  readonly memberOf: readonly string[];
}

export interface TombstoneReader {
  /** By the id the resource had, however old. */
  find(id: string): Promise<Tombstone | undefined>;
}

export interface TombstoneWriter extends TombstoneReader {
  keep(tombstone: Tombstone): Promise<void>;
  /** Erases those of resources deleted before an instant. */
  purge(deletedBefore: string): Promise<void>;
}
