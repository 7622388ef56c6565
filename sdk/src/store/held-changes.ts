import type { Member, StoredResource } from './port.ts';

/** What happened to a resource while the app was not told: it was switched off, deleted, or lost members. */
export type HeldKind = 'deactivated' | 'deleted' | 'membersRemoved';

/** `releasing`: a person has let it go, and the app is being told. `rejected`: the app shall not be told. */
export type HeldState = 'waiting' | 'releasing' | 'rejected';

/** What the app was not told of one resource, and what it was told last. Members are rows apart. */
export interface HeldChange {
  /** The resource's. */
  readonly id: string;
  readonly resourceType: string;
  readonly kind: HeldKind;
  readonly state: HeldState;
  /** As the app knows the resource. Of members alone: as it was when the first of them were held back. */
  readonly told: ToldResource;
  /** Whether it was switched on when the app was last told. */
  readonly wasActive: boolean;
  /** The version that a deleted resource had in the end. */
  readonly version: number;
  /** Groups that a resource was a direct member of: one that was deleted. */
  readonly memberOf: readonly string[];
  /** The key it was last changed with; null = the host itself. */
  readonly keyId: string | null;
  /** Since when, in UNIX seconds. */
  readonly heldAt: number;
  /** Who let it go or rejected it, as the host says. */
  readonly reviewedBy: string | null;
  readonly reviewedAt: number | null;
  /** Why the app could not be told when it was to be; null = it was not tried, or worked. */
  readonly failure: string | null;
}

export type ToldResource = Pick<
  StoredResource,
  'attributes' | 'version' | 'created' | 'lastModified' | 'userId'
>;

/** A held change as a list shows it. */
export interface ListedHeldChange extends HeldChange {
  /** How many members of a group are held back. */
  readonly members: number;
}

export interface HeldSummary {
  readonly waiting: number;
  readonly releasing: number;
  readonly rejected: number;
  /** Since when the one that has waited longest does, in UNIX seconds. */
  readonly oldestAt: number | null;
}

export interface HeldReader {
  /** Oldest first. */
  list(options: {
    readonly state?: HeldState;
    readonly offset: number;
    readonly limit: number;
  }): Promise<readonly ListedHeldChange[]>;
  summary(): Promise<HeldSummary>;
  /** Ids of those a person has let go, in order, after the given one. */
  releasing(options: { readonly after: string; readonly limit: number }): Promise<readonly string[]>;
  /** Inside a transaction nobody else changes it until that ends. */
  find(id: string): Promise<HeldChange | undefined>;
  /** Members of a group that the app was not told have gone. */
  members(id: string): Promise<readonly Member[]>;
}

export interface HeldWriter extends HeldReader {
  /** Keeps a held change, in place of what was kept of its resource. */
  keep(change: HeldChange): Promise<void>;
  /** Forgets it, its members too. */
  remove(id: string): Promise<void>;
  keepMembers(id: string, members: readonly Member[]): Promise<void>;
  /** Forgets some of its members. Answers the ids of those that were there. */
  takeMembers(id: string, memberIds: readonly string[]): Promise<readonly string[]>;
  hasMembers(id: string): Promise<boolean>;
  /** Changes the state of those waiting (of those rejected too, where named). Answers how many did change. */
  review(review: HeldReview): Promise<number>;
  /** What a failed release leaves: it waits again. */
  noteFailure(id: string, failure: string): Promise<void>;
}

/** What a person has decided. */
export interface HeldReview {
  /** Left out: all that wait. */
  readonly ids?: readonly string[];
  readonly to: 'releasing' | 'rejected';
  readonly reviewedBy: string | null;
  /** UNIX seconds. */
  readonly reviewedAt: number;
}
