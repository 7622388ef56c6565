import { randomUUID } from 'node:crypto';
import type { ConnectionRecord } from '../store/connections.ts';
import type { GuardWindow } from '../store/guard-window.ts';
import type { ResourceWriter } from '../store/port.ts';
import { hasRoomFor, isGuarded, isNewStorm, isOver, thresholdOf, withPassed } from './guard-window.ts';

/** Something destructive that is about to reach the app. */
export interface Destruction {
  readonly connection: ConnectionRecord;
  /** How many lose something: one for a person, the members for a group. */
  readonly weight: number;
  /** Active users this change has taken from the directory already. */
  readonly lostUsers: number;
  readonly occurredAt: string;
}

/** How long the last surplus is not written down again. */
const NOTED_MS = 60_000;

/**
 * Whether something destructive may reach the app now (P22). What may is counted in this very transaction, with
 * nobody else counting for the connection meanwhile; what may not sounds the alarm once per storm.
 *
 * @param now milliseconds since the epoch
 */
export async function judgeDestruction(
  tx: ResourceWriter,
  destruction: Destruction,
  now: number,
): Promise<'pass' | 'hold'> {
  const { connection, weight } = destruction;
  if (connection.guard === 'off') return 'pass';
  const window = await findWindow(tx, destruction, now);
  if (window === undefined) return 'pass';
  if (hasRoomFor(window, { now, weight })) {
    await tx.guard.save(withPassed(window, { now, weight }));
    return 'pass';
  }
  if (isNewStorm(window, now)) await soundAlarm(tx, destruction, window);
  const isNotice = connection.guard === 'notify';
  const counted = isNotice ? withPassed(window, { now, weight }) : window;
  const isNoted = window.stormAt !== null && now - window.stormAt < NOTED_MS;
  if (isNotice || !isNoted) await tx.guard.save({ ...counted, stormAt: now });
  return isNotice ? 'pass' : 'hold';
}

/** The window that is open, or a new one; undefined = the connection has too few users to be guarded. */
async function findWindow(
  tx: ResourceWriter,
  { lostUsers }: Destruction,
  now: number,
): Promise<GuardWindow | undefined> {
  const known = await tx.guard.find();
  if (known !== undefined && !isOver(known, now)) return known;
  const activeUsers = (await tx.guard.countActiveUsers()) + lostUsers;
  if (!isGuarded(activeUsers)) return undefined;
  // What passed in the last 60 minutes goes on counting: they roll.
  if (known !== undefined) return { ...known, openedAt: now, activeUsers };
  const first = { openedAt: now, activeUsers, passed: {}, stormAt: null };
  await tx.guard.open(first);
  return (await tx.guard.find()) ?? first;
}

async function soundAlarm(
  tx: ResourceWriter,
  { connection, occurredAt }: Destruction,
  window: GuardWindow,
): Promise<void> {
  await tx.appendEvent({
    id: `evt_${randomUUID()}`,
    type: 'scim.mass_deprovision.held',
    resourceType: 'Connection',
    resourceId: connection.connectionId,
    resourceVersion: 0,
    occurredAt,
    data: {
      guard: connection.guard,
      activeUsers: window.activeUsers,
      threshold: thresholdOf(window),
      windowOpenedAt: new Date(window.openedAt).toISOString(),
    },
  });
}
