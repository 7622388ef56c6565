import type { Context, Made } from './context.ts';

/** Users a filter finds together and nobody else. */
export interface Series {
  readonly filter: string;
  readonly ids: readonly string[];
  readonly users: readonly Made[];
}

/** Creates users whose names begin alike. @param changes one for each user */
export async function createSeries(
  { createUser, newName }: Pick<Context, 'createUser' | 'newName'>,
  changes: readonly Readonly<Record<string, unknown>>[],
): Promise<Series> {
  const base = newName();
  const users: Made[] = [];
  for (const [index, change] of changes.entries()) {
    users.push(await createUser({ userName: `${base}-${index}@example.com`, ...change }));
  }
  return { filter: `userName sw "${base}-"`, ids: users.map(({ id }) => id), users };
}
