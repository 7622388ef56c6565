import { isArray, isObject } from '../protocol/json.ts';
import type { FirstTime } from '../store/activity.ts';
import type { ActivityData, DescribedRequest } from './describe-request.ts';

/**
 * What identity providers do in the course of being set up, each seen in requests that succeeded: a guide ticks its
 * steps by them.
 */
export const SETUP_STEPS = [
  /** Any request with a key that works. */
  'connected',
  /** Looked for a user, as most do to try the connection. */
  'userSearched',
  'userCreated',
  'userUpdated',
  /** Switched off or deleted. */
  'userDeactivated',
  'groupCreated',
  /** Put somebody into a group. */
  'membersAdded',
] as const;

export type SetupStep = (typeof SETUP_STEPS)[number];

/** Which steps a request is. */
export function stepsOf(data: ActivityData, status: number): readonly SetupStep[] {
  if (status >= 400) return [];
  const step = findStep(data);
  const withMembers = data.resourceType === 'Group' && namesMembers(data) ? (['membersAdded'] as const) : [];
  return ['connected', ...(step === undefined ? [] : [step]), ...withMembers];
}

function findStep({ operation, resourceType }: ActivityData): SetupStep | undefined {
  if (resourceType === 'Group') return operation === 'create' ? 'groupCreated' : undefined;
  if (resourceType !== 'User') return undefined;
  switch (operation) {
    case 'search':
      return 'userSearched';
    case 'create':
      return 'userCreated';
    case 'replace':
    case 'update':
    case 'reactivate':
      return 'userUpdated';
    case 'deactivate':
    case 'delete':
      return 'userDeactivated';
    default:
      return undefined;
  }
}

/** A new group may come with its members; so may one that is replaced. */
function namesMembers({ members, operation, body }: ActivityData): boolean {
  if (members !== null) return members.added > 0;
  if (operation !== 'create' && operation !== 'replace') return false;
  const given = isObject(body) ? body.members : undefined;
  return isArray(given) && given.length > 0;
}

/** Remembers which steps are written down, so that they cost nothing from then on. */
export interface KnownSteps {
  /** The first of each step among the requests that is not known yet. */
  findNew(connectionId: string, requests: readonly DescribedRequest[]): readonly FirstTime[];
  /** They were written down. */
  keep(connectionId: string, times: readonly FirstTime[]): void;
}

/** Connections remembered at most. */
const MOST_CONNECTIONS = 10_000;

export function createKnownSteps(): KnownSteps {
  const known = new Map<string, Set<string>>();
  return {
    findNew(connectionId, requests) {
      const steps = known.get(connectionId);
      if (steps?.size === SETUP_STEPS.length) return [];
      const found = new Map<string, number>();
      for (const { data, record } of requests)
        for (const step of stepsOf(data, record.status))
          if (!steps?.has(step)) found.set(step, Math.min(record.at, found.get(step) ?? record.at));
      return [...found].map(([step, at]) => ({ step, at }));
    },
    keep(connectionId, times) {
      if (times.length === 0) return;
      if (known.size >= MOST_CONNECTIONS) known.clear();
      const steps = known.get(connectionId) ?? new Set();
      for (const { step } of times) steps.add(step);
      known.set(connectionId, steps);
    },
  };
}
