import type { JsonObject } from '../protocol/json.ts';
import type { LinkState } from '../store/port.ts';
import type { PreviousResource } from './change.ts';
import type { Profile } from './profile.ts';

/**
 * What a hook is told about a resource. `resource` is the full SCIM representation without `groups` and
 * `members`; `userId` is the app's own account, once a hook has linked one.
 */
export interface HookResource {
  readonly id: string;
  readonly resourceType: string;
  readonly resource: JsonObject;
  readonly userId: string | null;
  /**
   * Given where the account is one the app had already (P40). `unproven`: `resource` is without `userName` and
   * `emails` until the person has signed in with the directory's id; `proven`: without `emails` of a domain that is
   * not the customer's. What is left out stays as the app has it.
   */
  readonly link?: LinkState;
}

/** A member that came or went. */
export interface HookMember {
  /** The member's SCIM id. */
  readonly value: string;
  readonly resourceType: string;
  /** The app's own account of that member, when one is linked. */
  readonly userId: string | null;
}

/** What every hook gets beside the change. `Database` is the driver's handle as the app knows it. */
export interface HookContext<Database = HookDatabase> {
  readonly connectionId: string;
  readonly customerId: string;
  /**
   * The driver's own handle inside the open transaction: what a hook writes here commits or rolls back
   * together with the SCIM change. On PostgreSQL a client of `pg`. Unusable once the hook's transaction has ended.
   */
  readonly database: Database;
  /** Aborted when the hook takes longer than `limits.hookTimeoutMs`. */
  readonly signal: AbortSignal;
  /**
   * Why the hook is called. `reconcile`: the app is told again, or late, what the directory holds, so an account of
   * this person may be there already. `undo`: an administrator takes back what an event did to the app, and the
   * directory itself stays as it is. `release`: the guard had held the change back, and a person has let it go.
   * `seat`: a user has waited until a seat was free. `link`: an account was linked, or its link proven by a sign-in.
   */
  readonly reason: 'request' | 'reconcile' | 'undo' | 'release' | 'seat' | 'link';
}

/**
 * The part of a SQLite handle that hooks are promised. The real handle is passed: `createScim<PoolClient>` and
 * `ScimHooks<PoolClient>` name it where it is another one.
 */
export interface HookDatabase {
  prepare(sql: string): {
    run(...values: unknown[]): unknown;
    get(...values: unknown[]): unknown;
    all(...values: unknown[]): unknown[];
  };
  exec(sql: string): unknown;
}

/** A user by the connection's mapping, as `profileResolved` left it. */
export interface HookProfile {
  /** By `outputField`; fields without a value and without a default are left out. */
  readonly parsedUserData: JsonObject;
  /** The primary e-mail address, else the first; null = none. */
  readonly primaryEmail: string | null;
}

/** A user's profile before hooks are told of it. */
export interface ResolvedProfile extends Profile {
  /** The SCIM id. */
  readonly id: string;
  /** The app's own account, once a hook has linked one. */
  readonly userId: string | null;
  /** The full SCIM representation without `groups`. */
  readonly resource: JsonObject;
}

/** A change of a user about to reach the app, or just made there. */
export interface ProvisionChange extends HookResource, HookProfile {
  readonly kind: 'created' | 'updated' | 'deactivated' | 'reactivated' | 'deleted';
}

/** A user whom another mapping makes another. */
export interface UserProfileChange extends HookResource, HookProfile {
  /** `parsedUserData` by the mapping before. */
  readonly before: JsonObject;
  /** Names of the fields that differ. */
  readonly changed: readonly string[];
}

export interface CreatedChange extends HookResource {
  /**
   * Given where a resource of this name was deleted less than 30 days ago: its id and the app's account it was linked
   * to. The id is a new one in any case; a hook that finds its own account there may answer with that `userId`.
   */
  readonly previous?: PreviousResource;
}

export interface UpdatedChange extends HookResource {
  readonly before: JsonObject;
  /** Names of the top-level attributes (or extension URNs) that differ. */
  readonly changed: readonly string[];
  /**
   * Given where the primary e-mail address changed. A new address is unverified, whatever the directory says; tell the
   * person of it at the old one.
   */
  readonly emailChange?: EmailChange;
  /** Given where the resource was deactivated: ids of the groups it is a direct member of, and stays one. */
  readonly memberOf?: readonly string[];
}

export interface MembersChange extends HookResource {
  readonly added: readonly HookMember[];
  readonly removed: readonly HookMember[];
}

export interface DeletedChange extends HookResource {
  /** Groups the resource was a direct member of. */
  readonly memberOf: readonly string[];
}

/** Another role than the one last told. null = no role. */
export interface UserRoleChange extends HookResource {
  /** The highest role before. Where it is the same as `after`, lower ones came or went. */
  readonly before: string | null;
  /** The highest role now. */
  readonly after: string | null;
  /** All roles before, the highest first. */
  readonly rolesBefore: readonly string[];
  /** All roles now, the highest first. */
  readonly rolesAfter: readonly string[];
}

/** An e-mail address that changed; null = there was or is none. */
export interface EmailChange {
  readonly from: string | null;
  readonly to: string | null;
  readonly emailVerified: false;
}

/** Who a new user is, as the directory says. */
export interface LinkQuestion {
  readonly scimUserId: string;
  /** The directory's own id of the person: a namespace of its own, never to be compared with ids of the app. */
  readonly externalId: string | null;
  readonly email: string | null;
}

/** An account the app has already that may be the new user's. */
export interface LinkCandidate {
  readonly userId: string;
  /** The directory's id of the person, as the app learned it by a sign-in. */
  readonly externalId?: string | null;
  /** The address the account has shown to be its own. */
  readonly email?: string | null;
  /** Whether the account belongs to this customer already. */
  readonly isMemberOfCustomer: boolean;
}

/** What speaks for a link. */
export interface LinkFacts extends LinkQuestion {
  /** See `scim.management.setVerifiedDomains`. */
  readonly emailDomainVerifiedForCustomer: boolean;
  readonly existingMemberOfCustomer: boolean;
  readonly candidate: LinkCandidate;
}

/** A hook's answer where it may link the app's account. Nothing returned = no link is made or changed. */
export interface LinkResult {
  /** The app's own account id; must differ from the SCIM id. */
  readonly userId: string;
}

/** A hook's answer where it made a secret for a new resource of a custom type. */
export interface ShownOnce {
  /**
   * Values for the answer to this POST alone, of attributes that are `readOnly` and returned `never`. scimkit
   * does not keep them; the hook writes down what the app needs to know them again.
   */
  readonly shownOnce: JsonObject;
}

type Awaitable<T> = T | Promise<T>;

/**
 * Awaited inside the transaction of the SCIM change. Throw a {@link HookRefusal} (see `refuse`) to refuse: the
 * change is rolled back and the identity provider is told why. Any other error rolls back and answers 500.
 *
 * `userDeactivated` and `userReactivated` fire instead of `userUpdated` when only `active` changed, and
 * before it when other attributes changed too. A user created inactive fires `userCreated` alone.
 */
export interface ScimHooks<Database = HookDatabase> {
  /**
   * Asked for a new user where the connection's policy has `link: 'ask'`: the account the app has already that may be
   * the person's, found by externalId or address. With {@link allowLink} only.
   */
  linkCandidate?(
    question: LinkQuestion,
    context: HookContext<Database>,
  ): Awaitable<LinkCandidate | null | void>;
  /**
   * Decides whether the candidate is the person. Asked only where the externalId is the same, or the address is, its
   * domain is verified for the customer, and the account is the customer's: an address alone never links.
   */
  allowLink?(facts: LinkFacts, context: HookContext<Database>): Awaitable<boolean>;
  /** A user the app was told of before was linked to an account it had already, by `confirmLinks`. */
  userLinked?(change: HookResource, context: HookContext<Database>): Awaitable<void>;
  /**
   * A new or changed user was read by the connection's mapping: the first hook of its change. What is returned stands
   * in its place in `parsedUserData` and `primaryEmail` of all that follow.
   */
  profileResolved?(
    profile: ResolvedProfile,
    context: HookContext<Database>,
  ): Awaitable<Partial<HookProfile> | void>;
  /** Before the hook of any change of a user: the one place to refuse what no customer may do. */
  beforeProvision?(change: ProvisionChange, context: HookContext<Database>): Awaitable<void>;
  /** After the hooks of any change of a user, with the account they linked. */
  afterProvision?(change: ProvisionChange, context: HookContext<Database>): Awaitable<void>;
  userCreated?(
    change: CreatedChange & HookProfile,
    context: HookContext<Database>,
  ): Awaitable<LinkResult | void>;
  userUpdated?(change: UpdatedChange & HookProfile, context: HookContext<Database>): Awaitable<void>;
  userDeactivated?(change: UpdatedChange & HookProfile, context: HookContext<Database>): Awaitable<void>;
  userReactivated?(
    change: UpdatedChange & HookProfile,
    context: HookContext<Database>,
  ): Awaitable<LinkResult | void>;
  userDeleted?(change: DeletedChange & HookProfile, context: HookContext<Database>): Awaitable<void>;
  /**
   * The role rules give a user another role: after a change of membership, of the user's `roles` or `entitlements`,
   * of a group or of the rules. Called after the hooks of the change itself.
   */
  userRoleChanged?(change: UserRoleChange, context: HookContext<Database>): Awaitable<void>;
  /** Another mapping makes another profile of a user. Called in parts, after the mapping was saved. */
  userProfileChanged?(change: UserProfileChange, context: HookContext<Database>): Awaitable<void>;
  groupCreated?(change: CreatedChange, context: HookContext<Database>): Awaitable<void>;
  groupUpdated?(change: UpdatedChange, context: HookContext<Database>): Awaitable<void>;
  groupDeleted?(change: DeletedChange, context: HookContext<Database>): Awaitable<void>;
  /** Members came or went; also fired for a group created with members. */
  membersChanged?(change: MembersChange, context: HookContext<Database>): Awaitable<void>;
  /**
   * How many active users a connection may have, as the app counts seats; null = any number. Asked when a user is
   * created or activated, where the connection's policy names no limit; what then becomes of those beyond it is the
   * policy's `seats.onFull`. With this hook, writes of one connection come one after the other.
   */
  seatLimit?(context: HookContext<Database>): Awaitable<number | null>;
  /** Custom resource types. For a new resource the answer may carry values that its client sees once. */
  resourceChanged?(
    change: HookResource & { readonly kind: 'created' | 'updated' | 'deleted' },
    context: HookContext<Database>,
  ): Awaitable<ShownOnce | void>;
}

/** Thrown by a hook to refuse a change; becomes a SCIM error. */
export class HookRefusal extends Error {
  override readonly name = 'HookRefusal';
  readonly status: number;

  constructor(options: { status: 400 | 403 | 409; detail: string }) {
    super(options.detail);
    this.status = options.status;
  }
}

/**
 * Refuses the change a hook was told about.
 *
 * @param options.detail shown to the customer's IT administrator by the identity provider, so say what to do.
 * @example throw refuse({ status: 403, detail: 'All 20 seats are taken. Add seats, then retry.' });
 */
export function refuse(options: { status: 400 | 403 | 409; detail: string }): HookRefusal {
  return new HookRefusal(options);
}
