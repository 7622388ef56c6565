import { z } from 'zod';
import { pageQuery, readFields, readQuery } from './query.ts';
import { type SetupContext, type SetupRoute, unwrap } from './route.ts';

/** What the guard against mass deprovisioning keeps from the app (P22), for a person to decide on. */
export const HELD_ROUTES: readonly SetupRoute[] = [
  { method: 'GET', path: '/held', act: 'read', run: list },
  { method: 'POST', path: '/held/release', act: 'change', run: release },
  { method: 'POST', path: '/held/reject', act: 'change', run: reject },
];

const listQuery = z.object({ ...pageQuery, state: z.enum(['waiting', 'releasing', 'rejected']).optional() });

const whichSchema = z.union(
  [
    z.strictObject({ ids: z.array(z.string().min(1).max(200)).min(1).max(200) }),
    z.strictObject({ all: z.literal(true) }),
  ],
  'Say which: { "ids": […] }, 200 at most, or { "all": true }.',
);

async function list({ management, selector, query, nameOf }: SetupContext): Promise<object> {
  const { page, size, state } = readQuery(listQuery, query);
  const parameters = { ...selector, pageNumber: page, pageSize: size, state };
  const held = unwrap(await management.getHeldChanges(parameters));
  const reviewers = new Set(held.changes.flatMap(({ reviewedBy }) => reviewedBy ?? []));
  const names = reviewers.size === 0 ? {} : await nameOf([...reviewers]);
  const changes = held.changes.map((change) => ({
    ...change,
    reviewedBy: change.reviewedBy === null ? null : (names[change.reviewedBy] ?? change.reviewedBy),
  }));
  return { ...held, changes, page, size };
}

async function release({ management, selector, actor, body }: SetupContext): Promise<object> {
  const which = readFields(whichSchema, body);
  return unwrap(await management.releaseHeldChanges({ ...selector, ...which, actor: actor.actorId }));
}

async function reject({ management, selector, actor, body }: SetupContext): Promise<object> {
  const which = readFields(whichSchema, body);
  return unwrap(await management.rejectHeldChanges({ ...selector, ...which, actor: actor.actorId }));
}
