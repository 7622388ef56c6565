import type { ScimConfiguration, ScimKeySummary } from '@/lib/scim/scim-types';

/** The one word that decides what the page shows for a connection. */
export type ScimStateName = 'not-configured' | 'configured' | 'expiring' | 'expired' | 'paused' | 'rotating';

/** The warning steps before a key expires, in days. */
export type ScimExpiryWarning = 30 | 14 | 7 | 1;

/** What follows from a configuration at a moment in time. */
export interface ScimState {
  name: ScimStateName;
  /** `waiting`: no request has arrived yet. `unknown`: the backend does not say. */
  usage: 'waiting' | 'used' | 'unknown';
  lastUsedAt: number | null;
  /** `null`: the key never expires. */
  expiresAt: number | null;
  /** The smallest warning step reached, if any. */
  expiresWithinDays: ScimExpiryWarning | null;
  currentKey: ScimKeySummary | null;
  /** The old key of a rotation that still works. */
  retiringKey: ScimKeySummary | null;
}

const DAY = 86_400;
const WARNINGS: readonly ScimExpiryWarning[] = [1, 7, 14, 30];

/** Reads a configuration at `now` (milliseconds). Pure, so that a page can call it on every tick. */
export function toScimState(configuration: ScimConfiguration, now: number): ScimState {
  const seconds = now / 1000;
  const keys = (configuration.keys ?? []).filter((key) => key.retiresAt === null || key.retiresAt > seconds);
  const currentKey = keys.find((key) => key.retiresAt === null) ?? keys[0] ?? null;
  const retiringKey = keys.find((key) => key !== currentKey && key.retiresAt !== null) ?? null;
  const expiresAt = configuration.expiresAt ?? currentKey?.expiresAt ?? null;
  const secondsLeft = expiresAt === null ? null : expiresAt - seconds;
  const lastUsedAt = findLastUse(configuration, keys);
  const facts = {
    usage: toUsage(lastUsedAt, currentKey, retiringKey),
    lastUsedAt: lastUsedAt ?? null,
    expiresAt,
    expiresWithinDays:
      secondsLeft === null || secondsLeft <= 0
        ? null
        : (WARNINGS.find((days) => secondsLeft <= days * DAY) ?? null),
    currentKey,
    retiringKey,
  };
  return { ...facts, name: toName(configuration, secondsLeft, facts) };
}

function toName(
  configuration: ScimConfiguration,
  secondsLeft: number | null,
  facts: Pick<ScimState, 'expiresWithinDays' | 'retiringKey'>,
): ScimStateName {
  if (!configuration.hasApiKey) return 'not-configured';
  if (configuration.status === 'paused') return 'paused';
  if (secondsLeft !== null && secondsLeft <= 0) return 'expired';
  if (facts.retiringKey) return 'rotating';
  if (facts.expiresWithinDays) return 'expiring';
  return 'configured';
}

/** `undefined` when nothing in the configuration tells. */
function findLastUse(
  configuration: ScimConfiguration,
  keys: readonly ScimKeySummary[],
): number | null | undefined {
  if (configuration.lastUsedAt !== undefined) return configuration.lastUsedAt;
  if (keys.length === 0) return undefined;
  const uses = keys.map((key) => key.lastUsedAt).filter((use) => use !== null);
  return uses.length === 0 ? null : Math.max(...uses);
}

function toUsage(
  lastUsedAt: number | null | undefined,
  currentKey: ScimKeySummary | null,
  retiringKey: ScimKeySummary | null,
): ScimState['usage'] {
  // After a reset the connection has been used before, but the identity provider is cut off until it has the new key.
  if (currentKey && !retiringKey && currentKey.lastUsedAt === null) return 'waiting';
  if (lastUsedAt === undefined) return 'unknown';
  return lastUsedAt === null ? 'waiting' : 'used';
}
