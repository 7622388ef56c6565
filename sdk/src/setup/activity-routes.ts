import { z } from 'zod';
import { readQuery, searchQuery } from './query.ts';
import { type SetupContext, type SetupRoute, unwrap } from './route.ts';

/** What the identity provider asked, and what came of it. */
export const ACTIVITY_ROUTES: readonly SetupRoute[] = [
  { method: 'GET', path: '/activity', act: 'read', run: list },
  { method: 'GET', path: '/progress', act: 'read', run: readProgress },
];

const seconds = z.coerce.number().int().nonnegative().optional();

const listQuery = z.object({
  after: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  outcome: z.enum(['succeeded', 'failed']).optional(),
  resourceId: z.string().min(1).max(200).optional(),
  search: searchQuery,
  from: seconds,
  until: seconds,
});

async function list({ management, selector, query }: SetupContext): Promise<object> {
  return unwrap(await management.getScimActivity({ ...selector, ...readQuery(listQuery, query) }));
}

async function readProgress({ management, selector }: SetupContext): Promise<object> {
  const { steps, findings, lastRequestAt } = unwrap(await management.getSetupProgress(selector));
  return { steps, findings, lastRequestAt };
}
