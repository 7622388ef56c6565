import type { RandomSource } from '../../src/connections/random-text.ts';
import { assembleScim } from '../../src/create-scim.ts';
import type { Scim } from '../../src/index.ts';
import { resolveOptions } from '../../src/options.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/port.ts';
import type { SqliteHandle } from '../../src/store/sql/sqlite-database.ts';
import type { Timers } from '../../src/timers.ts';
import { createDice, type Dice } from '../support/dice.ts';
import { BASE, type LogLine } from '../support/scim.ts';
import { createGate, type Gate } from './gate.ts';
import { LEASE_SECONDS } from './plan.ts';
import { scheduleStore } from './scheduled-store.ts';
import type { VirtualTime } from './virtual-time.ts';

/** One process of the app: stopped by its gate, a step of it at a time let on by the scheduler. */
export interface AppProcess {
  readonly id: number;
  readonly scim: Scim;
  readonly gate: Gate;
  readonly log: readonly LogLine[];
  /** Waits until it may do its next thing. */
  step(label: string): Promise<void>;
  /** Calls back when it is about to do a thing, once; undefined = at once. Answers how to have that left out. */
  trap(label: string | undefined, spring: () => void): () => void;
  /** Waits as its own code does. */
  pause(milliseconds: number): Promise<void>;
}

export interface ProcessOptions {
  readonly id: number;
  readonly handle: SqliteHandle;
  readonly time: VirtualTime;
  readonly maxConnections: number;
  /** Lets one thing of all that could happen happen. */
  readonly schedule: (label: string) => Promise<void>;
  /** What stands between scimkit and its store. */
  readonly wrap: (store: Store, processId: number) => Store;
}

export function startProcess(options: ProcessOptions): AppProcess {
  const { id, handle, time, maxConnections, schedule, wrap } = options;
  const gate = createGate();
  const traps = new Map<string, () => void>();
  const step = async (label: string) => {
    const spring = traps.get(label);
    traps.delete(label);
    spring?.();
    do {
      await gate.pass();
      await schedule(`${id}: ${label}`);
    } while (!gate.isOpen);
  };
  const log: LogLine[] = [];
  const record = (level: LogLine['level']) => (message: string, details?: object) =>
    void log.push({ level, message, details });
  const timers = toTimers(time, gate);
  const resolved = resolveOptions({
    database: handle,
    pepper: 'a pepper for tests',
    endpointUrl: BASE,
    clock: time.clock,
    logger: { error: record('error'), warn: record('warn'), info: record('info') },
    limits: { rateLimit: false, maxConcurrentRequests: false, failedAuthenticationsPerMinute: false },
    // Written behind the answers by a real clock: nothing here depends on it.
    activity: false,
    dispatch: { leaseSeconds: LEASE_SECONDS, pollMs: 400, maxConnections },
  });
  const scim = assembleScim(resolved, {
    openStore: (location, more) => scheduleStore(wrap(openStore(location, more), id), step),
    timers,
    random: toBytes(createDice(id)),
  });
  return {
    id,
    scim,
    gate,
    log,
    step,
    trap(label, spring) {
      if (label === undefined) spring();
      else traps.set(label, spring);
      return () => void (label !== undefined && traps.delete(label));
    },
    pause: (milliseconds) => new Promise((resolve) => void timers.after(milliseconds, resolve)),
  };
}

/** Keys and ids follow from the process, so that a seed takes the same course again. */
function toBytes(dice: Dice): RandomSource {
  return (size) => Uint8Array.from({ length: size }, () => dice.int(256));
}

/** Of a process that is stopped nothing is called back before it goes on. */
function toTimers(time: VirtualTime, gate: Gate): Timers {
  return {
    now: time.clock,
    after(milliseconds, callBack) {
      let isLeftOut = false;
      const leaveOut = time.after(milliseconds, () => {
        if (gate.isOpen) callBack();
        else void gate.pass().then(() => isLeftOut || callBack());
      });
      return () => {
        isLeftOut = true;
        leaveOut();
      };
    },
    about: (milliseconds) => milliseconds,
  };
}
