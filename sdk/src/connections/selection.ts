import type { ConnectionReader, ConnectionRecord, ConnectionWriter } from '../store/connections.ts';
import { MisuseError } from './parameters.ts';
import type { SelectionError } from './result.ts';

/**
 * Which connection is meant. With both given, the connection must belong to that customer: hosts that take a
 * connection's id from a request name the customer of the session beside it.
 */
export type ConnectionSelector =
  | { readonly scimConnectionId: string; readonly customerId?: string | undefined }
  | { readonly customerId: string; readonly scimConnectionId?: undefined };

/** A selector as parsed, before it is known that it names anything. */
export interface SelectorFields {
  readonly scimConnectionId?: string | undefined;
  readonly customerId?: string | undefined;
}

/** @throws MisuseError when it names nothing: an empty selector must not mean "any". */
export function assertSelector({ scimConnectionId, customerId }: SelectorFields): void {
  if (scimConnectionId !== undefined || customerId !== undefined) return;
  throw new MisuseError('scim.management: select a connection by { scimConnectionId } or { customerId }.');
}

export type Selection =
  | { readonly ok: true; readonly connection: ConnectionRecord }
  | { readonly ok: false; readonly error: SelectionError };

/** Finds the connection meant. Another customer's connection is as absent as one that never was. */
export async function selectConnection(
  connections: ConnectionReader,
  { scimConnectionId, customerId }: SelectorFields,
): Promise<Selection> {
  if (scimConnectionId !== undefined) {
    const connection = await connections.find(scimConnectionId);
    const isMeant = customerId === undefined || connection?.customerId === customerId;
    return connection !== undefined && isMeant ? { ok: true, connection } : NOT_FOUND;
  }
  const found = customerId === undefined ? [] : await connections.findByCustomer(customerId);
  const [connection] = found;
  if (connection === undefined) return NOT_FOUND;
  return found.length === 1 ? { ok: true, connection } : AMBIGUOUS;
}

/** {@link selectConnection}, to change what it has: nobody else changes it until this transaction has ended. */
export async function selectToChange(tx: ConnectionWriter, selector: SelectorFields): Promise<Selection> {
  const selected = await selectConnection(tx, selector);
  if (!selected.ok) return selected;
  const { connectionId } = selected.connection;
  await tx.lock(connectionId);
  const connection = await tx.find(connectionId);
  return connection === undefined ? NOT_FOUND : { ok: true, connection };
}

const NOT_FOUND: Selection = { ok: false, error: { type: 'ScimConnectionNotFound' } };
const AMBIGUOUS: Selection = { ok: false, error: { type: 'AmbiguousConnection' } };
