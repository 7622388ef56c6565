import type { KeyRecord } from '../../store/connections.ts';
import { findCurrentKey, findKeyEnd } from '../key-life.ts';
import type { SeenRequest, SetupFacts } from './facts.ts';
import { fromRequests, fromState, type ScimFinding, type ScimFindingId } from './finding.ts';

/** An expiry is said this long before. */
const EXPIRING_SECONDS = 30 * 86_400;

/** A rotation whose new key nobody uses is said this long before the old one ends. */
const UNFINISHED_SECONDS = 3 * 86_400;

/** Refusals of keys by what is wrong with them. */
const REFUSALS: Readonly<Record<string, ScimFindingId>> = {
  expired: 'keyExpired',
  retired: 'keyRetired',
  revoked: 'keyRevoked',
  foreign: 'keyForeign',
  bearerDoubled: 'bearerDoubled',
  keyDecorated: 'keyDecorated',
  paused: 'paused',
};

/** What is wrong with the keys in use, and what soon will be. */
export function findKeyFindings(facts: SetupFacts): readonly ScimFinding[] {
  return [...findRefusals(facts), ...findEnds(facts)];
}

/** Keys that are refused, until a request is let in again: then the identity provider has another. */
function findRefusals({ failed, requests, connection }: SetupFacts): readonly ScimFinding[] {
  const letIn = requests.find(({ data }) => data.keyFailure === null)?.at ?? 0;
  const refused = failed.filter(({ data, at }) => data.keyFailure !== null && at > letIn);
  const byReason = Map.groupBy(refused, ({ data }) => data.keyFailure ?? '');
  return [...byReason].flatMap(([reason, seen]) => {
    const id = REFUSALS[reason];
    const isOver = id === 'paused' && connection.status !== 'paused';
    return id === undefined || isOver ? [] : [fromRequests({ id, severity: 'problem' }, seen, toFacts(seen))];
  });
}

function toFacts([newest]: readonly SeenRequest[]): ScimFinding['facts'] {
  return { keyId: newest?.data.keyId ?? null };
}

function findEnds({ keys, now, failed }: SetupFacts): readonly ScimFinding[] {
  const current = findCurrentKey(keys);
  if (current === undefined) return [];
  const { expiresAt, lastFour } = current;
  const end = findKeyEnd(current, now);
  const isRefused = failed.some(({ data }) => data.keyFailure === 'expired');
  if (end === 'expired')
    return isRefused
      ? []
      : [fromState({ id: 'keyExpired', severity: 'problem' }, { since: expiresAt, facts: { lastFour } })];
  const unfinished = findUnfinished(keys, current, now);
  if (expiresAt === null || expiresAt - now > EXPIRING_SECONDS) return unfinished;
  const expiring = { id: 'keyExpiring', severity: 'warning' } as const;
  return [...unfinished, fromState(expiring, { facts: { lastFour, expiresAt } })];
}

/** A new key that the identity provider was never given, while the old one is about to end. */
function findUnfinished(keys: readonly KeyRecord[], current: KeyRecord, now: number): readonly ScimFinding[] {
  if (current.lastUsedAt !== null) return [];
  const old = keys.find(
    (key) => key !== current && key.retiresAt !== null && findKeyEnd(key, now) === undefined,
  );
  const retiresAt = old?.retiresAt ?? null;
  if (retiresAt === null || retiresAt - now > UNFINISHED_SECONDS) return [];
  const { lastFour } = current;
  const finding = { id: 'rotationUnfinished', severity: 'warning' } as const;
  return [fromState(finding, { since: current.createdAt, facts: { lastFour, retiresAt } })];
}
