import { expectCreated } from '../expect.ts';
import { createUser } from '../fixtures.ts';
import { loop, type Measured, Recorder } from '../measure.ts';
import { type Directory, spread } from '../workload.ts';

export interface CreateUsersOptions {
  /** New in every run: a name is given once. */
  readonly prefix: string;
  readonly count: number;
  readonly concurrency: number;
  /** Further clients of the same directory, such as those of a second process. @default none */
  readonly others?: readonly Directory['target'][];
}

/**
 * The initial sync: POST /Users. Verified: the directory has grown by exactly what was confirmed, samples read
 * back as sent, a name that is taken gets 409.
 */
export async function createUsers(
  { target, processes, checks }: Directory,
  { prefix, count, concurrency, others = [] }: CreateUsersOptions,
): Promise<Measured> {
  const targets = [target, ...others];
  const before = await target.countUsers();
  const ids = new Map<number, string>();
  const recorder = new Recorder({ processes, checks }).start();
  await loop({ count, concurrency }, async (index) => {
    const sent = createUser(prefix, index);
    const at = targets[index % targets.length] ?? target;
    const answer = await recorder.time(() => at.createUser(sent), expectCreated(sent));
    if (answer?.json?.id !== undefined) ids.set(index, answer.json.id);
  });
  recorder.stop();

  const grown = (await target.countUsers()) - before;
  checks.ok(
    grown === recorder.count,
    `directory grew by ${grown}, but ${recorder.count} creates were confirmed`,
  );
  checks.ok(new Set(ids.values()).size === ids.size, 'created users share ids');
  const created = [...ids];
  for (const at of spread(created.length, 10)) {
    const [index, id] = created[at] ?? [0, ''];
    const { status, json } = await target.getUser(id);
    const sent = createUser(prefix, index);
    const isRight =
      status === 200 && json?.userName === sent.userName && json.name?.familyName === sent.name.familyName;
    checks.ok(isRight, `user ${index} does not read back as sent (HTTP ${status})`);
  }
  const duplicate = await target.createUser(createUser(prefix, 0));
  checks.ok(duplicate.status === 409, `duplicate userName answered ${duplicate.status}, not 409`);
  return recorder.summary();
}
