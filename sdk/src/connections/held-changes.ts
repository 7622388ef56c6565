import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { JsonObject } from '../protocol/json.ts';
import type { FailedRelease, ReleaseProgress } from '../provisioning/release-held.ts';
import type { ConnectionRecord } from '../store/connections.ts';
import type { HeldKind, HeldState, ListedHeldChange } from '../store/held-changes.ts';
import type { ResourceWriter } from '../store/port.ts';
import { createScope } from '../store/scope.ts';
import { createAuditRecord } from './audit.ts';
import { type ManagementOptions, readNow } from './management-context.ts';
import { actorField, MisuseError, pageFields, requireParameters, selectionFields } from './parameters.ts';
import { Failure, type ManagementResult, type SelectionError, Success } from './result.ts';
import { assertSelector, type ConnectionSelector, selectConnection } from './selection.ts';

/** A change the app was not told of, because it went beyond the guard's threshold. All times are UNIX seconds. */
export interface HeldScimChange {
  /** The SCIM id of the resource: one held change each. */
  readonly id: string;
  readonly resourceType: string;
  /** `userName` or `displayName`, as the app knows it; null = it has neither. */
  readonly name: string | null;
  /** The app's own account, where one is linked. */
  readonly userId: string | null;
  readonly kind: HeldKind;
  readonly state: HeldState;
  /** Members of a group the app was not told have gone. */
  readonly members: number;
  readonly heldAt: number;
  /** Who released or rejected it, as the host said. */
  readonly reviewedBy: string | null;
  readonly reviewedAt: number | null;
  /** Why the app could not be told when it was to be. */
  readonly failure: string | null;
}

export interface HeldScimChangePage {
  /** Those that have waited longest come first. */
  readonly changes: readonly HeldScimChange[];
  readonly waiting: number;
  readonly releasing: number;
  readonly rejected: number;
  /** Since when the one that has waited longest does; null = nothing waits. */
  readonly oldestAt: number | null;
}

export type GetHeldChangesParameters = ConnectionSelector & {
  /** @default all of them */
  readonly state?: HeldState | undefined;
  /** Zero-based. @default 0 */
  readonly pageNumber?: number | undefined;
  /** At most 200. @default 100 */
  readonly pageSize?: number | undefined;
};

/** Which ones: by the ids of their resources, or all that wait. */
export type ReviewHeldChangesParameters = ConnectionSelector & {
  readonly ids?: readonly string[] | undefined;
  readonly all?: boolean | undefined;
  /** Who decided it, for the audit and the events. @default null */
  readonly actor?: string | null | undefined;
};

export type ReleaseHeldChangesParameters = ReviewHeldChangesParameters & {
  /** Called after each change. */
  readonly onProgress?: ((progress: ReleaseProgress) => void) | undefined;
};

/** What came of a release. */
export interface HeldChangesReleased {
  /** How many were let go by this call. */
  readonly asked: number;
  /** How many the app was told of by this call: also those that an earlier one had left undone. */
  readonly released: number;
  /** Those whose hook failed or refused. They wait again. */
  readonly failed: readonly FailedRelease[];
  /** How many still wait for a person. */
  readonly waiting: number;
}

export interface HeldChangesRejected {
  readonly rejected: number;
  readonly waiting: number;
}

/** A released change that no app has been told of yet, by connection. */
export interface ReleasesResumed {
  readonly released: number;
  readonly failed: readonly (FailedRelease & { readonly connectionId: string })[];
}

const listSchema = z.strictObject({
  ...selectionFields,
  ...pageFields,
  state: z.enum(['waiting', 'releasing', 'rejected']).optional(),
});

const reviewFields = {
  ...selectionFields,
  ids: z.array(z.string()).max(10_000).optional(),
  all: z.boolean().optional(),
  actor: actorField,
};

const rejectSchema = z.strictObject(reviewFields);

const releaseSchema = z.strictObject({
  ...reviewFields,
  onProgress: z
    .custom<(progress: ReleaseProgress) => void>((value) => typeof value === 'function')
    .optional(),
});

/** Lists the changes the app was not told of, with how many there are in each state. */
export async function getHeldChanges(
  { store }: ManagementOptions,
  parameters: GetHeldChangesParameters,
): Promise<ManagementResult<HeldScimChangePage, SelectionError>> {
  const { state, pageNumber, pageSize, ...selector } = requireParameters(listSchema, parameters);
  assertSelector(selector);
  const selected = await selectConnection(store.connections, selector);
  if (!selected.ok) return new Failure(selected.error);
  const { held } = store.resources(createScope(selected.connection));
  const range = { offset: pageNumber * pageSize, limit: pageSize };
  const changes = await held.list(state === undefined ? range : { ...range, state });
  return new Success({ changes: changes.map(toHeldScimChange), ...(await held.summary()) });
}

/** Lets changes go, and tells the app of them where this process has the app's hooks. */
export async function releaseHeldChanges(
  options: ManagementOptions,
  parameters: ReleaseHeldChangesParameters,
): Promise<ManagementResult<HeldChangesReleased, SelectionError>> {
  const { onProgress, ...review } = requireParameters(releaseSchema, parameters);
  const reviewed = await reviewHeld(options, review, 'releasing');
  if (!reviewed.ok) return new Failure(reviewed.error);
  const { connection, count } = reviewed;
  const scope = createScope(connection);
  const progress = await options.releaseHeld?.({ scope, connection, onProgress });
  const { waiting } = await options.store.resources(scope).held.summary();
  return new Success({
    asked: count,
    released: progress?.released ?? 0,
    failed: progress?.failed ?? [],
    waiting,
  });
}

/** Has the app keep what it has: these changes are not told. */
export async function rejectHeldChanges(
  options: ManagementOptions,
  parameters: ReviewHeldChangesParameters,
): Promise<ManagementResult<HeldChangesRejected, SelectionError>> {
  const review = requireParameters(rejectSchema, parameters);
  const reviewed = await reviewHeld(options, review, 'rejected');
  if (!reviewed.ok) return new Failure(reviewed.error);
  return new Success({ rejected: reviewed.count, waiting: reviewed.waiting });
}

/** Tells the app of what was let go and not told yet: by the command, or before a crash. */
export async function resumeReleases(
  options: ManagementOptions,
): Promise<ManagementResult<ReleasesResumed, never>> {
  const failed: (FailedRelease & { readonly connectionId: string })[] = [];
  let released = 0;
  for (const connection of await options.store.connections.releasing()) {
    const { connectionId } = connection;
    const progress = await options.releaseHeld?.({ scope: createScope(connection), connection });
    released += progress?.released ?? 0;
    failed.push(...(progress?.failed ?? []).map((one) => ({ ...one, connectionId })));
  }
  return new Success({ released, failed });
}

type Review = z.infer<typeof rejectSchema>;

type Reviewed =
  | { readonly ok: false; readonly error: SelectionError }
  | {
      readonly ok: true;
      readonly connection: ConnectionRecord;
      readonly count: number;
      readonly waiting: number;
    };

async function reviewHeld(
  options: ManagementOptions,
  { ids, all = false, actor = null, ...selector }: Review,
  to: 'releasing' | 'rejected',
): Promise<Reviewed> {
  assertSelector(selector);
  if ((ids !== undefined) === all)
    throw new MisuseError('scim.management: give either ids or { all: true }.');
  const selected = await selectConnection(options.store.connections, selector);
  if (!selected.ok) return selected;
  const { connection } = selected;
  const now = readNow(options);
  return options.store.changeResources(createScope(connection), async (tx) => {
    const count = await tx.held.review({
      ...(ids !== undefined && { ids }),
      to,
      reviewedBy: actor,
      reviewedAt: now,
    });
    const { waiting } = await tx.held.summary();
    if (count === 0) return { ok: true, connection, count, waiting };
    if (waiting === 0) await endStorm(tx, to);
    const verb = to === 'releasing' ? 'released' : 'rejected';
    const facts = { changes: count, waiting, ...(ids !== undefined && { ids: [...ids] }) };
    await appendReview(tx, { connection, verb, actor, now, facts });
    const subject = { connection, now, random: options.random };
    await tx.appendAudit(createAuditRecord(subject, { action: `held.${verb}`, actor, detail: facts }));
    return { ok: true, connection, count, waiting };
  });
}

/**
 * Everything was looked at: what goes beyond the threshold next is another storm. After a release the 60 minutes start
 * anew, for what was counted was meant; after a rejection they go on, for it was not.
 */
async function endStorm(tx: ResourceWriter, to: 'releasing' | 'rejected'): Promise<void> {
  const window = await tx.guard.find();
  if (window === undefined) return;
  const anew = to === 'releasing' ? { openedAt: 0, passed: {} } : {};
  await tx.guard.save({ ...window, ...anew, stormAt: null });
}

async function appendReview(
  tx: ResourceWriter,
  {
    connection,
    verb,
    actor,
    now,
    facts,
  }: {
    readonly connection: ConnectionRecord;
    readonly verb: 'released' | 'rejected';
    readonly actor: string | null;
    readonly now: number;
    readonly facts: { readonly changes: number; readonly waiting: number };
  },
): Promise<void> {
  const { changes, waiting } = facts;
  await tx.appendEvent({
    id: `evt_${randomUUID()}`,
    type: `scim.mass_deprovision.${verb}`,
    resourceType: 'Connection',
    resourceId: connection.connectionId,
    resourceVersion: 0,
    occurredAt: new Date(now * 1000).toISOString(),
    data: { changes, waiting, actor },
  });
}

function toHeldScimChange(change: ListedHeldChange): HeldScimChange {
  const { id, resourceType, told, kind, state, members, heldAt, reviewedBy, reviewedAt, failure } = change;
  const name = readName(told.attributes);
  const { userId } = told;
  return { id, resourceType, name, userId, kind, state, members, heldAt, reviewedBy, reviewedAt, failure };
}

function readName({ userName, displayName }: JsonObject): string | null {
  const name = userName ?? displayName;
  return typeof name === 'string' ? name : null;
}
