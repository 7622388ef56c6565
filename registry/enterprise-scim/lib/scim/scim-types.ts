/** Why a call failed. `status` is the HTTP status, or 0 when no answer arrived. */
export interface ScimApiError {
  status: number;
  /** A text for people. */
  message: string;
  /** A stable word for the cause, for example `reauthentication_required`. */
  code?: string;
}

/** Expected failures are values, so that no call needs a `try`. */
export type ScimApiResult<T> = { ok: true; data: T } | { ok: false; error: ScimApiError };

/** What may be shown about a key after its text is gone. Times are UNIX seconds. */
export interface ScimKeySummary {
  id: string;
  lastFour: string;
  createdAt: number;
  createdBy?: string | null;
  /** `null`: the key never expires. */
  expiresAt: number | null;
  /** `null`: no request has used this key yet. */
  lastUsedAt: number | null;
  /** Set on the old key of a rotation: it stops then, or once the newer key is used. */
  retiresAt: number | null;
}

/** The state of a customer's connection. Only `hasApiKey` is needed; each further fact lights something up. */
export interface ScimConfiguration {
  hasApiKey: boolean;
  /** UNIX seconds. No value: the key never expires. */
  expiresAt?: number | null;
  status?: 'active' | 'paused';
  provider?: string | null;
  /** Asked for before the connection is deleted. */
  customerName?: string;
  /** The keys that work now: one, or two during a rotation. */
  keys?: ScimKeySummary[];
  users?: number;
  groups?: number;
  /** UNIX seconds of the last accepted request; `null` when none has arrived yet. */
  lastUsedAt?: number | null;
  lastChangeAt?: number | null;
}

/** UNIX seconds, `null` for a key that never expires; left out: the backend's default life. */
export interface ScimKeyRequest {
  expiresAt?: number | null;
}

/** `overlapSeconds`: how long the old key goes on working beside the new one. */
export interface ScimRotateRequest extends ScimKeyRequest {
  overlapSeconds?: number;
}

/** A new key. Its text is shown once and never sent again. */
export interface ScimNewKey {
  scimApiKey: string;
}

/** Something an identity provider does in the course of being set up. */
export interface ScimStep {
  /** Such as `connected` or `userCreated`; names the page does not know are left out. */
  step: string;
  isDone: boolean;
  /** UNIX seconds; `null`: not done, or nobody knows when. */
  firstAt: number | null;
}

/** Something that keeps people from being updated, or soon will. */
export interface ScimFinding {
  /** Such as `keyExpired`; one the page has no words for is left out. */
  id: string;
  severity: 'problem' | 'warning' | 'hint';
  /** UNIX seconds. */
  since: number | null;
  /** UNIX seconds of the last request behind it. */
  lastAt: number | null;
  /** Requests behind it. */
  requests: number;
  /** Users or groups it touches. */
  resources: number;
  /** What its words need. Times are UNIX seconds. */
  facts: Record<string, string | number | null>;
  /** The newest requests behind it. */
  activityIds: string[];
}

/** How far the setup is, by requests that really came, and what is wrong. */
export interface ScimProgress {
  steps: ScimStep[];
  findings: ScimFinding[];
  /** UNIX seconds of the last request, let in or not. */
  lastRequestAt: number | null;
}

/** A part of a list. */
export interface ScimListRequest {
  /** Counted from 0. */
  page: number;
  /** Text to look for; left out: everything. */
  search?: string;
}

/** What every part of a list says of the whole. */
export interface ScimListPage {
  /** How many there are, or were found. */
  total: number;
  /** Whether a search would have found more than `total`. */
  isCut?: boolean;
  page: number;
  /** How many a page holds. */
  size: number;
}

/** A user as the identity provider sent it. */
export interface ScimUser {
  /** The SCIM resource; its `id` is there. */
  scimUser: Record<string, unknown>;
  primaryEmail: string | null;
  active: boolean;
  /** The app's own account. */
  userId: string | null;
  /** The highest role, where there are any. */
  role?: string | null;
}

export interface ScimUserList extends ScimListPage {
  users: ScimUser[];
}

/** A user with the groups it is in. */
export interface ScimUserDetails {
  user: ScimUser;
  groups: { groupId: string; displayName: string | null }[];
}

/** A group without its members. */
export interface ScimGroup {
  groupId: string;
  displayName: string | null;
  externalId: string | null;
}

export interface ScimGroupList extends ScimListPage {
  groups: ScimGroup[];
}

/** A user or a group in a group. */
export interface ScimGroupMember {
  id: string;
  resourceType: string;
  name: string | null;
  displayName: string | null;
  active: boolean;
}

/** A group with a page of its members. */
export interface ScimGroupDetails extends ScimListPage {
  group: ScimGroup;
  members: ScimGroupMember[];
}

/** A request of the identity provider, without anything secret. */
export interface ScimActivity {
  activityId: string;
  /** ISO 8601 UTC. */
  occurredAt: string;
  /** In English; the page has words of its own for the `operation`s it knows. */
  sentence: string;
  outcome: 'succeeded' | 'failed';
  operation: string;
  resourceType: string | null;
  name: string | null;
  method: string;
  target: string;
  status: number;
  detail: string | null;
  durationMs: number;
  body: unknown;
}

export interface ScimActivityRequest {
  /** `next` of the page before. */
  after?: string;
  search?: string;
  outcome?: 'succeeded' | 'failed';
}

export interface ScimActivityList {
  /** The newest first. */
  activity: ScimActivity[];
  /** `null`: there are no older ones. */
  next: string | null;
}

/** What `ScimSetup` needs from a backend. What an optional method is for appears only when it is there. */
export interface ScimApi {
  get(): Promise<ScimApiResult<ScimConfiguration>>;
  create(body: ScimKeyRequest): Promise<ScimApiResult<ScimNewKey>>;
  /** Replaces the key at once, without overlap. */
  reset(body: ScimKeyRequest): Promise<ScimApiResult<ScimNewKey>>;
  remove(): Promise<ScimApiResult<void>>;
  /** Adds a second key; the old one goes on working for the overlap. */
  rotate?(body: ScimRotateRequest): Promise<ScimApiResult<ScimNewKey>>;
  pause?(): Promise<ScimApiResult<void>>;
  resume?(): Promise<ScimApiResult<void>>;
  chooseProvider?(body: { provider: string }): Promise<ScimApiResult<void>>;
  /** Steps that tick themselves, and findings. */
  progress?(): Promise<ScimApiResult<ScimProgress>>;
  users?(request: ScimListRequest): Promise<ScimApiResult<ScimUserList>>;
  user?(id: string): Promise<ScimApiResult<ScimUserDetails>>;
  groups?(request: ScimListRequest): Promise<ScimApiResult<ScimGroupList>>;
  group?(id: string, request: ScimListRequest): Promise<ScimApiResult<ScimGroupDetails>>;
  activity?(request: ScimActivityRequest): Promise<ScimApiResult<ScimActivityList>>;
  /**
   * Calls `onChange` whenever something may have changed, as server-sent events tell, and the page refreshes at once
   * instead of at its own pace. Asked for once; the answer ends it.
   */
  subscribe?(onChange: () => void): () => void;
}
