import { expectChanged, expectCreated, expectOneUser } from '../expect.ts';
import { createRandom, createUser, toUserName } from '../fixtures.ts';
import { loop, type Measured, Recorder } from '../measure.ts';
import { type Directory, findIds, spread } from '../workload.ts';

/** A customer's directory as `mixed` uses it. */
export interface Customer {
  readonly directory: Directory;
  readonly numbers: readonly number[];
  readonly ids: readonly string[];
  readonly groupId: string;
}

/** Looks up whom the requests will name. */
export async function toCustomer(directory: Directory, groupId: string): Promise<Customer> {
  const numbers = spread(directory.users, 20);
  return { directory, numbers, ids: await findIds(directory, numbers), groupId };
}

export interface MixedOptions {
  readonly seconds: number;
  readonly concurrency: number;
  /** New in every run. */
  readonly run: string;
}

/**
 * An ordinary day, each request to a customer by chance: six in ten find a user, two switch one on or off, one and a
 * half create one, half a one adds a member or takes it away. Nobody ever sees another customer's user.
 */
export async function mixed(
  customers: readonly Customer[],
  { seconds, concurrency, run }: MixedOptions,
): Promise<Measured> {
  const random = createRandom(7);
  const recorder = new Recorder(customers[0]?.directory).start();
  await loop({ seconds, concurrency }, (index) => {
    const customer = customers[Math.floor(random() * customers.length)];
    if (customer === undefined) throw new Error('There is no customer.');
    return sendOne(customer, { recorder, index, random, run });
  });
  return recorder.summary();
}

interface One {
  readonly recorder: Recorder;
  readonly index: number;
  readonly run: string;
  random(): number;
}

function sendOne({ directory, numbers, ids, groupId }: Customer, { recorder, index, random, run }: One) {
  const { target, prefix } = directory;
  const id = ids[Math.floor(random() * ids.length)] ?? '';
  const kind = index % 20;
  if (kind < 12) {
    const number = numbers[Math.floor(random() * numbers.length)] ?? 0;
    const name = toUserName(prefix, number);
    const isRight = expectOneUser(name, directory.toExternalId(number));
    return recorder.time(() => target.findUsers(`userName eq "${name}"`), isRight);
  }
  if (kind < 16) {
    const value = random() < 0.5;
    return recorder.time(
      () => target.patchUser(id, [{ op: 'replace', path: 'active', value }]),
      expectChanged(({ active }) => active === value),
    );
  }
  if (kind < 19) {
    const user = createUser(`mixed-${run}`, index);
    return recorder.time(() => target.createUser(user), expectCreated(user));
  }
  const isAdding = random() < 0.5;
  const operation = isAdding
    ? ({ op: 'add', path: 'members', value: [{ value: id }] } as const)
    : ({ op: 'remove', path: `members[value eq "${id}"]` } as const);
  return recorder.time(() => target.patchGroup(groupId, [operation]), expectChanged());
}
