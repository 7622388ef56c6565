/** What a consumer is told: which version of a resource, for the how-manieth time, and when (virtual milliseconds). */
export interface Try {
  readonly version: number;
  readonly attempt: number;
  readonly at: number;
}

/** An event that waits: for its turn, or for a further try. */
interface Waiting {
  readonly version: number;
  readonly failures: number;
  readonly attempts: number;
  readonly firstAt: number;
  readonly dueAt: number | null;
}

export interface Dead {
  readonly resourceId: string;
  readonly version: number;
  readonly attempts: number;
  readonly firstAt: number;
  readonly givenUpAt: number;
}

/**
 * What is promised of delivery, in a few lines: the events of a resource one after the other, each again after the
 * next pause until it is dealt with or given up. No resource knows of another one.
 */
export class QueueModel {
  readonly #delaysMs: readonly number[];
  readonly #queues = new Map<string, Waiting[]>();
  readonly tries = new Map<string, Try[]>();
  dead: Dead[] = [];

  constructor(delaysMs: readonly number[]) {
    this.#delaysMs = delaysMs;
  }

  /** An event happens whose handler fails so often before it works. */
  add(resourceId: string, { version, failures, now }: { version: number; failures: number; now: number }) {
    const queue = this.#queues.get(resourceId) ?? [];
    this.#queues.set(resourceId, queue);
    queue.push({ version, failures, attempts: 0, firstAt: now, dueAt: null });
    if (queue.length === 1) this.#work(resourceId, now);
  }

  /** The clock goes on. */
  pass(now: number) {
    for (const [resourceId, [head]] of this.#queues)
      if (head !== undefined && (head.dueAt ?? now) <= now) this.#work(resourceId, now);
  }

  /** Everything works from now on, and what was given up is told again. */
  cure(now: number) {
    for (const { resourceId, version } of this.dead) this.#note(resourceId, { version, attempt: 1, at: now });
    this.dead = [];
  }

  /** What was given up and is not to be told again. */
  discard(given: Dead) {
    this.dead = this.dead.filter((one) => one !== given);
  }

  /** When the last of the resources is due that wait for a further try; undefined = none waits. */
  lastDue(): number | undefined {
    const due = [...this.#queues.values()].flatMap(([head]) => head?.dueAt ?? []);
    return due.length === 0 ? undefined : Math.max(...due);
  }

  /** One line for each event that waits. */
  waiting(): readonly string[] {
    return [...this.#queues].flatMap(([resourceId, queue]) =>
      queue.map(({ version, attempts, dueAt }) => toLine(resourceId, { version, attempts, dueAt })),
    );
  }

  count(): number {
    return [...this.tries.values()].reduce((sum, tries) => sum + tries.length, 0);
  }

  #work(resourceId: string, now: number) {
    const queue = this.#queues.get(resourceId) ?? [];
    for (let [head] = queue; head !== undefined; [head] = queue) {
      const attempts = head.attempts + 1;
      const firstAt = head.attempts === 0 ? now : head.firstAt;
      this.#note(resourceId, { version: head.version, attempt: attempts, at: now });
      const delay = this.#delaysMs[attempts - 1];
      if (head.failures >= attempts && delay !== undefined) {
        queue[0] = { ...head, attempts, firstAt, dueAt: now + delay };
        return;
      }
      queue.shift();
      if (head.failures >= attempts)
        this.dead.push({ resourceId, version: head.version, attempts, firstAt, givenUpAt: now });
    }
  }

  #note(resourceId: string, one: Try) {
    const own = this.tries.get(resourceId) ?? [];
    own.push(one);
    this.tries.set(resourceId, own);
  }
}

/** How an event that waits is compared. */
export function toLine(
  resourceId: string,
  { version, attempts, dueAt }: { version: number; attempts: number; dueAt: number | null },
): string {
  return `${resourceId} ${version} tried ${attempts} due ${dueAt === null ? 'behind another' : dueAt / 1000}`;
}
