import { groupPath, post } from '../message.ts';
import type { Scenario } from '../persona.ts';
import { playSecondCycle } from '../second-cycle.ts';
import { type EntraDialect, entraGroup, entraUser } from './entra-dialect.ts';
import { checkMembers, create, createMany, deleteOne } from './steps.ts';

const BATCH = 100;
/** Entra ID works on so many changes of one group at once. */
const AT_ONCE = 8;

/** A large group, filled in batches and then changed by requests that overtake each other. */
export function createEntraLargeGroup(dialect: EntraDialect): Scenario {
  return {
    name: 'large-group',
    sequences: ['S7'],
    title: 'A group of 1,000 members (--members), and eight changes of it at once',
    async run(session) {
      const { names } = session;
      const count = session.sizes.members ?? 1000;
      const all = await createMany(session, {
        id: 'create-users',
        title: `create ${count + AT_ONCE} users`,
        requests: Array.from({ length: count + AT_ONCE }, () => post('/Users', entraUser(names.person()))),
      });
      const people = all.slice(0, count);
      const latecomers = all.slice(count);
      const displayName = names.groupName();
      const group = await create(session, {
        id: 'create-group',
        title: 'create the group',
        concern: 'group',
        tolerances: ['T13'],
        request: post('/Groups', entraGroup(displayName, names.uuid())),
        has: { displayName },
      });
      const change = { concern: 'group', status: [204, 200] } as const;
      const batches = Array.from({ length: Math.ceil(count / BATCH) }, (_, index) =>
        dialect.addMembers(group, people.slice(index * BATCH, (index + 1) * BATCH)),
      );
      await session.sendMany({
        ...change,
        id: 'add-batches',
        title: `add ${count} members, ${BATCH} at a time`,
        concurrency: 1,
        requests: batches,
      });
      await session.sendMany({
        ...change,
        id: 'add-at-once',
        title: 'add eight members at once, a request each',
        tolerances: ['T28'],
        concurrency: AT_ONCE,
        requests: latecomers.map((member) => dialect.addMembers(group, [member])),
      });
      await checkMembers(session, {
        id: 'no-member-lost',
        title: 'no member was lost',
        tolerances: ['T28'],
        group,
        ids: all,
      });
      await session.sendMany({
        ...change,
        id: 'remove-at-once',
        title: 'remove the eight at once, a request each',
        tolerances: [...dialect.removalTolerances, 'T28'],
        concurrency: AT_ONCE,
        requests: latecomers.map((member) => dialect.removeMember(group, member)),
      });
      await checkMembers(session, {
        id: 'only-those-removed',
        title: 'only those are gone',
        tolerances: [...dialect.removalTolerances, 'T28'],
        group,
        ids: people,
      });
      await session.sendMany({
        ...change,
        id: 'remove-absent',
        title: 'remove the eight once more, being absent',
        tolerances: ['T6'],
        concurrency: AT_ONCE,
        requests: latecomers.map((member) => dialect.removeMember(group, member)),
      });
      await playSecondCycle(session, async () => {
        await session.sendMany({
          ...change,
          id: 'same-batches',
          title: `the same ${count} members again`,
          tolerances: ['T7'],
          concurrency: 1,
          requests: batches,
        });
      });
      await checkMembers(session, {
        id: 'members-at-end',
        title: 'the members are as before',
        group,
        ids: people,
      });
      if (!session.keep) await deleteOne(session, { path: groupPath(group), what: 'group' });
    },
  };
}
