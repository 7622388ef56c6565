import type { JsonObject } from '../protocol/json.ts';
import type { Member } from './port.ts';

/** An event that was written down instead of recorded: the connection is on a dry run. */
export interface EffectRecord {
  /** Grows within the connection. */
  readonly position: number;
  readonly type: string;
  readonly resourceType: string;
  readonly resourceId: string;
  /** ISO 8601 UTC. */
  readonly occurredAt: string;
  readonly data: JsonObject;
}

/** A resource as the app was last told of it. */
export interface ToldState {
  readonly attributes: JsonObject;
  readonly version: number;
  readonly created: string;
  readonly lastModified: string;
  readonly userId: string | null;
  /** Groups it was a direct member of when it was deleted. */
  readonly memberOf?: readonly string[];
}

/**
 * Whose turn it is when the app is told: what holds no members comes first, then what does, then its members, so that
 * nobody is told to be a member who is not known yet.
 */
export const TURNS = Object.freeze({ plain: 0, holder: 1, members: 2 });

/** A resource that changed without the app being told. */
export interface UntoldResource {
  readonly resourceId: string;
  readonly resourceType: string;
  /** One of {@link TURNS}. */
  readonly turn: number;
  /** Of its first change. */
  readonly position: number;
  /** null = the app was never told of it. */
  readonly told: ToldState | null;
}

/** How often each event would have been recorded. */
export type EffectCounts = Readonly<Record<string, number>>;

/** Reads what a connection has not told the app. */
export interface EffectReader {
  /** Effects after a position, in order. */
  effects(options: { after: number; limit: number }): Promise<readonly EffectRecord[]>;
  countEffects(): Promise<EffectCounts>;
  /** Resources in the order of telling, after one of them. */
  untold(options: {
    readonly after?: Pick<UntoldResource, 'turn' | 'position'>;
    readonly limit: number;
  }): Promise<readonly UntoldResource[]>;
  countUntold(): Promise<number>;
  /** What was undone for each of these resources, the newest. */
  undoneOf(resourceIds: readonly string[]): Promise<ReadonlyMap<string, UndoneEvent>>;
}

/** An event whose effect on the app was taken back, while the directory stayed as it is. */
export interface UndoneEvent {
  readonly eventId: string;
  readonly resourceId: string;
  /** UNIX seconds. */
  readonly undoneAt: number;
  readonly actor: string | null;
}

/** Members of one group that the app has not been told of. */
export interface UntoldMembers {
  readonly added: readonly Member[];
  readonly removed: readonly Member[];
}

/** Writes it, inside an open transaction. */
export interface EffectWriter {
  /** The connection's policy as it is now; it stays that until this transaction has ended. */
  policy(): Promise<string>;
  /**
   * To be called once by a write that appends no event: totals that readers know by the position of the events would
   * go stale. Answers how many such writes there were.
   *
   * @throws Error where the connection was deleted meanwhile.
   */
  noteQuietWrite(): Promise<number>;
  append(effect: Omit<EffectRecord, 'position'>): Promise<void>;
  /** Keeps what the app was told of a resource; where something is kept already, that stays. */
  keepTold(resource: UntoldResource): Promise<void>;
  /** Keeps who was a member when the app was last told. */
  keepMembers(
    groupId: string,
    delta: { readonly added: readonly Member[]; readonly removed: readonly Member[] },
  ): Promise<void>;
  /** Keeps others from telling the app of it meanwhile. */
  findUntold(resourceId: string): Promise<UntoldResource | undefined>;
  /** Those who came and went in the end; without those the app is still to be told of themselves. */
  untoldMembers(groupId: string): Promise<UntoldMembers>;
  /** The app knows those of {@link untoldMembers} now. Answers whether these were all. */
  forgetMembers(groupId: string): Promise<boolean>;
  changeTold(resourceId: string, change: Pick<UntoldResource, 'turn' | 'told'>): Promise<void>;
  /** Answers false where this event was undone before. */
  noteUndone(undone: UndoneEvent): Promise<boolean>;
  /** The app has what is stored again. */
  forgetUndone(resourceId: string): Promise<void>;
  /** The app knows now, or need not. */
  forget(resourceId: string): Promise<void>;
}
