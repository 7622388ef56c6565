import type { KeyWithConnection } from '../../src/store/connections.ts';
import type { Store } from '../../src/store/port.ts';

/** Makes something wrong of the stores of one run. */
export type Spoiler = () => (store: Store) => Store;

/** Whoever has lost the right to deliver writes down what it did all the same. */
export const withoutFence: Spoiler = () => {
  const newest = new Map<string, number>();
  return (store) => ({
    ...store,
    deliveries: {
      ...store.deliveries,
      async claim(wanted) {
        const claimed = await store.deliveries.claim(wanted);
        if (claimed !== undefined) newest.set(wanted.connectionId, claimed.claim.fence);
        return claimed;
      },
      settle: (claim, outcome) =>
        store.deliveries.settle({ ...claim, fence: newest.get(claim.connectionId) ?? claim.fence }, outcome),
    },
  });
};

/** An event counts as delivered once it is read. */
export const withHastyCursor: Spoiler = () => (store) => {
  const read = new Map<string, number>();
  return {
    ...store,
    events: {
      ...store.events,
      async read(connectionId, range) {
        const events = await store.events.read(connectionId, range);
        const last = events.at(-1);
        if (last !== undefined) read.set(connectionId, last.position);
        return events;
      },
    },
    deliveries: {
      ...store.deliveries,
      settle: (claim, outcome) =>
        store.deliveries.settle(claim, {
          ...outcome,
          position: Math.max(outcome.position, read.get(claim.connectionId) ?? 0),
        }),
    },
  };
};

/** A key that was looked up once is not looked up again. */
export const withKeyCache: Spoiler = () => (store) => {
  const known = new Map<string, KeyWithConnection>();
  return {
    ...store,
    connections: {
      ...store.connections,
      async findKey(keyId) {
        const found = known.get(keyId) ?? (await store.connections.findKey(keyId));
        if (found !== undefined) known.set(keyId, found);
        return found;
      },
    },
  };
};

/** Every so many writes one is acknowledged that was rolled back. */
const LOST_EVERY = 5;

export const withLostWrites: Spoiler = () => {
  let writes = 0;
  return (store) => ({
    ...store,
    async changeResources(scope, work, signal) {
      writes += 1;
      if (writes % LOST_EVERY !== 0) return store.changeResources(scope, work, signal);
      const done: Awaited<ReturnType<typeof work>>[] = [];
      const rollingBack = new Error('lost');
      const giveUp = async (tx: Parameters<typeof work>[0]) => {
        done.push(await work(tx));
        throw rollingBack;
      };
      await store.changeResources(scope, giveUp, signal).catch((error: unknown) => {
        if (error !== rollingBack) throw error;
      });
      return done[0] as Awaited<ReturnType<typeof work>>;
    },
  });
};
