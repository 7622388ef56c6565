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
  /**
   * Calls `onChange` whenever something may have changed, as server-sent events tell, and the page refreshes at once
   * instead of at its own pace. Asked for once; the answer ends it.
   */
  subscribe?(onChange: () => void): () => void;
}
