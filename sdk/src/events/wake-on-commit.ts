import type { Store } from '../store/port.ts';

/** A store that says whose resources were changed, once that is committed. */
export function wakeOnCommit(store: Store, wake: (connectionId: string) => void): Store {
  return {
    ...store,
    async changeResources(scope, work, signal) {
      const result = await store.changeResources(scope, work, signal);
      wake(scope.connectionId);
      return result;
    },
  };
}
