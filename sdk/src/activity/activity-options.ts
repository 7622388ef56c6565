/** How much of a connection's activity is kept. */
export interface ActivityOptions {
  /** Requests are kept so long, in days. @default 30 */
  readonly retentionDays: number;
  /** And no more than so many of a connection, the newest. @default 100000 */
  readonly maxRequests: number;
}

export const ACTIVITY_DEFAULTS: ActivityOptions = Object.freeze({ retentionDays: 30, maxRequests: 100_000 });
