/**
 * What a resource looks like to its client, as text; {@link ABSENT} = there is none of that name. States are
 * compared as wholes.
 */
export type State = string;

export const ABSENT: State = 'absent';

/** The state of a person. */
export function toPersonState(person: {
  readonly title: string;
  readonly isActive: boolean;
  readonly groups: Iterable<string>;
}): State {
  return JSON.stringify([person.title, person.isActive, [...person.groups].sort()]);
}

/** The state of a group; who is in it is a part of those people's. */
export const GROUP: State = 'group';

/** A write whose answer was read: the event that has to be there for it. */
export interface Acknowledged {
  readonly resourceId: string;
  /** undefined: the answer names none. */
  readonly version: number | undefined;
  readonly eventType: string;
}

/** One write: the state in which it leaves what it is about, by name. */
export type Effects = ReadonlyMap<string, State>;

/** What the clients of one connection know of it: what was acknowledged, and what may or may not have happened. */
export interface Ledger {
  /** The answer was read. */
  acknowledge(effects: Effects, writes: readonly Acknowledged[]): void;
  /** No answer, or one that says nothing of the outcome: each name is in its old state or in the new one. */
  doubt(effects: Effects): void;
  readonly acknowledged: readonly Acknowledged[];
  readonly doubted: number;
  /** The states a name may be in. Names nobody ever wrote are absent. */
  possible(name: string): readonly State[];
  readonly names: Iterable<string>;
}

export function createLedger(): Ledger {
  const states = new Map<string, readonly State[]>();
  const acknowledged: Acknowledged[] = [];
  let doubted = 0;
  const possible = (name: string) => states.get(name) ?? [ABSENT];
  return {
    acknowledge(effects, writes) {
      for (const [name, state] of effects) states.set(name, [state]);
      acknowledged.push(...writes);
    },
    doubt(effects) {
      doubted += 1;
      for (const [name, state] of effects) states.set(name, [...possible(name), state]);
    },
    acknowledged,
    get doubted() {
      return doubted;
    },
    possible,
    get names() {
      return states.keys();
    },
  };
}
