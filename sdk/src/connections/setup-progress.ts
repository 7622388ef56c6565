import type { ActivityData } from '../activity/describe-request.ts';
import { SETUP_STEPS, type SetupStep } from '../activity/setup-step.ts';
import type { ActivityRecord } from '../store/activity.ts';
import type { ConnectionRecord } from '../store/connections.ts';
import { createScope } from '../store/scope.ts';
import { findDirectoryFindings } from './findings/directory-findings.ts';
import { LOOK_BACK_SECONDS, type SeenRequest, type SetupFacts } from './findings/facts.ts';
import type { ScimFinding } from './findings/finding.ts';
import { findKeyFindings } from './findings/key-findings.ts';
import { findRequestFindings } from './findings/request-findings.ts';
import { type ManagementOptions, readNow } from './management-context.ts';
import { requireParameters, selectionSchema } from './parameters.ts';
import { Failure, type ManagementResult, type SelectionError, Success } from './result.ts';
import { assertSelector, type ConnectionSelector, selectConnection } from './selection.ts';

/** A step of a setup. */
export interface ScimSetupStep {
  readonly step: SetupStep;
  readonly isDone: boolean;
  /** When it was first done, UNIX seconds; null = it was not, or before anything was kept. */
  readonly firstAt: number | null;
}

/** How far a connection is, and what keeps it from going on. */
export interface ScimSetupProgress {
  readonly connectionId: string;
  /** In the order identity providers take them. */
  readonly steps: readonly ScimSetupStep[];
  /** Problems first, of those the newest first. */
  readonly findings: readonly ScimFinding[];
  /** When the last request came, let in or not, UNIX seconds. */
  readonly lastRequestAt: number | null;
}

/** Requests and users that are looked at. */
const MOST_REQUESTS = 200;
const MOST_USERS = 25;

/** Looks a connection over: what its identity provider has done, and what is wrong (row A7). */
export async function getSetupProgress(
  options: ManagementOptions,
  parameters: ConnectionSelector,
): Promise<ManagementResult<ScimSetupProgress, SelectionError>> {
  const selector = requireParameters(selectionSchema, parameters);
  assertSelector(selector);
  const selected = await selectConnection(options.store.connections, selector);
  if (!selected.ok) return new Failure(selected.error);
  const { connection } = selected;
  await options.activity?.flush();
  const { facts, firstTimes } = await readFacts(options, connection);
  const findings = [
    ...findKeyFindings(facts),
    ...findRequestFindings(facts),
    ...findDirectoryFindings(facts),
  ];
  const [newest] = facts.requests;
  return new Success({
    connectionId: connection.connectionId,
    steps: SETUP_STEPS.map((step) => toStep(step, firstTimes.get(step), facts)),
    findings: findings.toSorted(byUrgency),
    lastRequestAt: newest === undefined ? facts.lastUsedAt : Math.floor(newest.at / 1000),
  });
}

async function readFacts(options: ManagementOptions, connection: ConnectionRecord) {
  const { store, userType, groupType } = options;
  const { connectionId } = connection;
  const scope = createScope(connection);
  const now = readNow(options);
  const activity = store.activity(scope);
  const resources = store.resources(scope);
  const from = (now - LOOK_BACK_SECONDS) * 1000;
  const requests = (await activity.list({ limit: MOST_REQUESTS, from })).map(toSeen);
  const failed = await activity.list({ limit: MOST_REQUESTS, from, outcome: 'failed' });
  const firstTimes = new Map((await activity.firstTimes()).map(({ step, at }) => [step, at]));
  const { byResourceType, lastUsedAt } = await store.connections.counts(connectionId);
  // Not a page by number, which would count all users besides.
  const newest = await resources.walk([{ type: userType }], { limit: MOST_USERS, descending: true });
  const facts: SetupFacts = {
    now,
    connection,
    keys: await store.connections.keys(connectionId),
    users: byResourceType[userType.name] ?? 0,
    groups: byResourceType[groupType.name] ?? 0,
    hasMembers: await resources.hasMembers(),
    lastUsedAt,
    firstUserAt: firstTimes.get('userCreated'),
    firstGroupAt: firstTimes.get('groupCreated'),
    requests,
    failed: failed.map(toSeen),
    newestUsers: newest.resources,
  };
  return { facts, firstTimes };
}

/** Written by scimkit alone, so it has its form. */
function toSeen({ activityId, at, status, data }: ActivityRecord): SeenRequest {
  return { activityId, at, status, data: JSON.parse(data) as ActivityData };
}

/** What is there was done, also before anything of it was kept. */
function toStep(step: SetupStep, firstAt: number | undefined, facts: SetupFacts): ScimSetupStep {
  const { users, groups, hasMembers, lastUsedAt } = facts;
  const shown: Partial<Record<SetupStep, boolean>> = {
    connected: lastUsedAt !== null,
    userCreated: users > 0,
    groupCreated: groups > 0,
    membersAdded: hasMembers,
  };
  const isDone = firstAt !== undefined || shown[step] === true;
  return { step, isDone, firstAt: firstAt === undefined ? null : Math.floor(firstAt / 1000) };
}

const URGENCY: Readonly<Record<ScimFinding['severity'], number>> = { problem: 0, warning: 1, hint: 2 };

function byUrgency(one: ScimFinding, other: ScimFinding): number {
  const difference = URGENCY[one.severity] - URGENCY[other.severity];
  return difference !== 0 ? difference : (other.lastAt ?? 0) - (one.lastAt ?? 0);
}
