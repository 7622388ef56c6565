import type { Logger } from '../logger.ts';
import type { EventEnd } from '../store/event-log.ts';
import type { Store } from '../store/port.ts';
import type { Timers } from '../timers.ts';
import { createBell } from './bell.ts';
import type { Consumer } from './consumer.ts';
import { deliverConnection } from './deliver-connection.ts';
import { readEpoch } from './epoch.ts';
import { createLease } from './lease.ts';

/** How events are handed out. */
export interface DispatchOptions {
  /** How long a connection is another process's when nothing is heard of it, seconds. @default 30 */
  readonly leaseSeconds: number;
  /** Pause between two looks for what other processes have written, milliseconds. @default 1000 */
  readonly pollMs: number;
  /** Connections a consumer is told of at the same time by one process. @default 16 */
  readonly maxConnections: number;
}

export const DISPATCH_DEFAULTS: DispatchOptions = Object.freeze({
  leaseSeconds: 30,
  pollMs: 1000,
  maxConnections: 16,
});

export interface DispatcherOptions extends DispatchOptions {
  readonly store: Store;
  readonly clock: () => number;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Consumers that come and go by themselves, asked for at each look: those of webhooks. */
  readonly findConsumers: () => Promise<readonly Consumer[]>;
}

/** Hands events to consumers. Any number of processes do so on one database and share the work. */
export interface Dispatcher {
  /** Runs a consumer in this process, until it is stopped. */
  run(consumer: Consumer): void;
  /** Stops a consumer here, once what it is being told of has come to its end. */
  halt(name: string): Promise<void>;
  /** Runs the consumers that are found as well. */
  startFound(): void;
  /** Stops everything, once what is under way has come to its end. */
  stop(): Promise<void>;
  /** Says that something was committed about a connection. */
  wake(connectionId: string): void;
}

interface Running {
  readonly consumer: Consumer;
  readonly deliveries: Map<string, Delivering>;
  /** Connections that wait until another one is dealt with. */
  readonly waiting: Map<string, EventEnd>;
  isRegistered: boolean;
  isStopping: boolean;
  /** Up to where each connection was delivered when it was last looked at. */
  positions: Map<string, number> | undefined;
}

/** A connection whose events are being delivered. */
interface Delivering {
  readonly ring: () => void;
  readonly done: Promise<void>;
}

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { store, clock, timers, logger, findConsumers, pollMs, maxConnections } = options;
  const leaseMs = options.leaseSeconds * 1000;
  const lingerMs = Math.min(pollMs * 2, leaseMs / 3);
  const running = new Map<string, Running>();
  const bell = createBell(timers);
  let ends = new Map<string, EventEnd>();
  /** Connections something was committed about here. */
  let dirty = new Set<string>();
  let loop: Promise<void> | undefined;
  let isFinding = false;
  let isStopping = false;
  let looked = Number.NEGATIVE_INFINITY;

  function add(consumer: Consumer): void {
    running.set(consumer.name, {
      consumer,
      deliveries: new Map(),
      waiting: new Map(),
      isRegistered: false,
      isStopping: false,
      positions: undefined,
    });
    looked = Number.NEGATIVE_INFINITY;
    loop ??= work();
    bell.ring();
  }

  async function halt(name: string): Promise<void> {
    const one = running.get(name);
    if (one === undefined) return;
    one.isStopping = true;
    for (const { ring } of one.deliveries.values()) ring();
    await Promise.all([...one.deliveries.values()].map(({ done }) => done));
    if (running.get(name) === one) running.delete(name);
  }

  async function work(): Promise<void> {
    while (!isStopping) {
      try {
        await look();
      } catch (cause) {
        logger.warn('scimkit: events could not be looked for; they are as soon as the database serves.', {
          cause,
        });
      }
      if (!isStopping) await bell.wait(timers.about(pollMs));
    }
  }

  /** Looks at everything now and then, and in between at what was changed here. */
  async function look(): Promise<void> {
    const changed = dirty;
    dirty = new Set();
    const isWhole = timers.now() - looked >= pollMs * 0.7;
    if (isWhole) {
      looked = timers.now();
      if (isFinding) await syncFound();
      ends = new Map((await store.events.ends()).map((end) => [end.connectionId, end]));
    } else {
      for (const connectionId of changed) {
        const end = await store.events.end(connectionId);
        if (end !== undefined) ends.set(connectionId, end);
      }
    }
    const seen = isWhole ? [...ends.values()] : [...changed].flatMap((id) => ends.get(id) ?? []);
    for (const one of [...running.values()]) if (!one.isStopping) await lookFor(one, seen, { isWhole });
  }

  async function syncFound(): Promise<void> {
    const found = new Map((await findConsumers()).map((consumer) => [consumer.name, consumer]));
    for (const [name, { consumer }] of running)
      if (isFound(name) && found.get(name) !== consumer) void halt(name);
    for (const consumer of found.values()) if (!running.has(consumer.name)) add(consumer);
  }

  async function lookFor(
    one: Running,
    seen: readonly EventEnd[],
    { isWhole }: { readonly isWhole: boolean },
  ): Promise<void> {
    const { consumer } = one;
    if (!one.isRegistered) {
      await store.deliveries.register(consumer.name, { from: consumer.from, at: Math.floor(clock() / 1000) });
      one.isRegistered = true;
    }
    const known = one.positions;
    const isBehind = ({ connectionId, position }: EventEnd) =>
      position > (one.positions?.get(connectionId) ?? 0);
    const selected = seen.filter((end) => consumer.selects(end));
    // Others may have got on with it.
    if (known === undefined || (isWhole && selected.some(isBehind)))
      one.positions = new Map(await store.deliveries.positions(consumer.name));
    const due = isWhole ? new Set(await store.deliveries.due(consumer.name, clock())) : new Set<string>();
    for (const end of selected) {
      const { connectionId } = end;
      if (!isBehind(end) && !due.has(connectionId)) continue;
      const current = one.deliveries.get(connectionId);
      if (current !== undefined) current.ring();
      else if (one.deliveries.size < maxConnections) await start(one, end);
      else one.waiting.set(connectionId, end);
    }
  }

  async function start(one: Running, { connectionId, customerId }: EventEnd): Promise<void> {
    const { consumer } = one;
    const begun = timers.now();
    const claimed = await store.deliveries.claim({ consumer: consumer.name, connectionId, leaseMs });
    if (claimed === undefined) return;
    const epoch = await readEpoch(store);
    const own = createBell(timers);
    const lease = createLease({ deliveries: store.deliveries, claimed, leaseMs, begun, timers });
    const isStoppingOne = () => one.isStopping || isStopping;
    const done = deliverConnection(
      {
        store,
        consumer,
        claimed,
        customerId,
        epoch,
        lease,
        isStopping: isStoppingOne,
        clock,
        timers,
        logger,
      },
      { bell: own, lingerMs: () => (one.waiting.size > 0 ? 0 : lingerMs) },
    )
      .catch((cause) =>
        logger.warn(`scimkit: delivering to ${consumer.name} was interrupted and goes on later.`, {
          connectionId,
          cause,
        }),
      )
      .finally(() => {
        one.deliveries.delete(connectionId);
        startWaiting(one);
      });
    one.deliveries.set(connectionId, { ring: own.ring, done });
  }

  function startWaiting(one: Running): void {
    const [next] = one.waiting.values();
    if (next === undefined || one.isStopping || isStopping) return;
    one.waiting.delete(next.connectionId);
    start(one, next).catch((cause) => {
      logger.warn('scimkit: events wait until the database serves.', { cause });
    });
  }

  return {
    run: add,
    halt,
    startFound() {
      isFinding = true;
      looked = Number.NEGATIVE_INFINITY;
      loop ??= work();
      bell.ring();
    },
    async stop() {
      isStopping = true;
      bell.ring();
      await loop;
      await Promise.all([...running.keys()].map(halt));
      loop = undefined;
      isFinding = false;
      isStopping = false;
    },
    wake(connectionId) {
      if (loop === undefined) return;
      let isNew = false;
      for (const { deliveries } of running.values()) {
        const delivery = deliveries.get(connectionId);
        if (delivery === undefined) isNew = true;
        else delivery.ring();
      }
      if (!isNew) return;
      dirty.add(connectionId);
      bell.ring();
    },
  };
}

/** Names of consumers that are found have this before a colon, which no name of the host's own has. */
export const FOUND_PREFIX = 'webhook:';

function isFound(name: string): boolean {
  return name.startsWith(FOUND_PREFIX);
}
