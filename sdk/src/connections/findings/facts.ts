import type { ActivityData } from '../../activity/describe-request.ts';
import type { ConnectionRecord, KeyRecord } from '../../store/connections.ts';
import type { StoredResource } from '../../store/port.ts';

/** A request that came, as far as findings look at it. */
export interface SeenRequest {
  readonly activityId: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly status: number;
  readonly data: ActivityData;
}

/** What is known of a connection when it is looked over. */
export interface SetupFacts {
  /** UNIX seconds. */
  readonly now: number;
  readonly connection: ConnectionRecord;
  /** The customer's keys that are not revoked, oldest first. */
  readonly keys: readonly KeyRecord[];
  readonly users: number;
  readonly groups: number;
  /** Whether any group has a member. */
  readonly hasMembers: boolean;
  /** When a request was last let in, UNIX seconds. */
  readonly lastUsedAt: number | null;
  /** When a user was first made, milliseconds since the epoch; undefined = not known. */
  readonly firstUserAt: number | undefined;
  /** The same of groups. */
  readonly firstGroupAt: number | undefined;
  /** The newest requests, the newest first. */
  readonly requests: readonly SeenRequest[];
  /** The newest that failed, the newest first; further back than `requests` where most succeed. */
  readonly failed: readonly SeenRequest[];
  /** Some users, the newest first. */
  readonly newestUsers: readonly StoredResource[];
}

/** Requests older than this are history. */
export const LOOK_BACK_SECONDS = 7 * 86_400;
