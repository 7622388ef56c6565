import { z } from 'zod';
import type { Consumer, EventDelivery } from './consumer.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { ScimEvent } from './event.ts';
import { eventTypeSchema, requireEventTypes, selectTypes } from './event-types.ts';
import { requireOptions } from './require-options.ts';
import { RETRY_DELAYS_MS } from './retry-schedule.ts';

/** Who is told of which events. */
export interface SubscribeParameters {
  /** Under which it is remembered how far the handler is, across restarts and processes: letters, digits, `_ . -`. */
  readonly name: string;
  /**
   * Told of one event at a time of each resource. Called again, later, when it throws or takes too long, and now and
   * then though it did neither: what it does must be the same done twice.
   */
  readonly handler: (event: ScimEvent, delivery: EventDelivery) => unknown;
  /** Such as `user.deactivated`; `user.*` = all of users; `scim.*` = alarms of the guard. @default all */
  readonly types?: readonly string[] | undefined;
  /** Those of one connection. @default of all */
  readonly connectionId?: string | undefined;
  /** Those of one customer's connections. @default of all */
  readonly customerId?: string | undefined;
  /** Where a name begins that is new: at the first event that is kept, or with what happens from now on. @default 'beginning' */
  readonly from?: 'beginning' | 'now' | undefined;
  /** Resources of a connection that the handler is told of at the same time. @default 8 */
  readonly concurrency?: number | undefined;
  /** How long it may take, seconds. @default 15 */
  readonly timeoutSeconds?: number | undefined;
  /** Pauses before further tries, seconds. @default 5 s, 5 min, 30 min, 2, 5, 10, 14, 20, 24 h */
  readonly retryDelaysSeconds?: readonly number[] | undefined;
  /** Stops it when aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** A handler in this process. */
export interface Subscription {
  readonly name: string;
  /** Begins, unless it has. */
  start(): void;
  /** Stops here, once what the handler is being told of has come to its end. It goes on from there when it is started. */
  stop(): Promise<void>;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

const schema = z.strictObject({
  name: z.string().regex(NAME, 'use letters, digits, "_", "." and "-", at most 64 characters'),
  handler: z.custom<SubscribeParameters['handler']>(
    (value) => typeof value === 'function',
    'must be a function',
  ),
  types: z.array(eventTypeSchema).optional(),
  connectionId: z.string().optional(),
  customerId: z.string().optional(),
  from: z.enum(['beginning', 'now']).default('beginning'),
  concurrency: z.number().int().min(1).max(1000).default(8),
  timeoutSeconds: z.number().positive().max(3600).default(15),
  retryDelaysSeconds: z.array(z.number().nonnegative()).max(100).optional(),
  signal: z.custom<AbortSignal>((value) => value instanceof AbortSignal, 'must be an AbortSignal').optional(),
});

/** What a subscription is made among. */
export interface SubscribeSettings {
  readonly dispatcher: Dispatcher;
  /** The subscriptions of this process, by name. */
  readonly known: ReadonlyMap<string, unknown>;
  /** What the events of the resource types there are start with. */
  readonly subjects: readonly string[];
}

/** Makes a handler known to this process. @throws TypeError for parameters at fault, and for a name in use here. */
export function subscribe(
  { dispatcher, known, subjects }: SubscribeSettings,
  parameters: SubscribeParameters,
): Subscription {
  const given = requireOptions('scim.events.subscribe', schema, parameters);
  requireEventTypes('scim.events.subscribe', given.types, subjects);
  const { name, signal } = given;
  if (known.has(name))
    throw new TypeError(`scim.events.subscribe: name: ${name} is subscribed in this process already.`);
  const consumer = toConsumer(given);
  let isRunning = false;
  const stop = async () => {
    if (!isRunning) return;
    isRunning = false;
    await dispatcher.halt(name);
  };
  signal?.addEventListener('abort', () => void stop(), { once: true });
  return {
    name,
    start() {
      if (isRunning || signal?.aborted) return;
      isRunning = true;
      dispatcher.run(consumer);
    },
    stop,
  };
}

function toConsumer(given: z.infer<typeof schema>): Consumer {
  const { name, handler, from, concurrency, timeoutSeconds, retryDelaysSeconds } = given;
  return {
    name,
    from,
    concurrency,
    timeoutMs: timeoutSeconds * 1000,
    retryDelaysMs: retryDelaysSeconds?.map((delay) => delay * 1000) ?? RETRY_DELAYS_MS,
    selects: selectConnections(given),
    wants: selectTypes(given.types),
    deliver: async (event, delivery) => {
      await handler(event, delivery);
    },
  };
}

/** Whose events are meant. */
export function selectConnections({
  connectionId,
  customerId,
}: Pick<SubscribeParameters, 'connectionId' | 'customerId'>): Consumer['selects'] {
  return (connection) =>
    (connectionId === undefined || connection.connectionId === connectionId) &&
    (customerId === undefined || connection.customerId === customerId);
}
