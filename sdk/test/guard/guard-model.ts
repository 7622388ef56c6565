const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The rule of P22 in its plainest form: a list of what passed, and when. */
export class WindowModel {
  #passed: { readonly at: number; readonly weight: number }[] = [];
  #openedAt = Number.NEGATIVE_INFINITY;
  #activeUsers = 0;
  /** Whether something passed because there were too few users to be guarded. */
  wasUnguarded = false;
  /** The highest threshold there was. */
  highest = 0;

  passes(weight: number, now: number, countActive: () => number): boolean {
    if (now - this.#openedAt >= HOUR) {
      const activeUsers = countActive();
      if (activeUsers < 50) {
        this.wasUnguarded = true;
        return true;
      }
      this.#openedAt = now;
      this.#activeUsers = activeUsers;
    }
    const threshold = Math.max(20, Math.floor(this.#activeUsers / 5));
    this.highest = Math.max(this.highest, threshold);
    const first = Math.floor((now - HOUR) / MINUTE) * MINUTE;
    const recent = this.#passed.filter(({ at }) => at >= first).reduce((sum, one) => sum + one.weight, 0);
    if (recent + weight > threshold) return false;
    this.#passed.push({ at: now, weight });
    return true;
  }

  startAnew(): void {
    this.#passed = [];
    this.#openedAt = Number.NEGATIVE_INFINITY;
  }
}

/** A person as the directory or the app has it; undefined = has none. */
export interface Person {
  readonly active: boolean;
  readonly title: string | undefined;
}

interface Entry {
  directory: Person | undefined;
  app: Person | undefined;
  held: 'waiting' | 'rejected' | undefined;
}

/** What the app must have been told of the people of a directory. */
export class PeopleModel {
  readonly window = new WindowModel();
  readonly entries = new Map<string, Entry>();

  add(id: string): void {
    const person = { active: true, title: undefined };
    this.entries.set(id, { directory: person, app: person, held: undefined });
  }

  activate(id: string): void {
    const entry = this.#entry(id);
    if (entry.directory === undefined) return;
    entry.directory = { ...entry.directory, active: true };
    entry.app = entry.directory;
    entry.held = undefined;
  }

  retitle(id: string, title: string): void {
    const entry = this.#entry(id);
    if (entry.directory === undefined) return;
    entry.directory = { ...entry.directory, title };
    if (entry.held === undefined) entry.app = entry.directory;
  }

  deactivate(id: string, now: number): void {
    const entry = this.#entry(id);
    if (!entry.directory?.active) return;
    const passes = this.#passes(now);
    entry.directory = { ...entry.directory, active: false };
    if (passes) entry.app = entry.directory;
    else entry.held = 'waiting';
  }

  remove(id: string, now: number): void {
    const entry = this.#entry(id);
    if (entry.directory === undefined) return;
    const passes = entry.held !== 'waiting' && this.#passes(now);
    entry.directory = undefined;
    if (passes) entry.app = undefined;
    entry.held = passes ? undefined : 'waiting';
  }

  release(ids: readonly string[] | undefined): void {
    const chosen = [...this.entries].filter(([id, { held }]) =>
      ids === undefined ? held === 'waiting' : held !== undefined && ids.includes(id),
    );
    for (const [, entry] of chosen) {
      entry.app = entry.directory;
      entry.held = undefined;
    }
    if (chosen.length > 0 && !this.#isAnyWaiting()) this.window.startAnew();
  }

  reject(ids: readonly string[] | undefined): void {
    for (const [id, entry] of this.entries) {
      if (entry.held === 'waiting' && (ids === undefined || ids.includes(id))) entry.held = 'rejected';
    }
  }

  /** What the app has, by id. */
  app(): ReadonlyMap<string, Person> {
    return new Map([...this.entries].flatMap(([id, { app }]) => (app === undefined ? [] : [[id, app]])));
  }

  held(): readonly (readonly [string, string])[] {
    return [...this.entries].flatMap(([id, { held }]) => (held === undefined ? [] : [[id, held] as const]));
  }

  #entry(id: string): Entry {
    const entry = this.entries.get(id);
    if (entry === undefined) throw new Error(`Nobody is called ${id}.`);
    return entry;
  }

  #isAnyWaiting(): boolean {
    return [...this.entries.values()].some(({ held }) => held === 'waiting');
  }

  /** Asked before the directory changes: the app counts those as active whom it takes to be. */
  #passes(now: number): boolean {
    const countActive = () => [...this.entries.values()].filter(({ app }) => app?.active).length;
    return this.window.passes(1, now, countActive);
  }
}
