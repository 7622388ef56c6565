import { expectChanged } from '../expect.ts';
import { loop, type Measured, Recorder } from '../measure.ts';
import { countMembers, type Directory } from '../workload.ts';

export interface ChangeMembersOptions {
  readonly groupId: string;
  /** Members the group has. */
  readonly size: number;
  /** Users who are no members of it. */
  readonly others: readonly string[];
  /** How often one is added and removed again. */
  readonly count: number;
  /** Longest time, in seconds. */
  readonly seconds: number;
}

/**
 * Adds one member to a group and removes it again, one request after the other. The group is counted before, after
 * a first add, and at the end; what that costs is not charged.
 */
export async function changeMembers(
  { target, processes, checks }: Directory,
  { groupId, size, others, count, seconds }: ChangeMembersOptions,
): Promise<Measured> {
  const add = (id: string) =>
    target.patchGroup(groupId, [{ op: 'add', path: 'members', value: [{ value: id }] }]);
  const remove = (id: string) =>
    target.patchGroup(groupId, [{ op: 'remove', path: `members[value eq "${id}"]` }]);

  const first = others[0] ?? '';
  const before = await countMembers(target, groupId);
  checks.ok(before.distinct === size, `group was built with ${size} members but reports ${before.distinct}`);
  await add(first);
  const grown = await countMembers(target, groupId);
  checks.ok(
    grown.count === before.count + 1,
    `after adding one member the group has ${grown.count}, expected ${before.count + 1}`,
  );
  await remove(first);

  const recorder = new Recorder({ processes, checks }).start();
  await loop({ count, seconds }, async (index) => {
    const id = others[index % others.length] ?? '';
    await recorder.time(() => add(id), expectChanged());
    await recorder.time(() => remove(id), expectChanged());
  });
  recorder.stop();
  const after = await countMembers(target, groupId);
  checks.ok(
    after.count === size && after.distinct === size,
    `after adds and removes the group has ${after.count} members (${after.distinct} distinct), expected ${size}`,
  );
  return recorder.summary();
}
