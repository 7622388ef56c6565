import { isArray, isObject, type Json, type JsonObject } from '../protocol/json.ts';
import type { ResourceType } from '../protocol/schema/resource-type.ts';

/** What a request asks for. */
export type ActivityOperation =
  | 'list'
  | 'search'
  | 'read'
  | 'create'
  | 'replace'
  | 'update'
  | 'deactivate'
  | 'reactivate'
  | 'changeMembers'
  | 'delete'
  | 'bulk'
  | 'me'
  | 'discover'
  | 'unknown';

/** What a request is about. */
export interface Asked {
  readonly operation: ActivityOperation;
  readonly resourceType: string | null;
  /** The resource its URL names. */
  readonly resourceId: string | null;
  /** Members it names, by what is to become of them; null = it is not about members. */
  readonly members: { readonly added: number; readonly removed: number } | null;
}

const DISCOVERY = new Set(['ServiceProviderConfig', 'ResourceTypes', 'Schemas']);

/** Says what is asked for by method, path and body: what the identity provider wanted, whatever became of it. */
export function findOperation(
  types: readonly ResourceType[],
  {
    method,
    segments,
    query,
    body,
  }: {
    readonly method: string;
    readonly segments: readonly string[] | undefined;
    readonly query: string;
    readonly body: Json | undefined;
  },
): Asked {
  const [first, second] = segments ?? [];
  const about = (operation: ActivityOperation, more: Partial<Asked> = {}): Asked => ({
    operation,
    resourceType: null,
    resourceId: null,
    members: null,
    ...more,
  });
  if (segments === undefined || segments.length > 2) return about('unknown');
  const lookUp = /(^|&)filter=/i.test(query) ? 'search' : 'list';
  if (first === undefined) return about(lookUp);
  const type = types.find(({ endpoint }) => endpoint === `/${first}`);
  if (type === undefined) {
    if (DISCOVERY.has(first)) return about('discover');
    if (first === 'Bulk') return about('bulk');
    if (first === 'Me') return about('me');
    return about(first === '.search' ? 'search' : 'unknown');
  }
  const resourceType = type.name;
  if (second === undefined) {
    if (method === 'GET') return about(lookUp, { resourceType });
    return about(method === 'POST' ? 'create' : 'unknown', { resourceType });
  }
  if (second === '.search') return about('search', { resourceType });
  const named = { resourceType, resourceId: second };
  switch (method) {
    case 'GET':
      return about('read', named);
    case 'PUT':
      return about('replace', named);
    case 'DELETE':
      return about('delete', named);
    case 'PATCH': {
      const changes = isObject(body) ? readChanges(body) : [];
      return about(toChange(changes), { ...named, members: countMembers(changes) });
    }
    default:
      return about('unknown', named);
  }
}

/** One attribute of one PATCH operation. */
interface Change {
  readonly op: string;
  /** Lower case; of an operation without path the name of each member of its value. */
  readonly name: string;
  readonly value: Json | undefined;
}

function readChanges(body: JsonObject): readonly Change[] {
  const operations = member(body, 'operations');
  if (!isArray(operations)) return [];
  return operations.filter(isObject).flatMap((operation) => {
    const op = String(member(operation, 'op') ?? '').toLowerCase();
    const path = member(operation, 'path');
    const value = member(operation, 'value');
    if (typeof path === 'string') return [{ op, name: path.toLowerCase(), value }];
    return isObject(value)
      ? Object.entries(value).map(([name, one]) => ({ op, name: name.toLowerCase(), value: one }))
      : [];
  });
}

/** Names of messages are compared without case (T-series tolerances), as the server reads them. */
function member(object: JsonObject, lower: string): Json | undefined {
  return Object.entries(object).find(([name]) => name.toLowerCase() === lower)?.[1];
}

function toChange(changes: readonly Change[]): ActivityOperation {
  const active = changes.findLast(({ name }) => isNamed(name, 'active'));
  const isFalse = active !== undefined && String(active.value).toLowerCase() === 'false';
  const isTrue = active !== undefined && String(active.value).toLowerCase() === 'true';
  if (isFalse) return 'deactivate';
  if (isTrue && changes.length === 1) return 'reactivate';
  const areMembers = changes.length > 0 && changes.every(({ name }) => isNamed(name, 'members'));
  return areMembers ? 'changeMembers' : 'update';
}

/** `members`, `members[value eq "…"]` and both behind a URN. */
function isNamed(name: string, attribute: string): boolean {
  const path = name.includes('[') ? name.slice(0, name.indexOf('[')) : name;
  return path === attribute || (path.startsWith('urn:') && path.endsWith(`:${attribute}`));
}

function countMembers(changes: readonly Change[]): Asked['members'] {
  const own = changes.filter(({ name }) => isNamed(name, 'members'));
  if (own.length === 0) return null;
  let added = 0;
  let removed = 0;
  for (const { op, name, value } of own) {
    if (op !== 'remove') added += isArray(value) ? value.length : 1;
    else removed += isArray(value) ? value.length : name.includes('[') || isObject(value) ? 1 : 0;
  }
  return { added, removed };
}
