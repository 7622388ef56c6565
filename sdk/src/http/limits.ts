import { parsePolicy } from '../provisioning/policy.ts';

/** What one process lets in. Every figure can be changed by the host; what is advertised is what is enforced. */
export interface Limits {
  /** Longest URL, path and query together, in characters. @default 8192 */
  readonly maxUrlLength: number;
  /** All header names and values together, in bytes. @default 16384 */
  readonly maxHeaderBytes: number;
  /** @default 1048576 */
  readonly maxBodyBytes: number;
  /** For resource types with members: a full list of 100,000 has about 8 MiB. @default 16777216 */
  readonly maxGroupBodyBytes: number;
  /** Bodies over `maxBodyBytes` read at the same time; a further one waits 2 s, then 503. @default 2 */
  readonly maxLargeBodies: number;
  /**
   * Operations in one bulk request, `bulk.maxOperations`; its `maxPayloadSize` is `maxBodyBytes`. 0 = bulk is not
   * supported, and `/Bulk` answers 501. @default 1000
   */
  readonly maxBulkOperations: number;
  /** The most resources in one page; also `filter.maxResults` of /ServiceProviderConfig. @default 200 */
  readonly maxPageSize: number;
  /** Resources in a page when the client does not say. @default 100 */
  readonly defaultPageSize: number;
  /** How long a paging cursor is good for, in seconds (RFC 9865 §4 `cursorTimeout`). @default 600 */
  readonly cursorTimeoutSeconds: number;
  /** How long a change waits for the decision of an app that uses `scimRequest`, in seconds. @default 600 */
  readonly stagedChangeTimeoutSeconds: number;
  /** Longest time for one request, in milliseconds. @default 25000 */
  readonly requestTimeoutMs: number;
  /** Longest time for one hook, in milliseconds; on PostgreSQL below `postgres.idleTimeoutMs`. @default 2000 */
  readonly hookTimeoutMs: number;
  /**
   * Requests of all connections at work at once; more wait up to 2 s, the connections in turn, then 503. One whose
   * body is still on its way does not count. false lifts it. @default 64
   */
  readonly maxConcurrentRequests: number | false;
  /** How many may wait; then those that came last of the connection with the most are answered 503. @default 1000 */
  readonly maxWaitingRequests: number;
  /** Per connection; false lifts it. */
  readonly rateLimit: RateLimit | false;
  /** Failed authentications of one address per minute; then 429. false lifts it. @default 10 */
  readonly failedAuthenticationsPerMinute: number | false;
}

/** Entra ID asks for at least 25 requests a second. */
export interface RateLimit {
  /** @default 50 */
  readonly requestsPerSecond: number;
  /** @default 200 */
  readonly burst: number;
  /** Requests of one connection under way at once; up to `burst` more wait up to 2 s, then 429. @default 16 */
  readonly concurrent: number;
  /**
   * Whether `requestsPerSecond` and `burst` are those of all processes on the database together. They are then kept
   * there, and each process takes some ahead, about 5 times a second at the full rate; while the database cannot be
   * written each counts for itself. false: each process lets in as many by itself. @default false
   */
  readonly shared: boolean;
}

export const DEFAULT_LIMITS: Limits = Object.freeze({
  maxUrlLength: 8192,
  maxHeaderBytes: 16_384,
  maxBodyBytes: 1_048_576,
  maxGroupBodyBytes: 16_777_216,
  maxLargeBodies: 2,
  maxBulkOperations: 1000,
  maxPageSize: 200,
  defaultPageSize: 100,
  cursorTimeoutSeconds: 600,
  stagedChangeTimeoutSeconds: 600,
  requestTimeoutMs: 25_000,
  hookTimeoutMs: 2_000,
  maxConcurrentRequests: 64,
  maxWaitingRequests: 1000,
  rateLimit: Object.freeze({ requestsPerSecond: 50, burst: 200, concurrent: 16, shared: false }),
  failedAuthenticationsPerMinute: 10,
});

/** The limits of one connection: what it was given of its own is never more than the host's. */
export function limitsOf(limits: Limits, { policy }: { readonly policy: string }): Limits {
  const { maxRequestSize } = parsePolicy(policy);
  if (maxRequestSize === null) return limits;
  const { maxBodyBytes, maxGroupBodyBytes } = limits;
  return {
    ...limits,
    maxBodyBytes: Math.min(maxBodyBytes, maxRequestSize),
    maxGroupBodyBytes: Math.min(maxGroupBodyBytes, maxRequestSize),
  };
}

/** JSON bounds of ordinary bodies. */
export const JSON_LIMITS = Object.freeze({ maxDepth: 32, maxNodes: 50_000, maxStringLength: 65_536 });

/** JSON bounds of bodies of resource types with members. */
export const GROUP_JSON_LIMITS = Object.freeze({ ...JSON_LIMITS, maxNodes: 500_000 });

/** JSON bounds of bulk requests: three levels above the data of an operation, and many of them. */
export const BULK_JSON_LIMITS = Object.freeze({ ...GROUP_JSON_LIMITS, maxDepth: JSON_LIMITS.maxDepth + 3 });
