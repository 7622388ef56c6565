import type { Scenario } from '../persona.ts';
import { checkMembers, createMany } from '../personas/steps.ts';
import { SimulationError } from '../simulation-error.ts';

/** Many of each, for load and for a look at an app with data in it (`--keep`). */
export const bulk: Scenario = {
  name: 'bulk',
  sequences: [],
  title: 'Many users (--users), groups (--groups) and members in each (--members)',
  async run(session) {
    const { persona, names, sizes } = session;
    const { requests } = persona;
    const groupCount = requests.groups === undefined ? 0 : (sizes.groups ?? 10);
    const memberCount = groupCount === 0 ? 0 : (sizes.members ?? 10);
    const userCount = sizes.users ?? Math.max(100, memberCount);
    if (memberCount > userCount) {
      throw new SimulationError(
        'usage',
        `${memberCount} members need as many users: --users ${memberCount}.`,
      );
    }
    const users = await createMany(session, {
      id: 'create-users',
      title: `create ${userCount} users`,
      requests: Array.from({ length: userCount }, () => requests.createUser(names.person())),
    });
    const { groups } = requests;
    if (groups === undefined) return;
    const displayNames = Array.from({ length: groupCount }, () => names.groupName());
    const ids = await createMany(session, {
      id: 'create-groups',
      title: `create ${groupCount} groups`,
      concern: 'group',
      requests: displayNames.map((displayName) => groups.create(displayName)),
    });
    // The groups share members, and together have as many different ones as there are users.
    const membersOf = (index: number) =>
      Array.from(
        { length: memberCount },
        (_, member) => users[(index * memberCount + member) % userCount] ?? '',
      );
    const steps = ids.flatMap((id, index) => {
      const all = membersOf(index);
      const group = { id, displayName: displayNames[index] ?? '' };
      return Array.from({ length: Math.ceil(all.length / groups.batch) }, (_, batch) => {
        const end = Math.min(all.length, (batch + 1) * groups.batch);
        return groups.addMembers(group, {
          added: all.slice(batch * groups.batch, end),
          all: all.slice(0, end),
        });
      });
    });
    await session.sendMany({
      id: 'add-members',
      title: `add ${memberCount} members to each group, ${groups.batch} at a time`,
      concern: 'group',
      // A list of all members must not be overtaken by a shorter one.
      concurrency: 1,
      requests: steps,
      status: [200, 204],
    });
    const last = ids.length - 1;
    await checkMembers(session, {
      id: 'members-complete',
      title: 'the last group has its members',
      group: ids[last] ?? '',
      ids: membersOf(last),
    });
  },
};
