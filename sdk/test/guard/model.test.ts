import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { HookContext, Scim } from '../../src/index.ts';
import { countInputs, runs, SEED, seconds } from '../support/counts.ts';
import { isOnPostgres, type TestDatabase } from '../support/databases.ts';
import { insertMembers, insertUsers } from '../support/many-users.ts';
import { connect, group, openScim, patch, send, user } from '../support/scim.ts';
import { PeopleModel, type Person, WindowModel } from './guard-model.ts';
import { OFF, ON } from './guarded-app.ts';

const kind = isOnPostgres() ? 'postgres' : 'sqlite';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** An app that has what its hooks told it, for several customers one after the other. */
function openApp() {
  const time = { now: Date.parse('2026-03-02T08:00:00Z') };
  const people = new Map<string, Person>();
  const members = new Set<string>();
  /** When something destructive was told that no person had asked for. */
  const destroyed: number[] = [];
  const toPerson = ({ resource }: { readonly resource: { readonly [name: string]: unknown } }): Person => ({
    active: resource.active !== false,
    title: resource.title as string | undefined,
  });
  const note = ({ reason }: HookContext) => {
    if (reason === 'request') destroyed.push(time.now);
  };
  const put = (change: Parameters<typeof toPerson>[0] & { readonly id: string }) =>
    void people.set(change.id, toPerson(change));
  const { scim, database } = openScim({
    clock: () => time.now,
    hooks: {
      userCreated: put,
      userUpdated: put,
      userReactivated: put,
      userDeactivated(change, context) {
        put(change);
        note(context);
      },
      userDeleted({ id }, context) {
        people.delete(id);
        note(context);
      },
      membersChanged({ added, removed }) {
        for (const { value } of added) members.add(value);
        for (const { value } of removed) members.delete(value);
      },
    },
  });
  return { scim, database, time, people, members, destroyed };
}

let customers = 0;

async function openCustomer({ scim, database }: { scim: Scim; database: TestDatabase }, count: number) {
  const { key, customerId, connectionId } = await connect(scim, `customer-${++customers}`);
  const ids = await insertUsers(database, connectionId, count, { active: true });
  const call = async (method: string, path: string, body?: object) => {
    const answer = await send(scim, path, { key, method, ...(body && { body }) });
    expect([method, path, answer.status < 300 || answer.status === 404]).toEqual([method, path, true]);
    return answer.body;
  };
  const listHeld = async () => {
    const { changes } = (await scim.management.getHeldChanges({ customerId, pageSize: 200 })).getOrThrow();
    return changes;
  };
  return { customerId, connectionId, ids, call, listHeld };
}

/** The most that was told within 60 minutes. */
function most(times: readonly number[]): number {
  return Math.max(0, ...times.map((end) => times.filter((at) => at <= end && at > end - HOUR).length));
}

const pick = fc.nat(999);
const deed = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('deactivate' as const), pick }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('activate' as const), pick }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('remove' as const), pick }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('retitle' as const), pick }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('create' as const), pick }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('release' as const), pick }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('reject' as const), pick }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('releaseAll' as const), pick }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rejectAll' as const), pick }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), pick: fc.nat(40) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('storm' as const), pick }) },
);

test(
  `inv-I16 ${kind}, P22, P23: whatever people do and a person decides, the app was told what the model says`,
  async () => {
    const app = openApp();
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { minLength: 10, maxLength: 40 }), async (deeds) => {
        const { scim, time, people, destroyed } = app;
        people.clear();
        destroyed.length = 0;
        const { customerId, ids, call, listHeld } = await openCustomer(app, 75);
        const model = new PeopleModel();
        for (const id of ids) {
          model.add(id);
          people.set(id, { active: true, title: undefined });
        }
        let restarts = 0;
        for (const { kind: what, pick: number } of deeds) {
          const all = [...model.entries.keys()];
          const id = String(all[number % all.length]);
          switch (what) {
            case 'deactivate':
              await call('PATCH', `/Users/${id}`, patch(OFF));
              model.deactivate(id, time.now);
              break;
            case 'storm':
              for (let next = 0; next < 12; next++) {
                const one = String(all[(number + next) % all.length]);
                await call('PATCH', `/Users/${one}`, patch(OFF));
                model.deactivate(one, time.now);
              }
              break;
            case 'activate':
              await call('PATCH', `/Users/${id}`, patch(ON));
              model.activate(id);
              break;
            case 'retitle': {
              const title = `title ${number}`;
              await call('PATCH', `/Users/${id}`, patch({ op: 'replace', path: 'title', value: title }));
              model.retitle(id, title);
              break;
            }
            case 'remove':
              await call('DELETE', `/Users/${id}`);
              model.remove(id, time.now);
              break;
            case 'create':
              model.add((await call('POST', '/Users', user(`new-${customers}-${all.length}`))).id);
              break;
            case 'release':
              await scim.management.releaseHeldChanges({ customerId, ids: [id] });
              model.release([id]);
              restarts += 1;
              break;
            case 'releaseAll':
              await scim.management.releaseHeldChanges({ customerId, all: true });
              model.release(undefined);
              restarts += 1;
              break;
            case 'reject':
              await scim.management.rejectHeldChanges({ customerId, ids: [id] });
              model.reject([id]);
              break;
            case 'rejectAll':
              await scim.management.rejectHeldChanges({ customerId, all: true });
              model.reject(undefined);
              break;
            case 'wait':
              time.now += number * MINUTE + 1_234;
              break;
          }
          expect(people, what).toEqual(model.app());
        }
        const held = (await listHeld()).map((change) => [change.id, change.state]);
        expect(held.sort()).toEqual([...model.held()].map((one) => [...one]).sort());
        if (restarts === 0 && !model.window.wasUnguarded)
          expect(most(destroyed)).toBeLessThanOrEqual(model.window.highest);
        countInputs(`I16 histories of people, ${kind}`);
        time.now += 3 * HOUR;
      }),
      { numRuns: runs(12), seed: SEED },
    );
  },
  seconds(120),
);

const memberDeed = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('remove' as const), from: fc.nat(119), count: fc.nat(60) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('add' as const), from: fc.nat(119), count: fc.nat(40) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('replace' as const), from: fc.nat(119), count: fc.nat(90) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('empty' as const), from: fc.nat(0), count: fc.nat(0) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('release' as const), from: fc.nat(0), count: fc.nat(0) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('reject' as const), from: fc.nat(0), count: fc.nat(0) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), from: fc.nat(0), count: fc.nat(50) }),
  },
);

test(
  `inv-I16 ${kind}, case-S27: whatever becomes of a group, the app has the members the model says`,
  async () => {
    const app = openApp();
    await fc.assert(
      fc.asyncProperty(fc.array(memberDeed, { minLength: 5, maxLength: 25 }), async (deeds) => {
        const { scim, database, time, members } = app;
        members.clear();
        const { customerId, connectionId, ids, call, listHeld } = await openCustomer(app, 120);
        const path = `/Groups/${(await call('POST', '/Groups', group('All'))).id}`;
        const groupId = path.slice('/Groups/'.length);
        await insertMembers(database, { connectionId, groupId, from: 20 });
        for (const id of ids.slice(20)) members.add(id);
        const window = new WindowModel();
        let stored = new Set(members);
        let told = new Set(members);
        for (const { kind: what, from, count } of deeds) {
          const chosen = ids.filter((_id, at) => (at - from + 120) % 120 < count);
          const values = chosen.map((value) => ({ value }));
          const before = stored;
          if (what === 'wait') time.now += count * MINUTE;
          else if (what === 'release') {
            const { asked } = (
              await scim.management.releaseHeldChanges({ customerId, all: true })
            ).getOrThrow();
            if (asked > 0) {
              told = new Set(stored);
              window.startAnew();
            }
          } else if (what === 'reject') await scim.management.rejectHeldChanges({ customerId, all: true });
          else {
            stored = change(before, what, chosen);
            const operation =
              what === 'replace'
                ? { op: 'replace', path: 'members', value: values }
                : what === 'empty'
                  ? { op: 'remove', path: 'members' }
                  : { op: what, path: 'members', value: values };
            if (what !== 'empty' && what !== 'replace' && count === 0) continue;
            await call('PATCH', path, patch(operation));
            const removed = [...before].filter((id) => !stored.has(id));
            const isMass = before.size >= 20 && removed.length * 5 > before.size;
            const isHeld = isMass && !window.passes(removed.length, time.now, () => 120);
            for (const id of stored) told.add(id);
            if (!isHeld) for (const id of removed) told.delete(id);
          }
          expect(members, what).toEqual(told);
        }
        const held = (await listHeld()).reduce((sum, one) => sum + one.members, 0);
        expect(held).toBe([...told].filter((id) => !stored.has(id)).length);
        countInputs(`I16 histories of a group, ${kind}`);
        time.now += 3 * HOUR;
      }),
      { numRuns: runs(12), seed: SEED },
    );
  },
  seconds(120),
);

function change(
  before: ReadonlySet<string>,
  what: 'add' | 'remove' | 'replace' | 'empty',
  chosen: readonly string[],
): Set<string> {
  if (what === 'empty') return new Set();
  if (what === 'replace') return new Set(chosen);
  if (what === 'add') return new Set([...before, ...chosen]);
  return new Set([...before].filter((id) => !chosen.includes(id)));
}
