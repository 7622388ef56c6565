import type { SeenRequest } from './facts.ts';

/** What can be found; each has words of its own on the setup page. */
export type ScimFindingId =
  | 'keyExpired'
  | 'keyExpiring'
  | 'keyRetired'
  | 'keyRevoked'
  | 'keyForeign'
  | 'rotationUnfinished'
  | 'bearerDoubled'
  | 'keyDecorated'
  | 'paused'
  | 'pathWrong'
  | 'conflict'
  | 'valueRefused'
  | 'memberUnknown'
  | 'attributeIgnored'
  | 'emailMissing'
  | 'groupsMissing'
  | 'groupsEmpty'
  | 'tooManyRequests'
  | 'appFailed'
  | 'silent';

/** Something that keeps people from being provisioned, or soon will, with what it was concluded from. */
export interface ScimFinding {
  readonly id: ScimFindingId;
  /** `problem`: something is not provisioned. `warning`: it soon will not be. `hint`: it may be meant so. */
  readonly severity: 'problem' | 'warning' | 'hint';
  /** When the first of the requests behind it came, or when it began; UNIX seconds; null = not known. */
  readonly since: number | null;
  /** When the last of them came, UNIX seconds; null = it is no matter of requests. */
  readonly lastAt: number | null;
  /** How many requests are behind it, of those that are looked at. */
  readonly requests: number;
  /** How many users or groups it touches, of those that are looked at. */
  readonly resources: number;
  /** What its words need: `lastFour`, `expiresAt` (UNIX seconds), `attribute`, `status`, `detail`, `target`, `name`. */
  readonly facts: Readonly<Record<string, string | number | null>>;
  /** The newest requests behind it, the newest first; at most five. */
  readonly activityIds: readonly string[];
}

const MOST_LINKED = 5;

/** A finding with what its requests tell. @param requests the newest first */
export function fromRequests(
  { id, severity }: Pick<ScimFinding, 'id' | 'severity'>,
  requests: readonly SeenRequest[],
  facts: ScimFinding['facts'] = {},
): ScimFinding {
  const times = requests.map(({ at }) => Math.floor(at / 1000));
  return {
    id,
    severity,
    since: times.at(-1) ?? null,
    lastAt: times[0] ?? null,
    requests: requests.length,
    resources: new Set(requests.map(({ data }) => data.resourceId ?? data.name)).size,
    facts,
    activityIds: requests.slice(0, MOST_LINKED).map(({ activityId }) => activityId),
  };
}

/** A finding that is no matter of requests. */
export function fromState(
  { id, severity }: Pick<ScimFinding, 'id' | 'severity'>,
  {
    since = null,
    resources = 0,
    facts = {},
  }: Partial<Pick<ScimFinding, 'since' | 'resources' | 'facts'>> = {},
): ScimFinding {
  return { id, severity, since, lastAt: null, requests: 0, resources, facts, activityIds: [] };
}
