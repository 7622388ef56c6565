import { type Client, NoAnswerError } from './client.ts';
import { type Discovery, readResources } from './discovery.ts';

export interface CleanUpOptions extends Discovery {
  readonly prefix: string;
  /** Paths below the base URL. */
  readonly created: ReadonlySet<string>;
}

/**
 * Deletes what a run created: what is known by its path, and what bears its names because an answer was lost.
 *
 * @returns the paths that could not be deleted
 */
export async function cleanUp(client: Client, options: CleanUpOptions): Promise<readonly string[]> {
  // Groups first, so that deleting a member does not change them once more.
  const { users, groups } = options.endpoints;
  const paths = [...options.created].sort(
    (a, b) => Number(b.startsWith(`${groups}/`)) - Number(a.startsWith(`${groups}/`)),
  );
  const left: string[] = [];
  for (const path of paths) if (!(await remove(client, path))) left.push(path);
  if (!options.claims.filter) return left;
  for (const [endpoint, name] of [
    [groups, 'displayName'],
    [users, 'userName'],
  ] as const) {
    for (const path of await findByPrefix(client, { endpoint, name, prefix: options.prefix })) {
      if (!left.includes(path) && !(await remove(client, path))) left.push(path);
    }
  }
  return left;
}

async function remove(client: Client, path: string): Promise<boolean> {
  try {
    const { status } = await client.send(path, { method: 'DELETE' });
    return (status >= 200 && status < 300) || status === 404;
  } catch (error) {
    if (error instanceof NoAnswerError) return false;
    throw error;
  }
}

interface Names {
  readonly endpoint: string;
  readonly name: string;
  readonly prefix: string;
}

/** A server may ignore filters, so names are looked at again before anything is deleted. */
async function findByPrefix(client: Client, { endpoint, name, prefix }: Names): Promise<readonly string[]> {
  try {
    const answer = await client.send(endpoint, { query: { filter: `${name} sw "${prefix}"` } });
    return readResources(answer)
      .filter(
        (resource) => typeof resource[name] === 'string' && resource[name].toLowerCase().startsWith(prefix),
      )
      .map(({ id }) => `${endpoint}/${encodeURIComponent(String(id))}`);
  } catch (error) {
    if (error instanceof NoAnswerError) return [];
    throw error;
  }
}
