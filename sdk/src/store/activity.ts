/** A SCIM request as it is kept for administrators. What is of secrets was taken out before. */
export interface ActivityRecord {
  /** UUID version 7: later ones are greater. */
  readonly activityId: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly status: number;
  readonly resourceId: string | null;
  /** What a search looks through, folded. */
  readonly searched: string;
  /** Everything else, as JSON. */
  readonly data: string;
}

/** Which requests. All that is given has to hold. */
export interface ActivitySelection {
  /** Only those before this one; left out = from the newest. */
  readonly before?: string | undefined;
  readonly limit: number;
  readonly outcome?: 'succeeded' | 'failed' | undefined;
  readonly resourceId?: string | undefined;
  /** Folded text that has to be in `searched`. */
  readonly search?: string | undefined;
  /** Milliseconds since the epoch, inclusive. */
  readonly from?: number | undefined;
  /** Milliseconds since the epoch, exclusive. */
  readonly until?: number | undefined;
}

/** When something was first done, milliseconds since the epoch. */
export interface FirstTime {
  readonly step: string;
  readonly at: number;
}

/** The requests of one connection. */
export interface ActivityReader {
  /** What has been done at least once, whether or not its request is still kept. */
  firstTimes(): Promise<readonly FirstTime[]>;
  /** The newest first. */
  list(selection: ActivitySelection): Promise<readonly ActivityRecord[]>;
  /** The newest behind `skipped` newer ones; undefined = there are not so many. */
  nthNewest(skipped: number): Promise<string | undefined>;
  hasBefore(activityId: string): Promise<boolean>;
}

export interface ActivityWriter extends ActivityReader {
  add(records: readonly ActivityRecord[]): Promise<void>;
  /** Keeps the time of those that are not known yet. */
  noteFirstTimes(times: readonly FirstTime[]): Promise<void>;
  /** Deletes at most `limit` of those before `activityId`, the oldest first. */
  deleteBefore(activityId: string, limit: number): Promise<void>;
}
