import type { Logger } from '../logger.ts';
import { type ManagementResult, Success } from '../result.ts';
import type { Store } from '../store/port.ts';
import { attempt, type UnexpectedError } from './attempt.ts';
import { renewEpoch } from './epoch.ts';
import {
  type EventPage,
  type ListEventsError,
  type ListEventsParameters,
  listEvents,
} from './list-events.ts';

/** What happened to the resources of all connections, in order, for the host's own backend. */
export interface ScimEvents {
  /**
   * A page of events: of one connection in the order of its commits, or of all connections in an order of their own.
   * No event is left out and none comes twice, whatever is written meanwhile.
   *
   * @throws TypeError for parameters at fault.
   * @example
   * let after = await load();
   * const { events, next } = (await scim.events.list({ after })).getOrThrow();
   */
  list(
    parameters?: ListEventsParameters,
  ): Promise<ManagementResult<EventPage, ListEventsError | UnexpectedError>>;
  /** Refuses all cursors of before by `ResyncRequired`. To be called once an older backup was restored. */
  renewEpoch(): Promise<ManagementResult<null, UnexpectedError>>;
}

export interface EventsOptions {
  readonly store: Store;
  readonly logger: Logger;
}

/** Makes `scim.events`. */
export function createEvents({ store, logger }: EventsOptions): ScimEvents {
  return {
    list: (parameters) => attempt({ logger, method: 'events.list' }, () => listEvents(store, parameters)),
    renewEpoch: () =>
      attempt({ logger, method: 'events.renewEpoch' }, async () => {
        await renewEpoch(store);
        return new Success(null);
      }),
  };
}
