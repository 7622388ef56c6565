/** The lives offered for a new key. */
export type KeyLife = 'days90' | 'year1' | 'years2' | 'never';

/** What is chosen before the administrator chooses. */
export const PRESET_KEY_LIFE: KeyLife = 'year1';

const DAYS: Record<KeyLife, number | null> = { days90: 90, year1: 365, years2: 730, never: null };

/** When a key made at `now` (milliseconds) expires, in UNIX seconds; `null` for never. */
export function toExpiresAt(life: KeyLife, now: number): number | null {
  const days = DAYS[life];
  return days === null ? null : Math.floor(now / 1000) + days * 86_400;
}
