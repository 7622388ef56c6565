import type { ConnectionScope, Store } from '../../src/store/port.ts';

/** Waits until the scheduler lets the process go on. */
export type Step = (label: string) => Promise<void>;

/**
 * A store each call of which has two moments that anything else may come before: when it is carried out, and when
 * its answer arrives. What it does in between, a transaction say, it does at once: the database lets nobody in.
 */
export function scheduleStore(store: Store, step: Step): Store {
  const run = async <T>(label: string, call: () => Promise<T>): Promise<T> => {
    await step(label);
    try {
      return await call();
    } finally {
      await step(`${label} answered`);
    }
  };
  const part = <T extends object>(name: string, calls: T): T => scheduleCalls(calls, name, run);
  const ofScope = <T extends object>(name: string, open: (scope: ConnectionScope) => T) => {
    return (scope: ConnectionScope) => part(name, open(scope));
  };
  return {
    ...store,
    connections: part('connections', store.connections),
    events: part('events', store.events),
    deliveries: part('deliveries', store.deliveries),
    webhooks: part('webhooks', store.webhooks),
    resources: ofScope('resources', store.resources),
    effects: ofScope('effects', store.effects),
    history: ofScope('history', store.history),
    secret: (name) => run('secret', () => store.secret(name)),
    changeConnections: (work) => run('changeConnections', () => store.changeConnections(work)),
    changeResources: (scope, work, signal) =>
      run('changeResources', () => store.changeResources(scope, work, signal)),
  };
}

/** Parts of the store have methods that answer promises, and parts of their own. */
function scheduleCalls<T extends object>(
  target: T,
  name: string,
  run: <R>(label: string, call: () => Promise<R>) => Promise<R>,
): T {
  return new Proxy(target, {
    get(calls, key) {
      const member: unknown = Reflect.get(calls, key);
      const label = `${name}.${String(key)}`;
      if (typeof member === 'object' && member !== null) return scheduleCalls(member, label, run);
      // A walk over parts answers no promise; a group of the size that has several is not met here.
      if (typeof member !== 'function' || key === 'memberParts') return member;
      return (...values: unknown[]) => run(label, () => Reflect.apply(member, calls, values));
    },
  });
}
