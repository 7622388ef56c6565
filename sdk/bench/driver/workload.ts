import { expectStatus } from './expect.ts';
import { toUserName } from './fixtures.ts';
import { type Checks, loop } from './measure.ts';
import type { Processes } from './processes.ts';
import type { Target } from './target.ts';

/** What a workload runs against: a directory of one customer, and who pays for it. */
export interface Directory {
  readonly target: Target;
  /** Charged with the requests. */
  readonly processes: Processes;
  /** Notes what was found wrong. */
  readonly checks: Checks;
  /** Users 0 … `users` - 1 of {@link prefix} are there. */
  readonly users: number;
  readonly prefix: string;
  toExternalId(index: number): string;
}

/** Ids of the users with these numbers, asked for one by one; not measured. */
export async function findIds(
  { target, prefix }: Directory,
  numbers: readonly number[],
): Promise<readonly string[]> {
  const ids: string[] = new Array(numbers.length);
  await loop({ count: numbers.length, concurrency: 8 }, async (at) => {
    const answer = await target.findUsers(`userName eq "${toUserName(prefix, numbers[at] ?? 0)}"`);
    const id = answer.json?.Resources?.[0]?.id;
    if (typeof id !== 'string')
      throw new Error(`User ${numbers[at]} of ${prefix} is not there: HTTP ${answer.status}`);
    ids[at] = id;
  });
  return ids;
}

/** `count` numbers below `total`, evenly spread. */
export function spread(total: number, count: number): readonly number[] {
  const step = Math.max(1, Math.floor(total / count));
  return Array.from({ length: Math.min(count, total) }, (_, at) => at * step);
}

/** Makes a group without members. Answers its id. */
export async function makeGroup(target: Target, group: object): Promise<string> {
  const answer = await target.createGroup(group);
  const problem = expectStatus(answer, 201);
  if (problem !== undefined || answer.json?.id === undefined)
    throw new Error(`No group was made: ${problem}`);
  return answer.json.id;
}

/** How many members a group is said to have, and how many different ones. */
export async function countMembers(target: Target, groupId: string) {
  const answer = await target.getGroup(groupId);
  const problem = expectStatus(answer, 200);
  if (problem) throw new Error(`A group cannot be read: ${problem}`);
  const members = answer.json?.members ?? [];
  return { count: members.length, distinct: new Set(members.map(({ value }) => value)).size };
}
