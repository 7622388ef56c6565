import { isArray, isObject, type Json, type JsonObject } from '../protocol/json.ts';
import type { Claims } from './claims.ts';
import { type Answer, type Client, NoAnswerError } from './client.ts';
import { ENTERPRISE_URN, GROUP_URN, LIST_URN, SEARCH_URN, USER_URN } from './urns.ts';

/** What discovery found. */
export interface Discovery {
  readonly claims: Claims;
  readonly config: JsonObject;
  readonly resourceTypes: readonly JsonObject[];
  readonly schemas: readonly JsonObject[];
  /** Paths of the endpoints, such as `/Users`. */
  readonly endpoints: { readonly users: string; readonly groups: string };
}

/** The server cannot be verified at all: it does not answer, or it refuses the key. */
export class VerificationError extends Error {
  override readonly name = 'VerificationError';
}

/**
 * Finds out what the server claims.
 *
 * @throws VerificationError when it cannot be reached, or refuses the key.
 */
export async function discover(client: Client): Promise<Discovery> {
  const config = (await ask(client, '/ServiceProviderConfig')).body;
  const resourceTypes = readResources(await ask(client, '/ResourceTypes'));
  const schemas = readResources(await ask(client, '/Schemas'));
  const endpoints = {
    users: findEndpoint(resourceTypes, USER_URN) ?? '/Users',
    groups: findEndpoint(resourceTypes, GROUP_URN) ?? '/Groups',
  };
  await requireAccess(client, endpoints.users);
  const hasConfig = isObject(config.patch) || isObject(config.filter);
  const supports = (feature: string, fallback: boolean) =>
    hasConfig ? read(config, feature, 'supported') === true : fallback;
  const bulk = supports('bulk', false);
  const search = { method: 'POST', body: { schemas: [SEARCH_URN], count: 1 } };
  const interop = config.interopProfileConformant === true;
  const claims: Claims = {
    serviceProviderConfig: hasConfig,
    resourceTypes: resourceTypes.length > 0,
    schemas: schemas.length > 0,
    users: true,
    groups: resourceTypes.length === 0 || findEndpoint(resourceTypes, GROUP_URN) !== undefined,
    enterprise: schemas.length === 0 || schemas.some(({ id }) => isSameUrn(id, ENTERPRISE_URN)),
    patch: supports('patch', true),
    filter: supports('filter', true),
    sort: supports('sort', false),
    etag: supports('etag', false),
    bulk,
    cursor: read(config, 'pagination', 'cursor') === true,
    me: isOffered(await ask(client, '/Me')),
    search: isOffered(await client.send(`${endpoints.users}/.search`, search)),
    rootSearch: isList(await client.send('/.search', search)),
    interop,
    put: !interop,
    otherValues: !interop,
    maxResults: toNumber(read(config, 'filter', 'maxResults')),
    maxOperations: bulk ? toNumber(read(config, 'bulk', 'maxOperations')) : null,
    maxPayloadSize: bulk ? toNumber(read(config, 'bulk', 'maxPayloadSize')) : null,
  };
  return { claims, config, resourceTypes, schemas, endpoints };
}

async function ask(client: Client, path: string): Promise<Answer> {
  try {
    return await client.send(path);
  } catch (error) {
    if (error instanceof NoAnswerError)
      throw new VerificationError(`The server cannot be reached: ${error.message}.`);
    throw error;
  }
}

async function requireAccess(client: Client, users: string): Promise<void> {
  const { status } = await client.send(users, { query: { count: '1' } });
  if (status === 401 || status === 403) {
    throw new VerificationError(`The server refuses the key: GET ${users} is answered ${status}.`);
  }
  if (status === 404) {
    throw new VerificationError(`There is no SCIM server here: GET ${users} is answered 404. Check the URL.`);
  }
}

/** A feature that is not there is answered 404, 405 or 501. */
function isOffered({ status }: Answer): boolean {
  return ![400, 401, 403, 404, 405, 501].includes(status);
}

function isList({ status, body }: Answer): boolean {
  return status === 200 && isArray(body.schemas) && body.schemas.includes(LIST_URN);
}

/** The resources of a ListResponse. */
export function readResources({ body }: Pick<Answer, 'body'>): readonly JsonObject[] {
  return isArray(body.Resources) ? body.Resources.filter(isObject) : [];
}

function findEndpoint(resourceTypes: readonly JsonObject[], urn: string): string | undefined {
  const endpoint = resourceTypes.find(({ schema }) => isSameUrn(schema, urn))?.endpoint;
  if (typeof endpoint !== 'string') return undefined;
  const path = endpoint.startsWith('http') ? endpoint.slice(endpoint.lastIndexOf('/')) : endpoint;
  return path.startsWith('/') ? path : `/${path}`;
}

export function isSameUrn(value: Json | undefined, urn: string): boolean {
  return typeof value === 'string' && value.toLowerCase() === urn.toLowerCase();
}

/** The value at a path of names inside an object, if there is one. */
export function read(value: Json | undefined, ...names: readonly (string | number)[]): Json | undefined {
  let found = value;
  for (const name of names) {
    if (typeof name === 'number') found = isArray(found) ? found[name] : undefined;
    else found = isObject(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  }
  return found;
}

function toNumber(value: Json | undefined): number | null {
  return typeof value === 'number' && value > 0 ? value : null;
}
