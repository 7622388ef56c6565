/** What a process is stopped by: nothing of it goes on while its gate is closed. */
export interface Gate {
  readonly isOpen: boolean;
  /** Resolves when it is open; never again once the process is dead. */
  pass(): Promise<void>;
  close(): void;
  /** Opens it again, unless the process has died meanwhile. */
  open(): void;
  kill(): void;
  /** Resolves when the process has died. */
  readonly died: Promise<void>;
}

export function createGate(): Gate {
  let state: 'open' | 'closed' | 'dead' = 'open';
  let waiting: (() => void)[] = [];
  const { promise: died, resolve: noteDeath } = Promise.withResolvers<void>();
  return {
    get isOpen() {
      return state === 'open';
    },
    pass: () =>
      state === 'open' ? Promise.resolve() : new Promise<void>((resolve) => void waiting.push(resolve)),
    close() {
      if (state === 'open') state = 'closed';
    },
    open() {
      if (state !== 'closed') return;
      state = 'open';
      const released = waiting;
      waiting = [];
      for (const go of released) go();
    },
    kill() {
      state = 'dead';
      waiting = [];
      noteDeath();
    },
    died,
  };
}
