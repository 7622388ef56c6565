import { letOthers } from '../in-turns.ts';
import type { Logger } from '../logger.ts';
import type { ResourceType } from '../protocol/schema/resource-type.ts';
import type { Store } from '../store/port.ts';
import type { ActivityOptions } from './activity-options.ts';
import { createActivitySweeper } from './activity-sweeper.ts';
import { type DescribedRequest, describeRequest } from './describe-request.ts';
import { createKnownNames } from './known-names.ts';
import type { AnsweredRequest } from './request.ts';
import { createKnownSteps } from './setup-step.ts';

/** Writes down what identity providers ask, behind the answers. */
export interface ActivityLog {
  /** Whether bodies are wanted at all. */
  readonly isOn: boolean;
  /** Keeps a request in memory; written a moment later, so that none waits. A crash may lose that moment. */
  note(request: AnsweredRequest): void;
  /** Writes what was noted. */
  flush(): Promise<void>;
  /** Writes what was noted, for the last time. */
  close(): Promise<void>;
}

export interface ActivityLogOptions {
  readonly store: Store;
  readonly types: readonly ResourceType[];
  /** false = nothing is kept. */
  readonly keep: ActivityOptions | false;
  /** UUIDs of version 7. */
  readonly createId: (now: number) => string;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly logger: Logger;
}

/** How long requests wait to be written together. */
const DELAY_MS = 1_000;
/** Requests that wait at most: while the database does not serve, the oldest go. */
const MOST_WAITING = 5_000;
/** Of requests that are turned away because there are too many, one in so long is kept of each connection. */
const TURNED_AWAY_MS = 10_000;
const MOST_TURNED_AWAY = 10_000;
/** Bytes of their bodies at most, together. */
const MOST_WAITING_BYTES = 16 * 1024 * 1024;
/** Requests described before others have their turn. */
const IN_TURN = 25;
/** Requests written by one transaction. */
const IN_TRANSACTION = 500;

export function createActivityLog(options: ActivityLogOptions): ActivityLog {
  const { keep } = options;
  if (keep === false) return { isOn: false, note() {}, async flush() {}, async close() {} };
  const { store, types, createId, clock, logger } = options;
  const steps = createKnownSteps();
  const describing = { types, names: createKnownNames(types) };
  let waiting: AnsweredRequest[] = [];
  let waitingBytes = 0;
  let dropped = 0;
  let timer: NodeJS.Timeout | undefined;
  let flushing: Promise<void> | undefined;
  const sweeper = createActivitySweeper({ store, keep, clock, logger });
  const turnedAwayAt = new Map<string, number>();

  const bytesOf = ({ body }: AnsweredRequest) => (body?.kind === 'bytes' ? body.bytes.byteLength : 0);

  const isOneTooMany = ({ connectionId, status, at }: AnsweredRequest): boolean => {
    if (status !== 429) return false;
    const before = turnedAwayAt.get(connectionId);
    // Those that began earlier may be answered later.
    if (before !== undefined && Math.abs(at - before) < TURNED_AWAY_MS) return true;
    if (turnedAwayAt.size >= MOST_TURNED_AWAY) turnedAwayAt.clear();
    turnedAwayAt.set(connectionId, at);
    return false;
  };

  const dropOldest = () => {
    while (waiting.length > MOST_WAITING || waitingBytes > MOST_WAITING_BYTES) {
      const [oldest] = waiting.splice(0, 1);
      if (oldest === undefined) return;
      waitingBytes -= bytesOf(oldest);
      dropped += 1;
    }
  };

  const write = async (requests: readonly AnsweredRequest[]) => {
    const byConnection = new Map<string, DescribedRequest[]>();
    for (const [at, request] of requests.entries()) {
      if (at > 0 && at % IN_TURN === 0) await letOthers();
      const described = byConnection.get(request.connectionId) ?? [];
      described.push(describeRequest(request, createId(request.at), describing));
      byConnection.set(request.connectionId, described);
    }
    // In one order everywhere, so that two processes never wait for each other's connections.
    const sorted = [...byConnection].toSorted(([one], [other]) => (one < other ? -1 : 1));
    const firstTimes = sorted.map(([connectionId, described]) => steps.findNew(connectionId, described));
    await store.changeActivity(async (of) => {
      for (const [at, [connectionId, described]] of sorted.entries()) {
        const writer = of(connectionId);
        await writer.add(described.map(({ record }) => record));
        await writer.noteFirstTimes(firstTimes[at] ?? []);
      }
    });
    for (const [at, [connectionId]] of sorted.entries()) steps.keep(connectionId, firstTimes[at] ?? []);
  };

  const writeAll = async () => {
    while (waiting.length > 0) {
      const part = waiting.slice(0, IN_TRANSACTION);
      waiting = waiting.slice(part.length);
      const bytes = part.reduce((sum, request) => sum + bytesOf(request), 0);
      waitingBytes -= bytes;
      try {
        await write(part);
      } catch (cause) {
        waiting = [...part, ...waiting];
        waitingBytes += bytes;
        dropOldest();
        logger.warn('SCIM requests could not be written to the activity; they are kept in memory.', {
          cause,
        });
        return;
      }
    }
    if (dropped === 0) return;
    logger.warn(
      'SCIM requests are missing from the activity: the database could not be written to for long.',
      {
        count: dropped,
      },
    );
    dropped = 0;
  };

  const flush = async () => {
    clearTimeout(timer);
    timer = undefined;
    await flushing;
    flushing = writeAll().finally(() => {
      flushing = undefined;
      if (waiting.length > 0) schedule();
    });
    await flushing;
    sweeper.sweep();
  };

  const schedule = () => {
    if (timer !== undefined) return;
    timer = setTimeout(() => void flush(), DELAY_MS);
    timer.unref();
  };

  return {
    isOn: true,
    flush,
    async close() {
      await flush();
      clearTimeout(timer);
      await sweeper.close();
    },
    note(request) {
      if (isOneTooMany(request)) return;
      waiting.push(request);
      waitingBytes += bytesOf(request);
      dropOldest();
      schedule();
    },
  };
}
