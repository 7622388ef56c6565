/** What the guard counts of a connection. Times are UNIX milliseconds. */
export interface GuardWindow {
  readonly openedAt: number;
  /** Active users when it was opened. */
  readonly activeUsers: number;
  /** Weight of what reached the app, by minute since the epoch. */
  readonly passed: Readonly<Record<string, number>>;
  /** When something last went beyond the threshold; null = not since it was opened or reviewed. */
  readonly stormAt: number | null;
}

export interface GuardLedger {
  /** The window; nobody else counts until this transaction ends. */
  find(): Promise<GuardWindow | undefined>;
  /** Keeps the first window of a connection; does nothing where there is one meanwhile. */
  open(window: GuardWindow): Promise<void>;
  save(window: GuardWindow): Promise<void>;
  /** Users who are switched on, and those whose going the app was not told. */
  countActiveUsers(): Promise<number>;
}
