import type { ConnectionScope } from './port.ts';

/**
 * Makes the proof that lets a store be read. Called in two places only: after a key was verified, and for
 * the host's own calls.
 */
export function createScope(connection: { connectionId: string; customerId: string }): ConnectionScope {
  const { connectionId, customerId } = connection;
  return Object.freeze({ connectionId, customerId }) as ConnectionScope;
}
