import type { GuardWindow } from '../store/guard-window.ts';

/** How far back is counted (P22). */
const WINDOW_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** Connections with fewer active users are let alone: one department that leaves would be a storm there. */
const FEWEST_ACTIVE_USERS = 50;

/** What may reach the app in any 60 minutes: 20, or a fifth of the active users where that is more (P22). */
export function thresholdOf({ activeUsers }: Pick<GuardWindow, 'activeUsers'>): number {
  return Math.max(20, Math.floor(activeUsers / 5));
}

/** Whether a connection with so many active users is guarded at all. */
export function isGuarded(activeUsers: number): boolean {
  return activeUsers >= FEWEST_ACTIVE_USERS;
}

/** Whether the number of active users is to be taken anew: after 60 minutes, or after the clock was set back. */
export function isOver({ openedAt }: GuardWindow, now: number): boolean {
  return now - openedAt >= WINDOW_MS || openedAt - now > MINUTE_MS;
}

/** Whether a weight may reach the app beside what did in the last 60 minutes. */
export function hasRoomFor(window: GuardWindow, { now, weight }: Weighed): boolean {
  return countPassed(window, now) + weight <= thresholdOf(window);
}

/** Whether the last surplus is so long ago that a further one is another storm. */
export function isNewStorm({ stormAt }: GuardWindow, now: number): boolean {
  return stormAt === null || now - stormAt >= WINDOW_MS;
}

/** The window with a weight that reached the app, and without the minutes that count no longer. */
export function withPassed(window: GuardWindow, { now, weight }: Weighed): GuardWindow {
  const minute = toMinute(now);
  const passed: Record<string, number> = {};
  for (const [name, count] of Object.entries(window.passed)) {
    if (!isCounted(name, now)) continue;
    // Noted by a clock that was ahead: it counts from now on.
    const kept = String(Math.min(Number(name), minute));
    passed[kept] = (passed[kept] ?? 0) + count;
  }
  passed[minute] = (passed[minute] ?? 0) + weight;
  return { ...window, passed };
}

interface Weighed {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly weight: number;
}

/** By whole minutes, the one that began 60 minutes ago included: never less than what the last 60 minutes saw. */
function countPassed({ passed }: GuardWindow, now: number): number {
  return Object.entries(passed).reduce((sum, [name, count]) => (isCounted(name, now) ? sum + count : sum), 0);
}

function isCounted(minute: string, now: number): boolean {
  return Number(minute) >= toMinute(now - WINDOW_MS);
}

function toMinute(milliseconds: number): number {
  return Math.floor(milliseconds / MINUTE_MS);
}
