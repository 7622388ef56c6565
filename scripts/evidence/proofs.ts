import { readTags } from './tags.ts';

/** One test that ran. */
export interface Ran {
  /** From the root of the repository. */
  readonly file: string;
  /** Its own name, without the groups it stands in. */
  readonly name: string;
  readonly passed: boolean;
  /** HTTP answers read in it. */
  readonly answers: number;
  readonly expectations: number;
}

/** One line of the acceptance lists. */
export interface Requirement {
  readonly id: string;
  readonly level: string;
  readonly source: string;
  readonly title: string;
  /** Why there is no test, where there is none. */
  readonly reason?: string;
}

export interface Proof {
  readonly requirement: Requirement;
  readonly tests: readonly Ran[];
}

/** A test that names more requirements than it can show does not count for any. */
const MOST_TAGS = 3;

/** Puts to each requirement the tests that show it on an HTTP answer. */
export function collectProofs(requirements: readonly Requirement[], ran: readonly Ran[]): readonly Proof[] {
  const byTag = new Map<string, Ran[]>();
  for (const test of ran) {
    if (!test.passed || test.answers === 0 || test.expectations === 0) continue;
    const tags = new Set(readTags(test.name));
    if (tags.size > MOST_TAGS) continue;
    for (const tag of tags) {
      const known = byTag.get(tag) ?? [];
      // What runs on several databases is one test.
      if (known.some(({ file, name }) => file === test.file && name === test.name)) continue;
      byTag.set(tag, [...known, test]);
    }
  }
  return requirements.map((requirement) => ({
    requirement,
    tests: (byTag.get(requirement.id) ?? []).toSorted(
      (one, other) => compare(one.file, other.file) || compare(one.name, other.name),
    ),
  }));
}

/** Requirements that neither a test shows nor a reason excuses. */
export function findUnproven(proofs: readonly Proof[]): readonly Requirement[] {
  return proofs
    .filter(({ requirement, tests }) => tests.length === 0 && requirement.reason === undefined)
    .map(({ requirement }) => requirement);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
