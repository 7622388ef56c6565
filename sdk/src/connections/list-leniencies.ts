import { LENIENCIES, type Leniency } from '../protocol/leniency/leniency.ts';
import type { ManagementOptions } from './management-context.ts';
import { requireParameters, selectionSchema } from './parameters.ts';
import { Failure, type ManagementResult, type SelectionError, Success } from './result.ts';
import { assertSelector, type ConnectionSelector, selectConnection } from './selection.ts';

/** A vendor tolerance a connection's requests have needed. */
export interface ScimLeniency {
  readonly name: string;
  /** Who is known to need it, and why. */
  readonly evidence: string;
  /** Requests that needed it. */
  readonly count: number;
  /** UNIX seconds. */
  readonly lastUsedAt: number;
}

/** The tolerances in use, most needed first; none for a client that keeps to the RFCs. */
export async function getScimLeniencies(
  options: ManagementOptions,
  parameters: ConnectionSelector,
): Promise<ManagementResult<{ readonly leniencies: readonly ScimLeniency[] }, SelectionError>> {
  const selector = requireParameters(selectionSchema, parameters);
  assertSelector(selector);
  const selected = await selectConnection(options.store.connections, selector);
  if (!selected.ok) return new Failure(selected.error);
  await options.leniencies.flush();
  const counts = await options.store.connections.leniencies(selected.connection.connectionId);
  const leniencies = counts
    .map((count) => ({ ...count, evidence: LENIENCIES[count.name as Leniency] ?? '' }))
    .sort((a, b) => b.count - a.count);
  return new Success({ leniencies });
}
