import { expect, test } from 'vitest';
import { expectChanged, expectCreated, expectOneUser, expectStatus } from '../../bench/driver/expect.ts';
import { createGroup, createUser, toUserName } from '../../bench/driver/fixtures.ts';
import { loop } from '../../bench/driver/measure.ts';
import { makeGroup } from '../../bench/driver/workload.ts';
import { createRecorder, isLong, LONG_ONLY, report } from './load.ts';
import { type Load, startLoad } from './start-server.ts';

const USERS = 10_000;
const GROUPS = 100;
const MEMBERS_EACH = 200;
/** What one request adds. */
const BATCH = 100;
const CONCURRENCY = 8;

test.skipIf(!isLong)(
  `load-L3 inv-I12: the first sync of 10,000 users, 100 groups and 20,000 memberships; the second one writes nothing${LONG_ONLY}`,
  { timeout: 1_200_000 },
  async () => {
    const load = await startLoad({
      limits: { rateLimit: false, maxConcurrentRequests: false, failedAuthenticationsPerMinute: false },
    });
    const target = await load.connect('acme');
    const begin = performance.now();

    const creating = createRecorder();
    const ids: string[] = [];
    await loop({ count: USERS, concurrency: CONCURRENCY }, async (index) => {
      const user = createUser('acme', index);
      const answer = await creating.time(() => target.createUser(user), expectCreated(user));
      ids[index] = String(answer?.json?.id);
    });
    report(`load-L3 ${load.store} creates`, creating.summary(), {
      bounds: { rate: load.store === 'SQLite' ? 120 : 200 },
    });

    const groupIds: string[] = [];
    for (let index = 0; index < GROUPS; index += 1)
      groupIds.push(await makeGroup(target, createGroup('acme', index)));
    const toBatch = (index: number) => {
      const at = index % (MEMBERS_EACH / BATCH);
      const group = Math.floor(index / (MEMBERS_EACH / BATCH));
      const numbers = Array.from({ length: BATCH }, (_, of) => (group * 97 + at * BATCH + of) % USERS);
      return { groupId: groupIds[group] ?? '', value: numbers.map((number) => ({ value: ids[number] })) };
    };
    const addMembers = async (name: string) => {
      const recorder = createRecorder();
      await loop({ count: GROUPS * (MEMBERS_EACH / BATCH), concurrency: CONCURRENCY }, async (index) => {
        const { groupId, value } = toBatch(index);
        const add = { op: 'add', path: 'members', value } as const;
        await recorder.time(() => target.patchGroup(groupId, [add]), expectChanged());
      });
      report(`load-L3 ${load.store} ${name}`, recorder.summary());
    };
    await addMembers('memberships');
    const minutes = (performance.now() - begin) / 60_000;
    console.log(
      `load-L3 ${load.store}: the first sync took ${minutes.toFixed(2)} min, at most ${load.readPeakRssMb().toFixed(0)} MB`,
    );
    expect.soft(minutes).toBeLessThan(3);

    const before = await takeState(load);
    expect(before.members).toBe(GROUPS * MEMBERS_EACH);
    const again = createRecorder();
    await loop({ count: USERS, concurrency: CONCURRENCY }, async (index) => {
      const name = toUserName('acme', index);
      await again.time(() => target.findUsers(`userName eq "${name}"`), expectOneUser(name));
      await again.time(
        () => target.putUser(ids[index] ?? '', createUser('acme', index)),
        (answer) => expectStatus(answer, 200),
      );
    });
    report(`load-L3 ${load.store} second cycle`, again.summary());
    await addMembers('memberships again');
    expect(await takeState(load)).toEqual(before);
  },
);

/** Whatever a write would change. */
async function takeState({ database }: Load) {
  const one = async (sql: string) => Number((await database.rows(sql))[0]?.value);
  return {
    versions: await one('SELECT sum(version) AS value FROM {p}resources'),
    resources: await one('SELECT count(*) AS value FROM {p}resources'),
    members: await one('SELECT count(*) AS value FROM {p}members'),
    events: await one('SELECT count(*) AS value FROM {p}events'),
  };
}
