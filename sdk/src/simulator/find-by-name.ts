import type { Exchange } from './exchange.ts';
import { readResources } from './expect.ts';
import { encode, get, quote } from './message.ts';

export interface NameQuery {
  readonly collection: string;
  readonly attribute: string;
  readonly value: string;
  readonly signal: AbortSignal;
}

/**
 * Ids of the resources with exactly this name. A server that ignores the filter answers others' resources too,
 * which must never be taken for the run's own.
 */
export async function findResourcesByName(
  exchange: Exchange,
  { collection, attribute, value, signal }: NameQuery,
): Promise<readonly string[]> {
  const filter = encode(`${attribute} eq ${quote(value)}`);
  const { answer } = await exchange.send(get(`${collection}?filter=${filter}`), { signal });
  return readResources(answer?.body)
    .filter((resource) => String(resource[attribute]).toLowerCase() === value.toLowerCase())
    .map(({ id }) => String(id));
}
