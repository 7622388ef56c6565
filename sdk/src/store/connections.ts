import type { JsonObject } from '../protocol/json.ts';
import type { ProfileName } from '../protocol/leniency/profile.ts';
import type { WalkTask } from './roles.ts';
import type { WebhookWriter } from './webhooks.ts';

export type ConnectionStatus = 'active' | 'paused';
export type GuardMode = 'hold' | 'notify' | 'off';

/** One identity provider's link into one customer. All times are UNIX seconds. */
export interface ConnectionRecord {
  readonly connectionId: string;
  readonly customerId: string;
  readonly displayName: string | null;
  readonly provider: string | null;
  readonly status: ConnectionStatus;
  readonly guard: GuardMode;
  readonly profile: ProfileName;
  /** The mapping as given, JSON; null = scimkit's default mapping. */
  readonly mapping: JsonObject | null;
  /** What was chosen of the connection's policy, as JSON text; `{}` = nothing. Parsed where it is needed. */
  readonly policy: string;
  /** Part of every version; another one after a restored backup. Empty = none was ever restored. */
  readonly epoch: string;
  readonly createdAt: number;
}

/** `standard`: for the customer's identity provider. `temporary`: for the host's own requests. */
export type KeyKind = 'standard' | 'temporary';

/** A SCIM API key as stored: never its text. All times are UNIX seconds. */
export interface KeyRecord {
  /** The key's public identifier, 12 characters of [0-9A-Za-z]. */
  readonly keyId: string;
  readonly connectionId: string;
  readonly kind: KeyKind;
  /** What a temporary key is for, in the host's words. */
  readonly purpose: string | null;
  /** Lower-case hex of the keyed hash of the secret. */
  readonly digest: string;
  /** Which pepper made the digest; null = plain SHA-256. */
  readonly pepperId: string | null;
  readonly lastFour: string;
  readonly createdAt: number;
  readonly createdBy: string | null;
  readonly expiresAt: number | null;
  /** End of a rotation's overlap; null = not being replaced. */
  readonly retiresAt: number | null;
  readonly revokedAt: number | null;
  readonly lastUsedAt: number | null;
}

/** A key with the connection it opens. */
export interface KeyWithConnection {
  readonly key: KeyRecord;
  readonly connection: ConnectionRecord;
}

/** What every request begins with. */
export interface KeyLookUp {
  /** Reads the database each time: a key that was revoked opens nothing any more. */
  findKey(keyId: string): Promise<KeyWithConnection | undefined>;
}

export interface ConnectionReader {
  find(connectionId: string): Promise<ConnectionRecord | undefined>;
  findByCustomer(customerId: string): Promise<readonly ConnectionRecord[]>;
  /** All connections, ordered by id, after the given one. */
  list(options: { after?: string; limit: number }): Promise<readonly ConnectionRecord[]>;
  /** The customer's keys that are not revoked, oldest first; expired and retired ones included. */
  keys(connectionId: string): Promise<readonly KeyRecord[]>;
  /** The host's own, oldest first; expired ones included. */
  temporaryKeys(connectionId: string): Promise<readonly KeyRecord[]>;
  /** E-mail domains a customer has shown to be his, in order. */
  verifiedDomains(customerId: string): Promise<readonly string[]>;
  /** How often each tolerance was needed, by name. */
  leniencies(connectionId: string): Promise<readonly LeniencyCount[]>;
  /** Connections with held changes that a person has let go and the app was not told of yet. */
  releasing(): Promise<readonly ConnectionRecord[]>;
  /** Administrative acts of a time, oldest first; both ends included, UNIX seconds. */
  acts(
    connectionId: string,
    range: { readonly from: number; readonly to: number },
  ): Promise<readonly AuditRecord[]>;
  /** How many resources of each type, when one last changed and when a customer's key was last used (UNIX seconds). */
  counts(connectionId: string): Promise<ConnectionCounts>;
}

/** How often a connection's requests needed a tolerance. */
export interface LeniencyCount {
  readonly name: string;
  readonly count: number;
  /** UNIX seconds. */
  readonly lastUsedAt: number;
}

export interface ConnectionCounts {
  readonly byResourceType: Readonly<Record<string, number>>;
  readonly lastChangeAt: number | null;
  /** Of any of the customer's keys, revoked ones included; the host's temporary ones do not count. */
  readonly lastUsedAt: number | null;
}

export interface ConnectionWriter extends ConnectionReader {
  insert(connection: ConnectionRecord): Promise<void>;
  update(
    connectionId: string,
    change: Partial<
      Pick<
        ConnectionRecord,
        'displayName' | 'provider' | 'status' | 'guard' | 'profile' | 'mapping' | 'policy'
      >
    >,
  ): Promise<void>;
  /** Makes every version another one. */
  setEpoch(connectionId: string, epoch: string): Promise<void>;
  /** Keeps others from writing to the connection until this transaction has ended. */
  lock(connectionId: string): Promise<void>;
  countUntold(connectionId: string): Promise<number>;
  /** Forgets what the app was not told, in parts. Answers how much there was; less than `limit`, and that was all. */
  clearEffects(connectionId: string, limit: number): Promise<number>;
  /** Deletes the connection with everything in it: keys, resources, members, events. */
  delete(connectionId: string): Promise<void>;
  /** Adds to the counts of tolerances. Nothing happens for a connection that is gone. */
  addLeniencies(connectionId: string, counts: readonly LeniencyCount[]): Promise<void>;
  insertKey(key: KeyRecord): Promise<void>;
  deleteKey(key: Pick<KeyRecord, 'connectionId' | 'keyId'>): Promise<void>;
  updateKey(
    key: Pick<KeyRecord, 'connectionId' | 'keyId'>,
    change: Partial<Pick<KeyRecord, 'expiresAt' | 'retiresAt' | 'revokedAt' | 'lastUsedAt'>>,
  ): Promise<void>;
  /** Keeps the rules roles come from, JSON; undefined = none. Whoever resolves roles waits for this transaction, which updates the connection first. */
  setRoleRules(connectionId: string, rules: string | undefined): Promise<void>;
  /** Has something done again for all users of the connection, which was updated before, once this is committed. */
  addWalk(connectionId: string, task: WalkTask): Promise<void>;
  /** Addresses events are sent to. */
  readonly webhooks: WebhookWriter;
  /** Puts a customer's verified e-mail domains in the place of those there were. */
  setVerifiedDomains(customerId: string, domains: readonly string[]): Promise<void>;
  /** Records an administrative act in the transaction of its effect. Append only; outlives the connection. */
  appendAudit(record: AuditRecord): Promise<void>;
}

/** One administrative act: who did what to which connection. Names of fields, never their values. */
export interface AuditRecord {
  readonly auditId: string;
  readonly connectionId: string;
  readonly customerId: string;
  /** Whoever the host says acted; null = the host did not say, or scimkit itself. */
  readonly actor: string | null;
  readonly action: string;
  /** UNIX seconds. */
  readonly occurredAt: number;
  readonly detail: JsonObject;
}
