import type { Logger } from '../logger.ts';
import type { ConnectionScope, ResourceWriter, Store, StoredResource } from '../store/port.ts';
import type { Walk } from '../store/roles.ts';
import type { ScimHooks } from './hooks.ts';
import { parsePolicy } from './policy.ts';
import type { Occasion } from './record-events.ts';
import { lockRoleRules, type RoleOptions, resolveRolesOf } from './resolve-roles.ts';
import type { HookRun } from './run-hook.ts';
import { compareProfiles, tellProfiles } from './tell-profiles.ts';
import { fireRoleHooks, recordRoleEvents } from './tell-roles.ts';

/** What walks are made from. */
export interface WalkOptions extends RoleOptions {
  readonly store: Store;
  readonly hooks: ScimHooks;
  readonly hookTimeoutMs: number;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly logger: Logger;
}

/** What walks did, those included that were under way already. */
export interface WalkOutcome {
  /** Users that were looked at. */
  readonly users: number;
  /** Those of whom something was told. */
  readonly changed: number;
  /** Those whom a hook refused or failed for; they are as they were. */
  readonly failed: number;
}

/**
 * Does again for all users of a connection what new rules or a new mapping ask for: in parts, each a transaction of
 * its own with its hooks and events. How far it has come is kept with the data, so whoever comes next goes on.
 */
export interface Walks {
  /** Begins what is to be done, without waiting for it. */
  start(scope: ConnectionScope): void;
  /** {@link start}, once for each connection: goes on with what an ended process has left. */
  resume(scope: ConnectionScope): void;
  /** Does all that is to be done. */
  finish(scope: ConnectionScope): Promise<WalkOutcome>;
  /** Waits for the parts under way; nothing is begun any more. */
  close(): Promise<void>;
}

/** Users in one transaction: some ten milliseconds of work, hooks aside. */
const IN_PART = 100;

const NOTHING: WalkOutcome = Object.freeze({ users: 0, changed: 0, failed: 0 });

/** Makes the walks of one process. */
export function createWalks(options: WalkOptions): Walks {
  const { logger } = options;
  const running = new Map<string, Promise<WalkOutcome>>();
  const resumed = new Set<string>();
  let isClosed = false;

  const run = async (scope: ConnectionScope): Promise<WalkOutcome> => {
    let total = NOTHING;
    while (!isClosed) {
      const outcome = await runPart(options, scope);
      if (outcome === undefined) break;
      total = add(total, outcome);
    }
    return total;
  };

  const finish = (scope: ConnectionScope): Promise<WalkOutcome> => {
    const { connectionId } = scope;
    // Behind the one that runs: it may have looked for more just before there was more.
    const before = running.get(connectionId) ?? Promise.resolve(NOTHING);
    // What is asked for now it may have done already, so what it did counts.
    const work = before.catch(() => NOTHING).then(async (earlier) => add(earlier, await run(scope)));
    running.set(connectionId, work);
    const leave = () => {
      if (running.get(connectionId) === work) running.delete(connectionId);
    };
    work.then(leave, leave);
    return work;
  };

  const start = (scope: ConnectionScope) => {
    if (isClosed) return;
    finish(scope).catch((cause: unknown) => {
      const { connectionId } = scope;
      logger.error('Users could not be resolved anew; it is tried again later.', { connectionId, cause });
      resumed.delete(connectionId);
    });
  };

  return {
    start,
    finish,
    resume(scope) {
      if (resumed.has(scope.connectionId)) return;
      resumed.add(scope.connectionId);
      start(scope);
    },
    async close() {
      isClosed = true;
      await Promise.allSettled(running.values());
    },
  };
}

/** One part; undefined = nothing is left to do. */
async function runPart(options: WalkOptions, scope: ConnectionScope): Promise<WalkOutcome | undefined> {
  const { store, logger } = options;
  let current: Part | undefined;
  try {
    return await store.changeResources(scope, async (tx) => {
      current = await readPart(options, tx);
      if (current === undefined) return undefined;
      const changed = await visit(options, tx, { scope, ...current });
      await tx.walks.advance(current.walk, current.next);
      return { users: current.users.length, changed, failed: 0 };
    });
  } catch (error) {
    if (current === undefined) throw error;
    logger.warn('A part of the users could not be resolved together; each is tried alone.', { cause: error });
    return runOneByOne(options, scope, current);
  }
}

interface Part {
  readonly walk: Walk;
  readonly users: readonly StoredResource[];
  /** Where the next part starts; null = this is the last. */
  readonly next: string | null;
}

async function readPart({ userType }: WalkOptions, tx: ResourceWriter): Promise<Part | undefined> {
  await tx.lockConnection();
  // Whom the app has not heard of is told of as he is, once the app hears of him.
  if (parsePolicy(await tx.effects.policy()).effects !== 'apply') return undefined;
  const walk = await tx.walks.next();
  if (walk === undefined) return undefined;
  const after = walk.after === '' ? {} : { after: { key: null, id: walk.after } };
  const { resources, next } = await tx.walk([{ type: userType }], { ...after, limit: IN_PART });
  return { walk, users: resources, next: next?.id ?? null };
}

/** One user whom a hook refuses must not keep the others from being told. */
async function runOneByOne(
  options: WalkOptions,
  scope: ConnectionScope,
  { walk, users, next }: Part,
): Promise<WalkOutcome> {
  const { store, logger, userType } = options;
  let outcome = NOTHING;
  for (const { id } of users) {
    try {
      const changed = await store.changeResources(scope, async (tx) => {
        await tx.lockConnection();
        const user = await tx.find(userType, id);
        return user === undefined ? 0 : visit(options, tx, { scope, walk, users: [user] });
      });
      outcome = add(outcome, { users: 1, changed, failed: 0 });
    } catch (cause) {
      const { connectionId } = scope;
      logger.error('A user could not be resolved anew and is as before.', { connectionId, id, cause });
      outcome = add(outcome, { users: 1, changed: 0, failed: 1 });
    }
  }
  await store.changeResources(scope, async (tx) => {
    await tx.lockConnection();
    await tx.walks.advance(walk, next);
  });
  return outcome;
}

interface Visit {
  readonly scope: ConnectionScope;
  readonly walk: Walk;
  readonly users: readonly StoredResource[];
}

/** Tells of each user what is to be told. Answers of how many there was something. */
async function visit(
  options: WalkOptions,
  tx: ResourceWriter,
  { scope, walk, users }: Visit,
): Promise<number> {
  const { hooks, hookTimeoutMs, clock, userType } = options;
  const run: HookRun = { scope, database: tx.database, timeoutMs: hookTimeoutMs };
  const { task } = walk;
  const occasion: Occasion = { occurredAt: new Date(clock()).toISOString(), keyId: null };
  if (task.kind === 'mapping') {
    const compared = await compareProfiles(tx, users, task);
    const differences = compared.filter(({ changed }) => changed.length > 0);
    await tellProfiles(hooks, differences, { tx, run, occasion });
    return differences.length;
  }
  const matcher = await lockRoleRules(tx, options);
  const changes = await resolveRolesOf(tx, users, { matcher, userType });
  for (const { user, after } of changes) await tx.roles.setRoles(user.id, after);
  await fireRoleHooks(hooks, changes, run);
  await recordRoleEvents(tx, changes, occasion);
  return changes.length;
}

function add(one: WalkOutcome, other: WalkOutcome): WalkOutcome {
  return {
    users: one.users + other.users,
    changed: one.changed + other.changed,
    failed: one.failed + other.failed,
  };
}
