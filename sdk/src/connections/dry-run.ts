import { z } from 'zod';
import type { JsonObject } from '../protocol/json.ts';
import { NOTHING_CHOSEN, parsePolicy, withChoices } from '../provisioning/policy.ts';
import { tellUntold } from '../provisioning/tell-untold.ts';
import type { ConnectionRecord, ConnectionWriter } from '../store/connections.ts';
import type { EffectRecord } from '../store/effects.ts';
import { createScope } from '../store/scope.ts';
import { createAuditRecord } from './audit.ts';
import type { ManagementOptions } from './management-context.ts';
import { readNow } from './management-context.ts';
import { actSchema, MAX_PAGE_SIZE, requireParameters, selectionSchema } from './parameters.ts';
import { Failure, type ManagementResult, type SelectionError, Success } from './result.ts';
import { assertSelector, type ConnectionSelector, selectConnection, selectToChange } from './selection.ts';
import { type NotTold, toNotTold } from './told.ts';

export type GetDryRunEffectsParameters = ConnectionSelector & {
  /** `next` of the page before. */
  readonly after?: string | undefined;
  /** 1 to 200. @default 100 */
  readonly limit?: number | undefined;
};

/** Something that would have happened in the app. */
export interface DryRunEffect {
  /** The event that would have been recorded, such as `user.deactivated`. */
  readonly type: string;
  readonly resourceType: string;
  readonly resourceId: string;
  /** The userName of a user, else the displayName; null = it has neither. */
  readonly name: string | null;
  /** ISO 8601 UTC. */
  readonly occurredAt: string;
  /** Names of the attributes that changed; empty where the event is not about attributes. */
  readonly changed: readonly string[];
  /** The hooks that would have been called for the change; they stand with its first event. */
  readonly hooks: readonly string[];
  /** The key that was used; null = the host itself. */
  readonly keyId: string | null;
  /** The data of the event that would have been recorded. */
  readonly data: JsonObject;
}

/** What a dry run has written down so far. */
export interface DryRunReport {
  readonly connectionId: string;
  /** `apply` = the connection is not on a dry run. */
  readonly effects: 'apply' | 'dryRun' | 'catchingUp';
  /** How often each event would have been recorded: `{ 'user.created': 12 }`. */
  readonly summary: Readonly<Record<string, number>>;
  /** Resources whose stored state is not what the app was last told. */
  readonly untold: number;
  readonly entries: readonly DryRunEffect[];
  /** Give as `after` for the next page; null = this is the last. */
  readonly next: string | null;
}

export type EndDryRunParameters = ConnectionSelector & {
  /**
   * true: the app is told the net change of every resource. false: it is not told, and what differs shows in
   * `reconcile`.
   */
  readonly apply: boolean;
  /** Who asked for it, for the audit. @default null */
  readonly actor?: string | null | undefined;
  /** Gives up between two resources; the next call goes on. */
  readonly signal?: AbortSignal | undefined;
  /** Called while the app is being told. */
  readonly onProgress?: ((progress: { readonly told: number; readonly total: number }) => void) | undefined;
};

export interface DryRunEnded {
  readonly connectionId: string;
  /** false = something is left to be told: see `failures`, or the signal was aborted. Call again to go on. */
  readonly complete: boolean;
  /** Resources the app was told of by this call. */
  readonly told: number;
  readonly left: number;
  readonly failures: readonly NotTold[];
}

/** The connection is not on a dry run. */
export interface NoDryRunError {
  readonly type: 'NoDryRun';
}

const reportSchema = z.strictObject({
  ...selectionSchema.shape,
  after: z
    .string()
    .regex(/^\d{1,15}$/, { error: 'Give `next` of the page before.' })
    .optional(),
  limit: z.number().int().min(1).max(MAX_PAGE_SIZE).default(100),
});

const endSchema = z.strictObject({
  ...actSchema.shape,
  apply: z.boolean(),
  signal: z.instanceof(AbortSignal).optional(),
  onProgress: z
    .custom<NonNullable<EndDryRunParameters['onProgress']>>((value) => typeof value === 'function', {
      error: 'Give a function.',
    })
    .optional(),
});

/** Reads what a dry run has written down, a page at a time. */
export async function getDryRunEffects(
  options: ManagementOptions,
  parameters: GetDryRunEffectsParameters,
): Promise<ManagementResult<DryRunReport, SelectionError>> {
  const { after = '0', limit, ...selector } = requireParameters(reportSchema, parameters);
  assertSelector(selector);
  const selected = await selectConnection(options.store.connections, selector);
  if (!selected.ok) return new Failure(selected.error);
  const { connection } = selected;
  const reader = options.store.effects(createScope(connection));
  // One more than asked for tells whether there is a next page.
  const found = await reader.effects({ after: Number(after), limit: limit + 1 });
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return new Success({
    connectionId: connection.connectionId,
    effects: parsePolicy(connection.policy).effects,
    summary: await reader.countEffects(),
    untold: await reader.countUntold(),
    entries: page.map(toEntry),
    next: found.length > limit && last !== undefined ? String(last.position) : null,
  });
}

/**
 * Ends a dry run. With `apply` the app is told, one resource after the other, what it has not heard: its net change,
 * however many requests made it. Requests go on meanwhile. What a crash leaves, the next call tells or forgets.
 */
export async function endDryRun(
  options: ManagementOptions,
  parameters: EndDryRunParameters,
): Promise<ManagementResult<DryRunEnded, SelectionError | NoDryRunError>> {
  const { apply, actor = null, signal, onProgress, ...selector } = requireParameters(endSchema, parameters);
  assertSelector(selector);
  const selected = await beginEnd(options, { apply, actor, selector });
  if (!selected.ok) return new Failure(selected.error);
  const { connection, isOver } = selected;
  const scope = createScope(connection);
  const { connectionId } = connection;
  let told = 0;
  if (isOver || !apply) {
    const forgotten = await forgetAll(options, connection);
    if (isOver && forgotten === 0) return new Failure({ type: 'NoDryRun' });
    return new Success({ connectionId, complete: true, told, left: 0, failures: [] });
  }
  for (;;) {
    const telling = { scope, connection, signal, onProgress };
    const result = await tellUntold(options.telling, telling);
    told += result.told;
    const isHeldUp = result.failures.length > 0 || signal?.aborted === true;
    if (isHeldUp || (await finish(options, connection))) {
      const left = await options.store.effects(scope).countUntold();
      for (const { cause, ...resource } of result.failures)
        options.logger.error('scimkit: the app could not be told of a resource.', { ...resource, cause });
      const failures = result.failures.map(toNotTold);
      return new Success({ connectionId, complete: left === 0, told, left, failures });
    }
  }
}

function toEntry({ type, resourceType, resourceId, occurredAt, data: whole }: EffectRecord): DryRunEffect {
  const { hooks, ...data } = whole;
  const resource = data.resource as JsonObject;
  const name = resource.userName ?? resource.displayName;
  return {
    type,
    resourceType,
    resourceId,
    name: typeof name === 'string' ? name : null,
    occurredAt,
    changed: (data.changed as readonly string[] | undefined) ?? [],
    hooks: hooks as readonly string[],
    keyId: data.keyId as string | null,
    data,
  };
}

type Begun =
  | {
      readonly ok: true;
      readonly connection: ConnectionRecord;
      /** There is no dry run, unless an earlier end was cut short before everything was forgotten. */
      readonly isOver: boolean;
    }
  | { readonly ok: false; readonly error: SelectionError };

/** From here on requests reach the app again, but for what it has to be told first. */
function beginEnd(
  { store, clock, random }: ManagementOptions,
  asked: {
    readonly apply: boolean;
    readonly actor: string | null;
    readonly selector: { scimConnectionId?: string | undefined; customerId?: string | undefined };
  },
): Promise<Begun> {
  const { apply, actor, selector } = asked;
  return store.changeConnections(async (tx): Promise<Begun> => {
    const selected = await selectToChange(tx, selector);
    if (!selected.ok) return selected;
    const { connection } = selected;
    const { connectionId } = connection;
    const { effects } = parsePolicy(connection.policy);
    if (effects === 'apply') return { ok: true, connection, isOver: true };
    if (apply && effects === 'catchingUp') return { ok: true, connection, isOver: false };
    const policy = withChoices(connection.policy, { effects: apply ? 'catchingUp' : 'apply' });
    await tx.update(connectionId, { policy });
    const subject = { connection, now: readNow({ clock }), random };
    const act = { action: 'dryRun.ended', actor, detail: { apply } } as const;
    await tx.appendAudit(createAuditRecord(subject, act));
    return { ok: true, connection: { ...connection, policy }, isOver: false };
  });
}

/** The connection is as others again, where nothing is left to tell. */
async function finish(options: ManagementOptions, connection: ConnectionRecord): Promise<boolean> {
  const { connectionId } = connection;
  const scope = createScope(connection);
  const isDone = await options.store.changeConnections(async (tx) => {
    await tx.lock(connectionId);
    const current = await tx.find(connectionId);
    // Gone, done by another call, or on a dry run again.
    if (current === undefined || parsePolicy(current.policy).effects !== 'catchingUp') return true;
    if ((await tx.countUntold(connectionId)) > 0) return false;
    await tx.update(connectionId, { policy: withChoices(current.policy, { effects: 'apply' }) });
    return true;
  });
  if (isDone) await forgetAll(options, { connectionId });
  // What new rules or a new mapping had to wait with.
  if (isDone) options.appRoles?.walks.start(scope);
  return isDone;
}

/** Rows forgotten by one transaction. */
const ROWS_IN_PART = 1_000;

/** What an end that was cut short has left would be taken for what the run that begins now has written down. */
export async function forgetDryRunBefore(tx: ConnectionWriter, connectionId: string): Promise<void> {
  while ((await tx.clearEffects(connectionId, ROWS_IN_PART)) === ROWS_IN_PART);
}

/** Answers how many rows that were. */
async function forgetAll(
  { store }: ManagementOptions,
  { connectionId }: Pick<ConnectionRecord, 'connectionId'>,
): Promise<number> {
  for (let total = 0; ; ) {
    const cleared = await store.changeConnections(async (tx) => {
      await tx.lock(connectionId);
      const connection = await tx.find(connectionId);
      // Begun anew meanwhile: what is there now is that run's.
      if (parsePolicy(connection?.policy ?? NOTHING_CHOSEN).effects !== 'apply') return 0;
      return tx.clearEffects(connectionId, ROWS_IN_PART);
    });
    total += cleared;
    if (cleared < ROWS_IN_PART) return total;
  }
}
