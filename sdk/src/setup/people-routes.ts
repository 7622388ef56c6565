import { z } from 'zod';
import { pageQuery, readQuery, searchQuery } from './query.ts';
import { type SetupContext, type SetupRoute, unwrap } from './route.ts';

/** Users and groups as the identity provider sent them, to look at and to search. */
export const PEOPLE_ROUTES: readonly SetupRoute[] = [
  { method: 'GET', path: '/users', act: 'read', run: listUsers },
  { method: 'GET', path: '/users/:id', act: 'read', run: readUser },
  { method: 'GET', path: '/groups', act: 'read', run: listGroups },
  { method: 'GET', path: '/groups/:id', act: 'read', run: readGroup },
];

const listQuery = z.object({ ...pageQuery, search: searchQuery });

const usersQuery = z.object({ ...listQuery.shape, warnings: z.literal('true').optional() });

async function listUsers({ management, selector, query }: SetupContext): Promise<object> {
  const { page, size, search, warnings } = readQuery(usersQuery, query);
  const which = warnings === undefined ? { search } : { filter: { hasWarnings: true as const } };
  const found = await management.getScimUsers({ ...selector, ...which, pageNumber: page, pageSize: size });
  const { users, totalResults, isCut = false } = unwrap(found);
  return { users, total: totalResults, isCut, page, size };
}

async function readUser({ management, selector, id }: SetupContext): Promise<object> {
  const { user, groups, isHeld } = unwrap(await management.getScimUser({ ...selector, scimUserId: id }));
  return { user, groups, isHeld };
}

async function listGroups({ management, selector, query }: SetupContext): Promise<object> {
  const { page, size, search } = readQuery(listQuery, query);
  const found = await management.getScimGroups({ ...selector, search, pageNumber: page, pageSize: size });
  const { groups, totalResults, isCut = false } = unwrap(found);
  return { groups, total: totalResults, isCut, page, size };
}

async function readGroup({ management, selector, id, query }: SetupContext): Promise<object> {
  const { page, size, search } = readQuery(listQuery, query);
  const parameters = { ...selector, groupId: id, search, pageNumber: page, pageSize: size };
  const { group, members, totalResults, isCut } = unwrap(await management.getScimGroup(parameters));
  return { group, members, total: totalResults, isCut, page, size };
}
