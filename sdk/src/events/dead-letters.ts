import { z } from 'zod';
import type { Auditor } from '../connections/audit.ts';
import type { Logger } from '../logger.ts';
import { Failure, type ManagementResult, Success } from '../result.ts';
import type { SelectedLetters, DeadLetter as StoredLetter } from '../store/deliveries.ts';
import type { Store } from '../store/port.ts';
import { attempt, type UnexpectedError } from './attempt.ts';
import { readEpoch } from './epoch.ts';
import { type ScimEvent, toScimEvent } from './event.ts';
import { toCursor } from './event-cursor.ts';
import { requireOptions } from './require-options.ts';

/** An event a consumer did not deal with. */
export interface DeadLetter {
  readonly consumer: string;
  readonly event: ScimEvent;
  readonly attempts: number;
  /** What went wrong the last time, in the handler's words; null = it waits behind another event of its resource. */
  readonly error: string | null;
  /** When it is tried again, UNIX seconds; null = it waits behind another event, or is given up. */
  readonly nextAttemptAt: number | null;
  /** Since when it is given up, UNIX seconds. */
  readonly givenUpAt: number | null;
}

/** Which of them. */
export interface ListDeadLettersParameters {
  /** @default of all consumers */
  readonly consumer?: string | undefined;
  readonly connectionId?: string | undefined;
  /** `dead`: given up. `waiting`: to be tried again, or behind one that is. @default 'dead' */
  readonly state?: 'dead' | 'waiting' | undefined;
  /** `next` of the page before. */
  readonly after?: string | undefined;
  /** @default 100, at most 1,000 */
  readonly limit?: number | undefined;
}

export interface DeadLetterPage {
  readonly letters: readonly DeadLetter[];
  /** undefined = these were the last ones. */
  readonly next: string | undefined;
}

/** Which of those that were given up. */
export interface DeadLetterSelection {
  readonly consumer: string;
  readonly connectionId?: string | undefined;
  /** @default all of them */
  readonly eventId?: string | undefined;
  /** Who asks for it, for the audit. */
  readonly actor?: string | undefined;
}

/** Events that could not be delivered. */
export interface DeadLetters {
  /** @throws TypeError for parameters at fault. */
  list(
    parameters?: ListDeadLettersParameters,
  ): Promise<ManagementResult<DeadLetterPage, UnexpectedError | DeadLetterCursorError>>;
  /**
   * Has events that were given up delivered again, from their first try on. Newer ones of the same resource may have
   * been dealt with meanwhile: `resourceVersion` tells. Audited for each connection, as `event.replayed`.
   *
   * @throws TypeError for parameters at fault.
   */
  replay(
    selection: DeadLetterSelection,
  ): Promise<ManagementResult<{ readonly count: number }, UnexpectedError>>;
  /**
   * Takes events that were given up off the list. They stay in the log. Audited for each connection, as
   * `event.discarded`.
   *
   * @throws TypeError for parameters at fault.
   */
  discard(
    selection: DeadLetterSelection,
  ): Promise<ManagementResult<{ readonly count: number }, UnexpectedError>>;
}

export interface DeadLetterCursorError {
  readonly type: 'EventCursorInvalid';
  readonly message: string;
}

const selectionSchema = z.strictObject({
  consumer: z.string().min(1),
  connectionId: z.string().optional(),
  eventId: z.string().optional(),
  actor: z.string().max(255).optional(),
});

const listSchema = z.strictObject({
  consumer: z.string().min(1).optional(),
  connectionId: z.string().optional(),
  state: z.enum(['dead', 'waiting']).default('dead'),
  after: z.string().max(1024).optional(),
  limit: z.number().int().min(1).max(1000).default(100),
});

const placeSchema = z.tuple([z.string(), z.string(), z.number().int()]);

export function createDeadLetters({
  store,
  clock,
  logger,
  toAuditRecord,
}: {
  readonly store: Store;
  readonly clock: () => number;
  readonly logger: Logger;
  readonly toAuditRecord: Auditor;
}): DeadLetters {
  const { deliveries } = store;
  /** The selected ones, and the record of what becomes of them. */
  const toAudited = (
    given: z.infer<typeof selectionSchema>,
    action: 'event.replayed' | 'event.discarded',
  ) => {
    const { actor = null, ...selection } = given;
    const { consumer, eventId } = selection;
    const toAct = ({ connectionId, customerId, count }: SelectedLetters) => {
      const detail = { consumer, events: count, ...(eventId !== undefined && { eventId }) };
      return toAuditRecord({ connectionId, customerId }, { action, actor, detail });
    };
    return { ...selection, toAct };
  };
  return {
    list: (parameters = {}) =>
      attempt({ logger, method: 'events.deadLetters.list' }, async () => {
        const { after, ...query } = requireOptions('scim.events.deadLetters.list', listSchema, parameters);
        const place = after === undefined ? undefined : parsePlace(after);
        if (after !== undefined && place === undefined)
          return new Failure({
            type: 'EventCursorInvalid',
            message: 'Give `next` of the page before.',
          } as const);
        const epoch = await readEpoch(store);
        const letters = await deliveries.letters({ ...query, after: place, limit: query.limit + 1 });
        const shown = letters.slice(0, query.limit);
        const last = letters.length > query.limit ? shown.at(-1) : undefined;
        return new Success({
          letters: shown.map((letter) => toDeadLetter(letter, epoch)),
          next: last && toPlace(last),
        });
      }),
    replay: (given) =>
      attempt({ logger, method: 'events.deadLetters.replay' }, async () => {
        const which = requireOptions('scim.events.deadLetters.replay', selectionSchema, given);
        const audited = toAudited(which, 'event.replayed');
        return new Success({ count: await deliveries.revive({ ...audited, dueAt: clock() }) });
      }),
    discard: (given) =>
      attempt({ logger, method: 'events.deadLetters.discard' }, async () => {
        const which = requireOptions('scim.events.deadLetters.discard', selectionSchema, given);
        return new Success({ count: await deliveries.discard(toAudited(which, 'event.discarded')) });
      }),
  };
}

function toDeadLetter(
  { consumer, event, attempts, error, dueAt, deadAt }: StoredLetter,
  epoch: string,
): DeadLetter {
  const { connectionId, position } = event;
  return {
    consumer,
    event: toScimEvent(event, toCursor({ epoch, place: { kind: 'connection', connectionId, position } })),
    attempts,
    error,
    nextAttemptAt: dueAt === null ? null : Math.ceil(dueAt / 1000),
    givenUpAt: deadAt === null ? null : Math.floor(deadAt / 1000),
  };
}

function toPlace({ consumer, event }: StoredLetter): string {
  return Buffer.from(JSON.stringify([event.connectionId, consumer, event.position])).toString('base64url');
}

function parsePlace(text: string) {
  try {
    const parsed = placeSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    return { connectionId: parsed[0], consumer: parsed[1], position: parsed[2] };
  } catch {
    return undefined;
  }
}
