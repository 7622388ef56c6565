import type { Scheduler } from 'fast-check';
import type { ScimEvent } from '../../src/index.ts';
import type { Store } from '../../src/store/port.ts';
import { group, patch, send, user } from '../support/scim.ts';
import { createKeyRing, type KeyRing } from './key-ring.ts';
import { CUSTOMERS, type Deed, type KeyAct, type Mishap, type Plan, SLOTS, TIMEOUT_SECONDS } from './plan.ts';
import { type AppProcess, startProcess } from './processes.ts';
import type { SharedFile } from './shared-file.ts';
import { createTellings, type Tellings } from './tellings.ts';
import { createVirtualTime } from './virtual-time.ts';

/** What became of a request. `unknown`: the process died first. */
export type Outcome = 'done' | 'refused' | 'unknown';

/** A change that was asked for. Its canary is a text that nothing else contains. */
export interface Write {
  readonly kind: Deed['kind'];
  readonly connectionId: string;
  readonly canary: string;
  readonly resourceId: string | undefined;
  /** Members that were to come together. */
  readonly memberIds: readonly string[];
  readonly outcome: Outcome;
}

export interface Customer {
  readonly connectionId: string;
  readonly keys: KeyRing;
  readonly users: string[];
  readonly groups: string[];
  /** Nobody's but groups' members, so that nothing else happens to them. */
  readonly members: string[];
}

/** Everything that happened. */
export interface Run {
  readonly customers: readonly Customer[];
  readonly writes: readonly Write[];
  readonly tellings: Tellings;
  /** Answers that no client should have been given, and what processes took for an error. */
  readonly surprises: readonly string[];
  readonly counts: RunCounts;
}

export interface RunCounts {
  readonly steps: number;
  readonly requests: number;
  readonly refused: number;
  readonly keyActs: number;
  /** Times that the right to deliver changed hands. */
  readonly takenOver: number;
  /** Acknowledgements of who had lost it. */
  readonly late: number;
  readonly crashes: number;
  readonly pauses: number;
  readonly tellings: number;
}

export interface RunOptions {
  readonly file: SharedFile;
  readonly scheduler: Scheduler;
  readonly plan: Plan;
  /** Makes something wrong of the store. @default nothing */
  readonly spoil?: (store: Store) => Store;
}

/** 2026-01-01T00:00:00Z */
const START = 1_767_225_600_000;

/** A run that takes more steps than this comes to no end. */
const MOST_STEPS = 60_000;

/** Steps from one look at whether everything is delivered to the next. */
const LOOK_EVERY = 16;

/** How long something is waited for that a process may never come to. */
const LONGEST_TRAP_MS = 3_000;

const READY = Promise.resolve();

/** A turn of the event loop: whatever was begun has come to its next step. */
const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));

/** Carries a plan out, each step when the scheduler says, until every event is delivered. */
export async function carryOut({
  file,
  scheduler,
  plan,
  spoil = (store) => store,
}: RunOptions): Promise<Run> {
  const time = createVirtualTime(START);
  file.reset(time);
  let isScheduling = false;
  let isOver = false;
  let steps = 0;
  let nextId = 0;
  let failure: { readonly error: unknown } | undefined;
  const counts = { requests: 0, refused: 0, keyActs: 0, takenOver: 0, late: 0, crashes: 0, pauses: 0 };
  const writes: Write[] = [];
  const fences = new Map<string, number>();
  const surprises: string[] = [];
  const moods = [...plan.moods];
  const tellings = createTellings(readEarlier);
  const everyone: AppProcess[] = [];
  const slots = Array.from({ length: SLOTS }, () => start());
  const customers: Customer[] = [];

  function readEarlier({ id, connectionId }: ScimEvent, resourceIds: readonly string[]) {
    if (resourceIds.length === 0) return [];
    return file
      .rows(
        `SELECT id, resource_id FROM {p}events WHERE connection_id = ? AND resource_id IN (SELECT value FROM json_each(?))
          AND position < (SELECT position FROM {p}events WHERE connection_id = ? AND id = ?)`,
        [connectionId, JSON.stringify(resourceIds), connectionId, id],
      )
      .map((row) => ({ id: String(row.id), resourceId: String(row.resource_id) }));
  }

  function start(): AppProcess {
    nextId += 1;
    const own = startProcess({
      id: nextId,
      handle: file.takeHandle(),
      time,
      maxConnections: plan.maxConnections,
      schedule: (label) => (isScheduling ? scheduler.schedule(READY, label) : READY),
      wrap: (store, id) => watchClaims(spoil(store), id),
    });
    everyone.push(own);
    return own;
  }

  function watchClaims(store: Store, processId: number): Store {
    const { deliveries } = store;
    return {
      ...store,
      deliveries: {
        ...deliveries,
        async claim(wanted) {
          const claimed = await deliveries.claim(wanted);
          if (claimed === undefined) return undefined;
          if (claimed.claim.fence > 1) counts.takenOver += 1;
          tellings.noteHolder(wanted.connectionId, processId);
          fences.set(wanted.connectionId, claimed.claim.fence);
          return claimed;
        },
        async settle(claim, outcome) {
          const isKept = await deliveries.settle(claim, outcome);
          if (claim.fence === fences.get(claim.connectionId)) return isKept;
          counts.late += 1;
          if (isKept) surprises.push('I2: an acknowledgement was taken of who had lost the right');
          return isKept;
        },
      },
    };
  }

  function dispatch(own: AppProcess): void {
    own.scim.events.subscribe({
      name: 'app',
      timeoutSeconds: TIMEOUT_SECONDS,
      // More than there are moods: nothing is given up.
      retryDelaysSeconds: Array.from({ length: 12 }, () => 0.4),
      async handler(event, { signal }) {
        const telling = tellings.begin(event, { processId: own.id, signal });
        const mood = moods.shift() ?? 'deals';
        await own.step('handler');
        if (mood === 'is slow') await own.pause(400);
        if (mood === 'hangs') await own.pause(TIMEOUT_SECONDS * 1000 + 500);
        telling.hasEnded = true;
        if (mood === 'fails') throw new Error('not now');
        telling.wasDealtWith = true;
      },
    });
    own.scim.dispatcher.start();
  }

  /** The answer of a process; undefined when it died first. */
  async function ask<T>({ gate }: AppProcess, asking: () => Promise<T>): Promise<T | undefined> {
    return Promise.race([asking(), gate.died.then(() => undefined)]);
  }

  const wait = (milliseconds: number) =>
    new Promise<void>((resolve) => void time.after(milliseconds, resolve));

  async function doDeeds(customer: Customer, deeds: readonly Deed[], client: number): Promise<void> {
    for (const [at, deed] of deeds.entries()) {
      await wait(deed.afterMs);
      await doDeed(customer, deed, `c${client}x${at}.`);
    }
  }

  async function doDeed(customer: Customer, deed: Deed, canary: string): Promise<void> {
    const { connectionId, keys, users, groups, members } = customer;
    const key = keys.keys[Math.max(0, keys.keys.length - 1 - deed.keyAge)];
    const pickOf = (ids: readonly string[]) => ids[deed.pick % Math.max(1, ids.length)];
    const { kind } = deed;
    const resourceId =
      kind === 'create' || kind === 'group' ? undefined : pickOf(kind === 'members' ? groups : users);
    if (key === undefined || (resourceId === undefined && kind !== 'create' && kind !== 'group')) return;
    const memberIds = kind === 'group' || kind === 'members' ? members.splice(0, 2) : [];
    const own = slots[deed.slot];
    if (own === undefined) return;
    counts.requests += 1;
    const use = keys.beginUse(key);
    const asked = toRequest(kind, { canary, resourceId, memberIds });
    const answer = await ask(own, () => send(own.scim, asked.path, { key: key.text, ...asked.call }));
    const isIn = answer !== undefined && answer.status < 300;
    keys.endUse(use, answer === undefined ? 'unknown' : answer.status === 401 ? 'refused' : 'let in');
    if (answer !== undefined && !isIn) counts.refused += 1;
    if (answer !== undefined && answer.status >= 500)
      surprises.push(`I4: ${kind} was answered ${answer.text}`);
    const outcome = answer === undefined ? 'unknown' : isIn ? 'done' : 'refused';
    writes.push({ kind, connectionId, canary, resourceId, memberIds, outcome });
    if (isIn && kind === 'create') users.push(answer.body.id);
    if (isIn && kind === 'group') groups.push(answer.body.id);
  }

  async function manageKeys(acts: readonly KeyAct[]): Promise<void> {
    for (const act of acts) {
      await wait(act.afterMs);
      const customer = customers[act.customer];
      const own = slots[act.slot];
      if (customer === undefined || own === undefined) continue;
      counts.keyActs += 1;
      if (act.kind === 'pause' || act.kind === 'resume') await changeStatus(own, customer, act.kind);
      else if (act.kind === 'temporary' || act.kind === 'revoke temporary')
        await manageTemporary(own, customer, act);
      else await replaceKeys(own, customer, act);
    }
  }

  async function manageTemporary(own: AppProcess, customer: Customer, act: KeyAct): Promise<void> {
    const { management } = own.scim;
    const { connectionId: scimConnectionId, keys } = customer;
    if (act.kind === 'temporary') {
      const made = await ask(own, () => management.createTemporaryScimApiKey({ scimConnectionId }));
      if (!made?.ok) return noteFailure(made, ['TooManyTemporaryScimApiKeys']);
      const { scimApiKey: text, keyId, expiresAt } = made.data;
      keys.add({ text, keyId, kind: 'temporary', endsAt: expiresAt * 1000 });
      return;
    }
    const key = keys.keys.findLast(
      ({ kind, deadSince }) => kind === 'temporary' && deadSince === Number.POSITIVE_INFINITY,
    );
    if (key?.keyId === undefined) return;
    const { keyId } = key;
    const revoking = keys.beginRevoking(key);
    const answer = await ask(own, () => management.revokeTemporaryScimApiKey({ scimConnectionId, keyId }));
    if (answer?.ok) revoking.revoked();
    else noteFailure(answer, ['TemporaryScimApiKeyNotFound']);
  }

  async function changeStatus(own: AppProcess, customer: Customer, kind: 'pause' | 'resume'): Promise<void> {
    const { management } = own.scim;
    const { connectionId: scimConnectionId, keys } = customer;
    const changing = keys.beginChangingStatus(kind);
    const answer = await ask(own, () =>
      kind === 'pause'
        ? management.pauseScimConnection({ scimConnectionId })
        : management.resumeScimConnection({ scimConnectionId }),
    );
    if (answer?.ok) changing.changed();
    else noteFailure(answer, []);
  }

  async function replaceKeys(own: AppProcess, customer: Customer, act: KeyAct): Promise<void> {
    const { management } = own.scim;
    const { connectionId: scimConnectionId, keys } = customer;
    const replacing = keys.beginReplacing();
    const endsAt = Math.floor(time.clock() / 1000) + act.seconds;
    const answer = await ask(own, () => {
      if (act.kind === 'reset') return management.resetScimApiKey({ scimConnectionId });
      if (act.kind === 'rotate')
        return management.rotateScimApiKey({ scimConnectionId, overlapSeconds: act.seconds });
      return management.resetScimApiKey({ scimConnectionId, scimApiKeyExpiration: endsAt });
    });
    if (answer?.ok) {
      const text = answer.data.scimApiKey;
      const ends = act.kind === 'reset to expire' ? { endsAt: endsAt * 1000 } : {};
      replacing.replaced({ text, ...ends }, act.kind === 'rotate' ? act.seconds : 0);
    } else noteFailure(answer, []);
    // Of an act that was not answered nobody knows when it comes about.
    if (answer !== undefined) replacing.over();
  }

  function noteFailure(
    answer: { readonly ok: boolean; readonly error?: { readonly type: string } } | undefined,
    expected: readonly string[],
  ): void {
    const type = answer?.error?.type;
    if (type !== undefined && !expected.includes(type))
      surprises.push(`I4: a key command was answered ${type}`);
  }

  async function mishap({ kind, at, slot, afterMs, lastsMs }: Mishap): Promise<void> {
    await wait(afterMs);
    const own = slots[slot];
    if (own === undefined) return;
    const sprung = Promise.withResolvers<void>();
    const leaveOut = own.trap(at, () => {
      if (kind === 'pause') own.gate.close();
      else own.gate.kill();
      sprung.resolve();
    });
    await Promise.race([sprung.promise, wait(LONGEST_TRAP_MS)]);
    leaveOut();
    if (own.gate.isOpen) return;
    if (kind === 'crash') {
      counts.crashes += 1;
      const next = start();
      slots[slot] = next;
      dispatch(next);
      return;
    }
    counts.pauses += 1;
    await wait(lastsMs);
    own.gate.open();
  }

  /** Time goes by between any two steps, or does not. */
  async function passTime(): Promise<void> {
    while (!isOver) {
      await scheduler.schedule(READY, 'time goes by');
      time.goOn();
    }
  }

  function note(work: Promise<unknown>, onDone: () => void): void {
    work.then(onDone, (error: unknown) => {
      failure = { error };
    });
  }

  async function goOnUntil(isReached: () => boolean): Promise<void> {
    for (;;) {
      await turn();
      if (failure !== undefined) throw failure.error;
      if (isReached()) return;
      steps += 1;
      if (steps > MOST_STEPS) throw new Error('This comes to no end.');
      if (scheduler.count() > 1) await scheduler.waitOne();
      else if (!time.goOn() && scheduler.count() <= 1) throw new Error('Nothing goes on any more.');
    }
  }

  function isDelivered(): boolean {
    const [{ count } = {}] = file.rows(
      `SELECT (SELECT count(*) FROM {p}parked_events) + (SELECT count(*) FROM {p}connections c
        LEFT JOIN {p}consumer_progress p ON p.connection_id = c.connection_id AND p.consumer = 'app'
        WHERE c.event_position > coalesce(p.position, 0)) AS count`,
    );
    return Number(count) === 0;
  }

  async function setUp(): Promise<void> {
    const [first] = slots;
    if (first === undefined) return;
    for (let at = 0; at < CUSTOMERS; at += 1) {
      const made = await first.scim.management.createScimConnection({ customerId: `customer ${at}` });
      const { connectionId, scimApiKey: text } = made.getOrThrow();
      const keys = createKeyRing(time.clock);
      keys.add({ text, kind: 'standard', keyId: undefined });
      const create = async (path: string, body: object) =>
        String((await send(first.scim, path, { key: text, body })).body.id);
      const users = [await create('/Users', user('ann')), await create('/Users', user('bob'))];
      const groups = [await create('/Groups', group('staff'))];
      const members: string[] = [];
      const wanted = plan.clients.filter(({ customer }) => customer === at).flatMap(({ deeds }) => deeds);
      for (const { kind } of wanted)
        if (kind === 'group' || kind === 'members')
          for (let of2 = 0; of2 < 2; of2 += 1)
            members.push(await create('/Users', user(`member${members.length}`)));
      customers.push({ connectionId, keys, users, groups, members });
    }
  }

  await setUp();
  isScheduling = true;
  for (const own of slots) dispatch(own);
  void passTime();
  let areDone = false;
  const doing = Promise.all<unknown>([
    ...plan.clients.map(({ customer: at, deeds }, client) => {
      const customer = customers[at];
      return customer === undefined ? READY : doDeeds(customer, deeds, client);
    }),
    ...plan.admins.map(manageKeys),
    ...plan.mishaps.map(mishap),
  ]);
  note(doing, () => (areDone = true));
  await goOnUntil(() => areDone && steps % LOOK_EVERY === 0 && isDelivered());
  let areStopped = false;
  const stopping = Promise.all(slots.map(({ scim }) => scim.dispatcher.stop()));
  note(stopping, () => (areStopped = true));
  await goOnUntil(() => areStopped);
  isOver = true;
  for (const { log, id } of everyone)
    for (const { level, message, details } of log)
      if (level === 'error')
        surprises.push(`process ${id}: ${message} ${String(Reflect.get(details ?? {}, 'cause'))}`);
  return {
    customers,
    writes,
    tellings,
    surprises,
    counts: { ...counts, steps, tellings: tellings.all.length },
  };
}

interface Asked {
  readonly canary: string;
  readonly resourceId: string | undefined;
  readonly memberIds: readonly string[];
}

function toRequest(kind: Deed['kind'], { canary, resourceId, memberIds }: Asked) {
  const change = (value: object, ...more: readonly object[]) => ({
    method: 'PATCH',
    body: patch({ op: 'replace', value }, ...more),
  });
  const members = memberIds.map((value) => ({ value }));
  switch (kind) {
    case 'create':
      return { path: '/Users', call: { body: user(canary, { title: canary }) } };
    case 'patch':
      return { path: `/Users/${resourceId}`, call: change({ title: canary }) };
    case 'deactivate':
      return { path: `/Users/${resourceId}`, call: change({ active: false, title: canary }) };
    case 'delete':
      return { path: `/Users/${resourceId}`, call: { method: 'DELETE' } };
    case 'group':
      return { path: '/Groups', call: { body: { ...group(canary, memberIds), externalId: canary } } };
    case 'members':
      return {
        path: `/Groups/${resourceId}`,
        call: change({ externalId: canary }, { op: 'add', path: 'members', value: members }),
      };
  }
}
