/** How much is measured. */
export interface Scale {
  /** Measured rounds; one shorter round before them warms up. */
  readonly rounds: number;
  /** How long a server is asked before anything is measured, in seconds. */
  readonly warmingSeconds: number;
  /** Length of cells that are bounded by time, in seconds. */
  readonly seconds: number;
  /** Users created in a cell. */
  readonly creates: number;
  /** Users changed in a cell. */
  readonly changes: number;
  /** Members added and removed again in a cell. */
  readonly memberships: number;
  /** Users of a large directory; so many members has a large group. */
  readonly large: number;
  /** Groups in a listing of groups. */
  readonly groups: number;
  /** Events a consumer may have behind it. */
  readonly events: number;
  /** Customers of the largest database, with 1,000 users each. */
  readonly customers: number;
  /** What is smaller than the target asks for; put behind the rows concerned. */
  readonly isLargeFull: boolean;
  readonly isHugeFull: boolean;
  /** Whether every transport, attribute and size has its turn. */
  readonly isThorough: boolean;
}

export const FULL: Scale = Object.freeze({
  rounds: 3,
  warmingSeconds: 4,
  seconds: 1,
  creates: 1500,
  changes: 800,
  memberships: 250,
  large: 100_000,
  groups: 1000,
  events: 200_000,
  customers: 100,
  isLargeFull: true,
  isHugeFull: false,
  isThorough: true,
});

export const QUICK: Scale = Object.freeze({
  ...FULL,
  warmingSeconds: 1,
  seconds: 0.3,
  creates: 250,
  changes: 120,
  memberships: 40,
  large: 10_000,
  groups: 200,
  events: 20_000,
  customers: 10,
  isLargeFull: false,
  isThorough: false,
});

/** What {@link FULL} becomes where the largest sizes are asked for. */
export const HUGE = Object.freeze({ events: 10_000_000, customers: 1000, isHugeFull: true });
