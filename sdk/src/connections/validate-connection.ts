import { randomUUID } from 'node:crypto';
import { parsePathSyntax } from '../protocol/filter/parse.ts';
import { isArray, isObject, type Json } from '../protocol/json.ts';
import { findPath } from '../protocol/path.ts';
import { toUserMapping } from '../provisioning/mapping.ts';
import type { ConnectionRecord } from '../store/connections.ts';
import { findKeyEnd } from './key-life.ts';
import { type ManagementOptions, readNow } from './management-context.ts';
import { ManagementError } from './result.ts';
import { createTemporaryKey, revokeTemporaryKey } from './temporary-key.ts';

/** One thing that was looked at. */
export interface ConfigurationCheck {
  readonly name: string;
  readonly ok: boolean;
  /** What to do, where it is not. */
  readonly message?: string;
}

/** What the SCIM server does for this connection. */
export interface ServedCapabilities {
  readonly users: boolean;
  readonly groups: boolean;
  readonly patch: boolean;
  readonly put: boolean;
  readonly filters: boolean;
  readonly sort: boolean;
  readonly bulk: boolean;
  readonly etag: boolean;
  readonly cursorPaging: boolean;
}

export interface Validation {
  readonly ok: boolean;
  readonly checks: readonly ConfigurationCheck[];
  readonly capabilities: ServedCapabilities;
}

/** Sends one request to the SCIM server of this process. */
export type AskServer = (request: {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly key: string;
  readonly body?: object;
}) => Promise<{ readonly status: number; readonly body: Json }>;

const PATCH_URN = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** Looks at a connection as its identity provider would: every capability is what a request was answered. */
export async function validateConnection(
  management: ManagementOptions,
  connection: ConnectionRecord,
  ask: AskServer,
): Promise<Validation> {
  const { connectionId: scimConnectionId } = connection;
  const purpose = 'validate';
  const issued = await createTemporaryKey(management, { scimConnectionId, validForSeconds: 60, purpose });
  if (!issued.ok) throw new ManagementError(issued.error);
  const { scimApiKey: key, keyId } = issued.data;
  try {
    const capabilities = await readCapabilities((request) => ask({ ...request, key }));
    const served = await ask({ method: 'GET', path: '/Users?count=1', key });
    const checks = [
      checkStatus(connection, served.status),
      await checkKeys(management, connection),
      checkMapping(management, connection),
    ];
    return { ok: checks.every(({ ok }) => ok), checks, capabilities };
  } finally {
    await revokeTemporaryKey(management, { scimConnectionId, keyId });
  }
}

type Ask = (
  request: Omit<Parameters<AskServer>[0], 'key'>,
) => Promise<{ readonly status: number; readonly body: Json }>;

/** Resources nobody has are asked for: what is not served is not found in another way. */
async function readCapabilities(ask: Ask): Promise<ServedCapabilities> {
  const get = (path: string) => ask({ method: 'GET', path });
  const config = (await get('/ServiceProviderConfig')).body;
  const types = await get('/ResourceTypes');
  const nobody = `/Users/${randomUUID()}`;
  const patched = await ask({
    method: 'PATCH',
    path: nobody,
    body: { schemas: [PATCH_URN], Operations: [{ op: 'replace', path: 'active', value: false }] },
  });
  const replaced = await ask({ method: 'PUT', path: nobody, body: { userName: 'nobody' } });
  const filtered = await get(`/Users?count=1&filter=${encodeURIComponent('userName eq "nobody"')}`);
  return {
    users: hasType(types.body, 'User') && filtered.status === 200,
    groups: hasType(types.body, 'Group') && (await get('/Groups?count=1')).status === 200,
    patch: patched.status === 404,
    put: replaced.status === 404,
    filters: filtered.status === 200,
    sort:
      (await get('/Users?count=1&sortBy=userName')).status === 200 && readFlag(config, 'sort', 'supported'),
    bulk: readFlag(config, 'bulk', 'supported'),
    etag: readFlag(config, 'etag', 'supported'),
    cursorPaging: readFlag(config, 'pagination', 'cursor'),
  };
}

function checkStatus({ status, policy }: ConnectionRecord, answered: number): ConfigurationCheck {
  const name = 'accepts_requests';
  if (answered === 200) return { name, ok: true };
  const message =
    status === 'paused'
      ? `The connection is ${policy.includes('"isDraft":true') ? 'a draft' : 'switched off'}. Set its status to "active".`
      : `A request for users was answered ${answered}.`;
  return { name, ok: false, message };
}

async function checkKeys(
  management: ManagementOptions,
  { connectionId }: ConnectionRecord,
): Promise<ConfigurationCheck> {
  const now = readNow(management);
  const keys = await management.store.connections.keys(connectionId);
  const ok = keys.some((key) => findKeyEnd(key, now) === undefined);
  const message = 'No SCIM API key works. Reset the key and give the new one to the identity provider.';
  return { name: 'has_key', ok, ...(ok ? {} : { message }) };
}

/** A path that no user has gives every user nothing, which nobody notices. */
function checkMapping({ userType }: ManagementOptions, { mapping }: ConnectionRecord): ConfigurationCheck {
  const unknown = toUserMapping(mapping)
    .userSchema.flatMap(({ inputPath, fallbackInputPaths }) => [inputPath, ...fallbackInputPaths])
    .filter((text) => findPath(userType, parsePathSyntax(text).path).kind !== 'attribute');
  const ok = unknown.length === 0;
  const message = `Users have no such attribute: ${unknown.join(', ')}. Correct the path, or declare the extension.`;
  return { name: 'mapping_resolves', ok, ...(ok ? {} : { message }) };
}

function hasType(body: Json, name: string): boolean {
  const resources = isObject(body) ? body.Resources : undefined;
  return isArray(resources) && resources.some((resource) => isObject(resource) && resource.name === name);
}

function readFlag(body: Json, name: string, flag: string): boolean {
  const part = isObject(body) ? body[name] : undefined;
  return isObject(part) && part[flag] === true;
}
