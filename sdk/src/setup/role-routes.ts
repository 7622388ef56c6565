import { z } from 'zod';
import { pageQuery, readFields } from './query.ts';
import { type SetupContext, type SetupRoute, unwrap } from './route.ts';

/** By which rules users come by roles of the app, and what others would do. */
export const ROLE_ROUTES: readonly SetupRoute[] = [
  { method: 'GET', path: '/roles', act: 'read', run: read },
  { method: 'PUT', path: '/roles', act: 'change', run: save },
  { method: 'POST', path: '/roles/preview', act: 'read', run: preview },
];

/** What is wrong with a rule is said by the management, which knows the roles. */
const rulesSchema = z.object({ rules: z.array(z.any()), defaultRoleId: z.string().nullable().optional() });

const previewSchema = rulesSchema.extend(pageQuery);

async function read({ management, selector }: SetupContext): Promise<object> {
  return unwrap(await management.getRoleRules(selector));
}

async function save({ management, selector, actor, body }: SetupContext): Promise<object> {
  const rules = readFields(rulesSchema, body);
  return unwrap(await management.setRoleRules({ ...selector, ...rules, actor: actor.actorId }));
}

async function preview({ management, selector, body }: SetupContext): Promise<object> {
  const { page, size, ...rules } = readFields(previewSchema, body);
  const parameters = { ...selector, ...rules, pageNumber: page, pageSize: size };
  return unwrap(await management.previewRoleRules(parameters));
}
