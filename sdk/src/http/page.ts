import { badRequest } from '../protocol/errors.ts';
import type { Profile } from '../protocol/leniency/profile.ts';
import type { ResourceType } from '../protocol/schema/resource-type.ts';
import type { ConnectionScope, ResourceReader, StoredResource } from '../store/port.ts';
import type { CursorPurpose, Cursors } from './cursor.ts';
import type { Limits } from './limits.ts';
import { isDescending, type Parameters, toCount, toSelections, toStartIndex } from './parameters.ts';

/** What reading a page needs. */
export interface PageContext {
  readonly scope: ConnectionScope;
  /** How this request is read. */
  readonly profile: Profile;
  readonly parameters: Parameters;
  readonly limits: Limits;
  readonly cursors: Cursors;
}

/** One page of a list, with what the client is told about its place. */
export interface Page {
  readonly resources: readonly StoredResource[];
  /** Left out where only a second reading of everything would tell (RFC 9865 §2). */
  readonly total?: number;
  /** 1-based; of paging by index alone. */
  readonly startIndex?: number;
  /** Given on every page by cursor but the last. */
  readonly nextCursor?: string;
}

/**
 * Reads the page a request asks for: by cursor when it names one, the empty cursor of the first page included,
 * else by index, which clients of RFC 7644 expect (RFC 9865 §2.4).
 */
export function readPage(
  reader: ResourceReader,
  types: readonly ResourceType[],
  context: PageContext,
): Promise<Page> {
  return context.parameters.cursor === undefined
    ? readByIndex(reader, types, context)
    : readByCursor(reader, types, { ...context, cursor: context.parameters.cursor });
}

async function readByIndex(
  reader: ResourceReader,
  types: readonly ResourceType[],
  { parameters, profile, limits }: PageContext,
): Promise<Page> {
  const startIndex = toStartIndex(parameters.startIndex);
  const { total, resources } = await reader.queryAll(toSelections(types, parameters, profile.allow), {
    descending: isDescending(parameters.sortOrder),
    offset: startIndex - 1,
    limit: toCount(parameters.count, limits),
  });
  return { total, resources, startIndex };
}

/** RFC 9865 §2. Both ways at once have no meaning; the RFC leaves the answer open. */
async function readByCursor(
  reader: ResourceReader,
  types: readonly ResourceType[],
  { cursor, cursors, scope, profile, parameters, limits }: PageContext & { readonly cursor: string },
): Promise<Page> {
  if (parameters.startIndex !== undefined) {
    throw badRequest('invalidValue', 'Give startIndex or cursor, not both.');
  }
  const descending = isDescending(parameters.sortOrder);
  const selections = toSelections(types, parameters, profile.allow);
  const count = toCount(parameters.count, limits);
  const purpose = toPurpose(types, parameters, { connectionId: scope.connectionId, count });
  const after = cursor === '' ? undefined : await cursors.read(cursor, purpose);
  if (count === 0) return reader.queryAll(selections, { offset: 0, limit: 0 });
  const { resources, next } = await reader.walk(selections, {
    descending,
    limit: count,
    ...(after === undefined ? {} : { after }),
  });
  return next === undefined ? { resources } : { resources, nextCursor: await cursors.issue(next, purpose) };
}

function toPurpose(
  types: readonly ResourceType[],
  parameters: Parameters,
  rest: Pick<CursorPurpose, 'connectionId' | 'count'>,
): CursorPurpose {
  const { filter, sortBy, sortOrder, attributes, excludedAttributes } = parameters;
  const names = types.map(({ name }) => name).join(' ');
  return { ...rest, query: [names, filter, sortBy, sortOrder, attributes, excludedAttributes] };
}
