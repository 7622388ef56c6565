/**
 * How many resources queries find. A total is good until something of its connection is written, which raises the
 * position of its events: so paging through a directory counts it once, and no create pays for a counter.
 */
export interface KnownTotals {
  /** Whether anything is known of the query. */
  has(query: string): boolean;
  /** undefined = not known at this position. */
  find(query: string, position: number): number | undefined;
  keep(query: string, known: { readonly position: number; readonly total: number }): void;
}

/** Queries whose totals are kept; the one kept longest goes first. */
const MAX_QUERIES = 500;

export function createKnownTotals(): KnownTotals {
  const totals = new Map<string, { readonly position: number; readonly total: number }>();
  return {
    has: (query) => totals.has(query),
    find(query, position) {
      const known = totals.get(query);
      return known?.position === position ? known.total : undefined;
    },
    keep(query, known) {
      totals.delete(query);
      totals.set(query, known);
      const [oldest] = totals.keys();
      if (totals.size > MAX_QUERIES && oldest !== undefined) totals.delete(oldest);
    },
  };
}
