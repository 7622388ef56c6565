import { z } from 'zod';
import type { ScimApiKeyDetails } from '../connections/describe-connection.ts';
import { readFields } from './query.ts';
import { type SetupContext, type SetupRoute, unwrap } from './route.ts';

/** The connection and its keys. A key's text is in the answer that makes it, and in no other. */
export const CONNECTION_ROUTES: readonly SetupRoute[] = [
  { method: 'GET', path: '', act: 'read', run: readConfiguration },
  { method: 'POST', path: '', act: 'key', status: 201, run: create },
  { method: 'PUT', path: '', act: 'key', run: reset },
  { method: 'PATCH', path: '', act: 'key', run: reset },
  { method: 'DELETE', path: '', act: 'key', run: remove },
  { method: 'POST', path: '/rotate', act: 'key', run: rotate },
  { method: 'POST', path: '/pause', act: 'change', run: pause },
  { method: 'POST', path: '/resume', act: 'change', run: resume },
  { method: 'PUT', path: '/provider', act: 'change', run: chooseProvider },
];

async function readConfiguration({ management, selector, actor, nameOf }: SetupContext): Promise<object> {
  const { customerName } = actor;
  const named = customerName === undefined ? {} : { customerName };
  const found = await management.fetchScimConnection(selector);
  if (!found.ok && found.error.type === 'ScimConnectionNotFound') return { hasApiKey: false, ...named };
  const connection = unwrap(found);
  const keys = connection.keys.filter(({ kind }) => kind === 'standard');
  const makers = new Set(keys.flatMap(({ createdBy }) => createdBy ?? []));
  const names = makers.size === 0 ? {} : await nameOf([...makers]);
  return {
    hasApiKey: keys.length > 0,
    expiresAt: connection.scimApiKeyValidUntil,
    status: connection.status,
    provider: connection.provider,
    ...named,
    keys: keys.map((key) => toKeySummary(key, names)),
    users: connection.users,
    groups: connection.groups,
    lastUsedAt: connection.lastUsedAt,
    lastChangeAt: connection.lastChangeAt,
  };
}

function toKeySummary(
  { keyId, lastFour, createdAt, createdBy, expiresAt, lastUsedAt, retiresAt }: ScimApiKeyDetails,
  names: Readonly<Record<string, string>>,
) {
  const maker = createdBy === null ? null : (names[createdBy] ?? createdBy);
  return { id: keyId, lastFour, createdAt, createdBy: maker, expiresAt, lastUsedAt, retiresAt };
}

/** What is wrong with a time is said by the management, which knows the clock. */
const keySchema = z.object({ expiresAt: z.number().nullable().optional() });

const rotationSchema = keySchema.extend({ overlapSeconds: z.number().optional() });

const providerSchema = z.object({ provider: z.string() });

async function create({ management, actor, body }: SetupContext): Promise<object> {
  const { expiresAt } = readFields(keySchema, body);
  const { customerId, actorId } = actor;
  const parameters = { customerId, createdBy: actorId, scimApiKeyExpiration: expiresAt };
  return { scimApiKey: unwrap(await management.createScimConnection(parameters)).scimApiKey };
}

async function reset({ management, selector, actor, body }: SetupContext): Promise<object> {
  const { expiresAt } = readFields(keySchema, body);
  const parameters = { ...selector, createdBy: actor.actorId, scimApiKeyExpiration: expiresAt };
  return { scimApiKey: unwrap(await management.resetScimApiKey(parameters)).scimApiKey };
}

async function rotate({ management, selector, actor, body }: SetupContext): Promise<object> {
  const { expiresAt, overlapSeconds } = readFields(rotationSchema, body);
  const parameters = {
    ...selector,
    createdBy: actor.actorId,
    scimApiKeyExpiration: expiresAt,
    overlapSeconds,
  };
  return { scimApiKey: unwrap(await management.rotateScimApiKey(parameters)).scimApiKey };
}

async function remove({ management, selector, actor }: SetupContext): Promise<object> {
  unwrap(await management.deleteScimConnection({ ...selector, actor: actor.actorId }));
  return { message: 'Directory sync is disconnected. Nobody was removed from the app.' };
}

async function pause({ management, selector, actor }: SetupContext): Promise<object> {
  unwrap(await management.pauseScimConnection({ ...selector, actor: actor.actorId }));
  return { message: 'Directory sync is paused.' };
}

async function resume({ management, selector, actor }: SetupContext): Promise<object> {
  unwrap(await management.resumeScimConnection({ ...selector, actor: actor.actorId }));
  return { message: 'Directory sync is running again.' };
}

async function chooseProvider({ management, selector, actor, body }: SetupContext): Promise<object> {
  const { provider } = readFields(providerSchema, body);
  unwrap(await management.patchScimConnection({ ...selector, provider, actor: actor.actorId }));
  return { message: 'The identity provider is saved.' };
}
