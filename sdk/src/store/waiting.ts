import type { ResourceType } from '../protocol/schema/resource-type.ts';
import type { ToldState } from './effects.ts';

/** A user the app is not told of, since no seat is free. One who was switched off meanwhile does not wait for one. */
export interface WaitingUser {
  readonly resourceId: string;
  /** Grows within the connection: whose turn it is. */
  readonly arrival: number;
  /** ISO 8601 UTC with milliseconds. */
  readonly since: string;
  /** null = the app was never told of the user. */
  readonly told: ToldState | null;
}

export interface WaitingReader {
  find(resourceId: string): Promise<WaitingUser | undefined>;
  /** Those who wait for a seat, in order of arrival, after one of them. */
  list(options: { readonly after?: number; readonly limit: number }): Promise<readonly WaitingUser[]>;
  /** Those of the resources the app was never told of. */
  neverTold(resourceIds: readonly string[]): Promise<ReadonlySet<string>>;
}

/** Written to by one transaction at a time: the connection is locked from its start. */
export interface WaitingWriter extends WaitingReader {
  /** How many users of a type the app takes for active: those who wait have no seat, those held back still have one. */
  countSeated(type: ResourceType): Promise<number>;
  /** Puts a user at the end; what was told of one who waits or waited already stays as it is. */
  add(user: Omit<WaitingUser, 'arrival'>): Promise<void>;
  remove(resourceId: string): Promise<void>;
}
