import { z } from 'zod';
import { readFields } from './query.ts';
import { type SetupContext, type SetupRoute, unwrap } from './route.ts';

/** Which attribute becomes which field of the app. */
export const MAPPING_ROUTES: readonly SetupRoute[] = [
  { method: 'GET', path: '/mapping', act: 'read', run: read },
  { method: 'PUT', path: '/mapping', act: 'change', run: save },
  { method: 'POST', path: '/mapping/preview', act: 'read', run: preview },
];

/** What is wrong with a mapping is said by the management. null = scimkit's own. */
const mappingSchema = z.object({ customMapping: z.any().refine((value) => value !== undefined) });

async function read({ management, selector }: SetupContext): Promise<object> {
  const { userMapping } = unwrap(await management.fetchScimConnection(selector));
  return { userMapping };
}

async function save({ management, selector, actor, body }: SetupContext): Promise<object> {
  const { customMapping } = readFields(mappingSchema, body);
  return unwrap(await management.patchScimConnection({ ...selector, customMapping, actor: actor.actorId }));
}

async function preview({ management, selector, body }: SetupContext): Promise<object> {
  const { customMapping } = readFields(mappingSchema, body);
  return unwrap(await management.previewMapping({ ...selector, customMapping }));
}
