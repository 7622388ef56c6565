import type { Auditor } from '../connections/audit.ts';
import type { Logger } from '../logger.ts';
import { type ManagementResult, Success } from '../result.ts';
import type { Store } from '../store/port.ts';
import { attempt, type UnexpectedError } from './attempt.ts';
import { createDeadLetters, type DeadLetters } from './dead-letters.ts';
import type { Dispatcher } from './dispatcher.ts';
import { renewEpoch } from './epoch.ts';
import {
  type EventPage,
  type ListEventsError,
  type ListEventsParameters,
  listEvents,
} from './list-events.ts';
import { type SubscribeParameters, type Subscription, subscribe } from './subscribe.ts';

/** What happened to the resources of all connections, in order, for the host's own backend. */
export interface ScimEvents {
  /**
   * A page of events: of one connection in the order of its commits, or of all connections in an order of their own.
   * No event is left out and none comes twice, whatever is written meanwhile.
   *
   * @throws TypeError for parameters at fault.
   * @example
   * const { events, next } = (await scim.events.list({ after })).getOrThrow();
   */
  list(
    parameters?: ListEventsParameters,
  ): Promise<ManagementResult<EventPage, ListEventsError | UnexpectedError>>;
  /**
   * Has a handler told of events: at least once, those of one resource in order, duplicates possible; what it does
   * must be the same done twice. Begins with `scim.dispatcher.start()`, or by its own `start()`.
   *
   * @throws TypeError for parameters at fault, and for a name that is subscribed in this process already.
   * @example
   * scim.events.subscribe({ name: 'mailing-list', types: ['user.*'], handler: (event) => mailingList.put(event) });
   */
  subscribe(parameters: SubscribeParameters): Subscription;
  /** Events that handlers and webhooks did not deal with. */
  readonly deadLetters: DeadLetters;
  /** Refuses all cursors of before by `ResyncRequired`. To be called once an older backup was restored. */
  renewEpoch(): Promise<ManagementResult<null, UnexpectedError>>;
}

/** Runs handlers and webhooks. */
export interface ScimDispatcher {
  /**
   * Delivers events in this process, to the handlers subscribed in it and to all webhooks, until it is stopped. Any
   * number of processes may do so on one database; they share the work.
   */
  start(options?: { readonly signal?: AbortSignal }): void;
  /** Ends once what is under way has come to its end. */
  stop(): Promise<void>;
}

export interface EventsOptions {
  readonly store: Store;
  readonly clock: () => number;
  readonly logger: Logger;
  readonly dispatcher: Dispatcher;
  readonly toAuditRecord: Auditor;
  /** What the events of the resource types there are start with, such as `user`. */
  readonly subjects: readonly string[];
}

/** Makes `scim.events` and `scim.dispatcher`. */
export function createEvents(options: EventsOptions): {
  readonly events: ScimEvents;
  readonly dispatcher: ScimDispatcher;
} {
  const { store, logger, dispatcher } = options;
  const subscriptions = new Map<string, Subscription>();
  let isStarted = false;
  const stop = async () => {
    isStarted = false;
    await Promise.all([...subscriptions.values()].map((one) => one.stop()));
    await dispatcher.stop();
  };
  return {
    events: Object.freeze({
      list: (parameters?: ListEventsParameters) =>
        attempt({ logger, method: 'events.list' }, () => listEvents(store, parameters)),
      subscribe(parameters: SubscribeParameters) {
        const settings = { dispatcher, known: subscriptions, subjects: options.subjects };
        const subscription = subscribe(settings, parameters);
        subscriptions.set(subscription.name, subscription);
        if (isStarted) subscription.start();
        return subscription;
      },
      deadLetters: createDeadLetters(options),
      renewEpoch: () =>
        attempt<null, never>({ logger, method: 'events.renewEpoch' }, async () => {
          await renewEpoch(store);
          return new Success(null);
        }),
    }),
    dispatcher: Object.freeze({
      start({ signal }: { readonly signal?: AbortSignal } = {}) {
        if (isStarted || signal?.aborted) return;
        isStarted = true;
        signal?.addEventListener('abort', () => void stop(), { once: true });
        for (const one of subscriptions.values()) one.start();
        dispatcher.startFound();
      },
      stop,
    }),
  };
}
