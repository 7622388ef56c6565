import type { Filter } from '../protocol/filter/ast.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { AttributePath } from '../protocol/path.ts';
import type { ResourceType } from '../protocol/schema/resource-type.ts';
import type { ActivityReader, ActivityWriter } from './activity.ts';
import type { AuditRecord, ConnectionReader, ConnectionWriter, KeyLookUp } from './connections.ts';
import type { Deliveries } from './deliveries.ts';
import type { EffectReader, EffectWriter } from './effects.ts';
import type { EventLog } from './event-log.ts';
import type { GuardLedger } from './guard-window.ts';
import type { HeldChange, HeldReader, HeldWriter } from './held-changes.ts';
import type { EventHistory } from './history.ts';
import type { RoleReader, RoleWriter, WalkWriter } from './roles.ts';
import type { TombstoneReader, TombstoneWriter } from './tombstones.ts';
import type { WaitingReader, WaitingWriter } from './waiting.ts';
import type { WebhookReader } from './webhooks.ts';

/**
 * Where scimkit keeps its data. The port speaks protocol data; an implementation knows SQL.
 *
 * Reads and writes of a connection's data start from a {@link ConnectionScope}: no method below it takes a
 * customer or a connection, so a statement cannot reach across.
 */
export interface Store {
  /**
   * Brings the schema up to date. Answers the names of the migrations applied now.
   *
   * @throws TypeError for row-level security where the database has none.
   */
  migrate(options?: MigrateOptions): Promise<readonly string[]>;
  /** Whether scimkit's tables have been made, by any version. Makes none. */
  hasTables(): Promise<boolean>;
  /** Names of migrations a later version of scimkit has applied. They add; this version goes on working. */
  laterMigrations(): Promise<readonly string[]>;
  /** The statements {@link migrate} would run on an empty database, for teams with a tool of their own. */
  migrationSql(): string;
  /** Connections and keys: the administrative side, not reachable from a SCIM request except by key look-up. */
  readonly connections: ConnectionReader & KeyLookUp;
  /** One transaction over connections and keys. Rolls back when `work` throws. */
  changeConnections<T>(work: (tx: ConnectionWriter) => Promise<T>): Promise<T>;
  /** A random text, made at its first use and kept with the data: every process on one database has the same. */
  secret(name: string): Promise<string>;
  /** Puts another text in its place. */
  renewSecret(name: string): Promise<string>;
  /** Events of any connection, for the host. */
  readonly events: EventLog;
  /** How far the consumers of events are. */
  readonly deliveries: Deliveries;
  /** Addresses events are sent to. */
  readonly webhooks: WebhookReader;
  /** The resources of one connection, for reading. */
  resources(scope: ConnectionScope): ResourceReader;
  /** What one connection has not told the app. */
  effects(scope: ConnectionScope): EffectReader;
  /** Which of one connection's events are about whom. */
  history(scope: ConnectionScope): EventHistory;
  /** The requests of one connection, as administrators read them. */
  activity(scope: Pick<ConnectionScope, 'connectionId'>): ActivityReader;
  /** One transaction over the requests of any connections. Rolls back when `work` throws. */
  changeActivity<T>(work: (of: (connectionId: string) => ActivityWriter) => Promise<T>): Promise<T>;
  /**
   * One transaction over the resources of one connection. Rolls back when `work` throws, and when the signal was
   * aborted meanwhile. `work` may be run again from the start, after a roll back.
   */
  changeResources<T>(
    scope: ConnectionScope,
    work: (tx: ResourceWriter) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T>;
  /** Takes requests from what a connection may still send, as all processes count it together. */
  takeAllowance(scope: ConnectionScope, taking: AllowanceTaking): Promise<AllowanceTaken>;
  close(): Promise<void>;
}

/** A token bucket, and what is taken from it. */
export interface AllowanceTaking {
  readonly requestsPerSecond: number;
  /** How many it holds. */
  readonly burst: number;
  /** As many as there are, up to this. */
  readonly wanted: number;
  /** Taken before those that are wanted, below zero if need be. */
  readonly owed: number;
}

export interface AllowanceTaken {
  readonly granted: number;
  /** What the bucket holds now; less than one, and nothing is to be had. */
  readonly left: number;
}

/** What is wanted of the schema. */
export interface MigrateOptions {
  /** Guards the rows of each connection by policies of the database (PostgreSQL). @default false */
  readonly rowLevelSecurity?: boolean;
}

declare const scopeBrand: unique symbol;

/** Proof that a connection was established: by its key, or by the host through `scim.management`. */
export interface ConnectionScope {
  readonly connectionId: string;
  readonly customerId: string;
  readonly [scopeBrand]: true;
}

/** A resource as stored. `attributes` holds what the client may write, without id, meta, schemas and relations. */
export interface StoredResource {
  readonly id: string;
  readonly type: ResourceType;
  readonly attributes: JsonObject;
  readonly version: number;
  /** ISO 8601 UTC with milliseconds. */
  readonly created: string;
  readonly lastModified: string;
  /** The app's own account, linked by a hook; never equal to the resource's id. */
  readonly userId: string | null;
  /**
   * Whether any group held it directly when it was read: most requests can do without asking which. Not read, and
   * false, where resources of its type do not show their groups.
   */
  readonly isMember: boolean;
  /** Whether the app has not been told all of its changes: a {@link HeldChange} is kept of it. @default false */
  readonly isHeld?: boolean;
  /**
   * Whether the account is one the app had already (P40). `unproven`: nobody has signed in yet with the directory's
   * id for the person, and the app is not told the identity. Left out: the account was made for the user, or none is.
   */
  readonly link?: LinkState | undefined;
}

/** See {@link StoredResource.link}. */
export type LinkState = 'unproven' | 'proven';

/** One row of a `members` relation. */
export interface Member {
  /** The member's resource id. */
  readonly value: string;
  /** The member's resource type, such as `User`. */
  readonly type: string;
  /** As the client sent it. */
  readonly display: string | null;
}

/** One group a resource belongs to, directly or through groups that are members of it. */
export interface Membership {
  readonly groupId: string;
  /** The group's resource type; `Group`, unless types of the host's own have members too. */
  readonly type: string;
  readonly display: string | null;
  readonly isDirect: boolean;
}

export type ResourceQuery = Omit<ResourceSelection, 'type'> & ResourceRange;

/** What is asked for of one resource type. */
export interface ResourceSelection {
  readonly type: ResourceType;
  readonly filter?: Filter;
  /** Left out: the type has no such attribute, so its resources count as without value. */
  readonly sortBy?: AttributePath;
}

/** A page found by counting. */
export interface ResourceRange {
  readonly descending?: boolean;
  /** Zero-based. */
  readonly offset: number;
  readonly limit: number;
}

/** A page found by where the one before it ended: the last page costs no more than the first. */
export interface ResourceWalk {
  readonly descending?: boolean;
  /** Left out: the first page. */
  readonly after?: ResourcePosition;
  /** At least 1. */
  readonly limit: number;
}

/** A place in an order: what the last resource was ordered by, and its id. */
export interface ResourcePosition {
  readonly key: string | number | null;
  readonly id: string;
}

export interface WalkedPage {
  readonly resources: readonly StoredResource[];
  /** Where the next page starts; undefined = there is none. */
  readonly next: ResourcePosition | undefined;
}

export interface ResourcePage {
  readonly total: number;
  readonly resources: readonly StoredResource[];
}

/** Resources whose names or indexed values contain a text; case does not matter. */
export interface ResourceSearchQuery {
  readonly text: string;
  /** Zero-based. */
  readonly offset: number;
  readonly limit: number;
  /** How many are looked for: a text that half of a directory has costs no more than one that nobody has. */
  readonly most: number;
}

/** What was found, by id. */
export interface FoundResources extends ResourcePage {
  /** Whether there are more than were looked for. `total` counts those that were. */
  readonly isCut: boolean;
}

/** Members of a group, by id. */
export interface MemberQuery {
  /** Zero-based. */
  readonly offset: number;
  readonly limit: number;
  /** Only members of these types whose names or indexed values contain the text. */
  readonly matching?: { readonly text: string; readonly types: readonly ResourceType[] } | undefined;
  /** How many are looked for where not all match. */
  readonly most: number;
}

export interface MemberPage {
  readonly total: number;
  /** Whether more match than were looked for. */
  readonly isCut: boolean;
  readonly members: readonly Member[];
}

export interface ResourceReader {
  find(type: ResourceType, id: string): Promise<StoredResource | undefined>;
  /** Those of the ids that there are, in any order. */
  findEach(type: ResourceType, ids: readonly string[]): Promise<readonly StoredResource[]>;
  /** The same of any type. */
  findById(id: string): Promise<StoredResource | undefined>;
  query(type: ResourceType, query: ResourceQuery): Promise<ResourcePage>;
  /** The same over several types, in one order. */
  queryAll(selections: readonly ResourceSelection[], range: ResourceRange): Promise<ResourcePage>;
  /** What an administrator looks for: a part of a name or an address, or a whole `externalId`. */
  search(type: ResourceType, query: ResourceSearchQuery): Promise<FoundResources>;
  /** One page after another, over one type or several. */
  walk(selections: readonly ResourceSelection[], walk: ResourceWalk): Promise<WalkedPage>;
  /** Members of one group, in a stable order. */
  members(groupId: string): Promise<readonly Member[]>;
  /** The same in parts, and others get their turn between them: what changes meanwhile shows in some of them. */
  memberParts(groupId: string): AsyncIterable<readonly Member[]>;
  /** One page of them. */
  memberPage(groupId: string, query: MemberQuery): Promise<MemberPage>;
  /** Members of several groups at once; undefined where they are more than `most`. */
  membersOf(
    groupIds: readonly string[],
    most?: number,
  ): Promise<ReadonlyMap<string, readonly Member[]> | undefined>;
  /** Groups that hold each of the resources, directly or through other groups. */
  membershipsOf(resourceIds: readonly string[]): Promise<ReadonlyMap<string, readonly Membership[]>>;
  /** Resources of any type by app user ids; of those that no resource is linked to there is none. */
  findByUserIds(userIds: readonly string[]): Promise<ReadonlyMap<string, StoredResource>>;
  /** Resources of any type by app user id. */
  findByUserId(userId: string): Promise<StoredResource | undefined>;
  /** The app's account of each resource that has one linked. */
  userIdsOf(resourceIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
  readonly roles: RoleReader;
  /** Whether any group has a member. */
  hasMembers(): Promise<boolean>;
  /** How many members a group has; not counted further than `atMost`. */
  countMembers(groupId: string, atMost: number): Promise<number>;
  /** Changes the app has not been told of. */
  readonly held: HeldReader;
  /** A change that waits for the app's decision, whether or not its time is over. */
  stagedChange(stagedId: string): Promise<StagedRecord | undefined>;
  /** What is kept of deleted resources. */
  readonly tombstones: TombstoneReader;
  /** Users who wait for a seat. */
  readonly waiting: WaitingReader;
  /** Events after a position, in order. */
  events(options: { after: number; limit: number }): Promise<readonly EventRecord[]>;
}

/** An event as recorded in the transaction of its change. */
export interface EventRecord {
  /** Grows by one within the connection, without gaps. */
  readonly position: number;
  readonly id: string;
  readonly type: string;
  readonly resourceType: string;
  readonly resourceId: string;
  readonly resourceVersion: number;
  /** ISO 8601 UTC. */
  readonly occurredAt: string;
  readonly data: JsonObject;
}

export interface ResourceWriter extends ResourceReader {
  readonly held: HeldWriter;
  readonly guard: GuardLedger;
  /** Records an administrative act, as that of connections does. */
  appendAudit(record: AuditRecord): Promise<void>;
  readonly tombstones: TombstoneWriter;
  readonly waiting: WaitingWriter;
  /** The driver's handle, inside the open transaction: hooks write the app's own tables with it. */
  readonly database: unknown;
  /** Keeps others from writing to the connection until this transaction ends. Asked for before anything else. */
  lockConnection(): Promise<void>;
  /**
   * Answers the id of the tombstone that was last kept of this name, however old. Throws a `uniqueness` ScimError when
   * a unique value is taken.
   */
  insert(resource: StoredResource): Promise<string | undefined>;
  /** Replaces attributes, version and lastModified of what was there before. Throws a `uniqueness` ScimError. */
  replace(resource: StoredResource, before: StoredResource): Promise<void>;
  /** Sets version and lastModified of a resource whose members changed. */
  touch(resource: StoredResource): Promise<void>;
  /** Raises the version of groups that lost a member, and sets their lastModified. */
  touchAll(ids: readonly string[], lastModified: string): Promise<void>;
  /** Links the app's own account to a resource. Throws AccountTakenError when it is linked to another one. */
  link(id: string, userId: string): Promise<void>;
  /** Answers how many members it had. */
  /** Links an account the app had already. Throws as {@link link} does. */
  linkExisting(id: string, userId: string): Promise<void>;
  /** The person of a linked account has signed in with the directory's id. */
  proveLink(id: string): Promise<void>;
  /** E-mail domains the customer has shown to be his, lower case. */
  verifiedDomains(): Promise<ReadonlySet<string>>;
  delete(type: ResourceType, id: string): Promise<number>;
  /** Adds members; those already present are left alone. Throws `invalidValue` for an id unknown here. */
  addMembers(groupId: string, members: readonly MemberReference[]): Promise<readonly Member[]>;
  /** Removes members; absent ones are left alone. Answers those removed. */
  removeMembers(groupId: string, ids: readonly string[]): Promise<readonly Member[]>;
  /** Removes all members but these. Answers those removed. */
  keepMembers(groupId: string, ids: readonly string[]): Promise<readonly Member[]>;
  appendEvent(event: NewEventRecord): Promise<void>;
  /**
   * Appends events in their order, and links an account first where one is given: in as few statements as can be.
   * Answers the connection's policy as it is now, which stays that until this transaction has ended; undefined = there
   * was nothing to append.
   */
  appendEvents(events: readonly NewEventRecord[], link?: AccountLink): Promise<string | undefined>;
  readonly roles: RoleWriter;
  readonly walks: WalkWriter;
  /** What the app is not told, or not yet. */
  readonly effects: EffectWriter;
  /** Lays a change down for the app to decide, and clears away those whose time is over. `now` in UNIX seconds. */
  stage(record: StagedRecord, now: number): Promise<void>;
  /** Takes a staged change away. Answers whether it was there: of several takers one is told yes. */
  takeStaged(stagedId: string): Promise<boolean>;
}

/** An event that has no place in the log yet. */
export type NewEventRecord = Omit<EventRecord, 'position'>;

/** An account of the app's for a resource. */
export interface AccountLink {
  readonly id: string;
  readonly userId: string;
}

/** A change that waits for the app's decision. What it is can be read with the commit id alone. */
export interface StagedRecord {
  /** The public part of the commit id. */
  readonly stagedId: string;
  readonly sealed: string;
  /** UNIX seconds. */
  readonly expiresAt: number;
}

/** A member as a client names it. */
export interface MemberReference {
  readonly value: string;
  readonly display: string | null;
}
