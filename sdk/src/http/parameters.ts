import { badRequest } from '../protocol/errors.ts';
import type { Filter } from '../protocol/filter/ast.ts';
import { bindFilter } from '../protocol/filter/bind.ts';
import { bindFilterToEach } from '../protocol/filter/bind-each.ts';
import { parseFilter } from '../protocol/filter/parse.ts';
import { isArray, isObject, type Json } from '../protocol/json.ts';
import type { AllowLeniency } from '../protocol/leniency/leniency.ts';
import { type AttributePath, findPath } from '../protocol/path.ts';
import { type Projection, parseProjection } from '../protocol/projection.ts';
import type { ResourceType } from '../protocol/schema/resource-type.ts';
import type { ResourceSelection } from '../store/port.ts';
import type { Limits } from './limits.ts';

/** The parameters this server knows; one given twice is refused, others are ignored (RFC 7644 §3.4.2). */
const KNOWN = [
  'filter',
  'sortBy',
  'sortOrder',
  'startIndex',
  'count',
  'cursor',
  'attributes',
  'excludedAttributes',
] as const;

/** Query parameters as text, or the same names from the body of `.search`. */
export type Parameters = Readonly<Partial<Record<(typeof KNOWN)[number], string>>>;

/** Names that would carry a key. */
const SECRET_NAMES = new Set(['access_token', 'token', 'scimapikey', 'api_key', 'apikey']);

/**
 * Refuses a key in the URL, where it ends up in logs of proxies. Checked before anything else.
 *
 * @throws ScimError 400.
 */
export function refuseKeyInUrl(query: URLSearchParams): void {
  for (const name of query.keys()) {
    if (!SECRET_NAMES.has(name.toLowerCase())) continue;
    throw badRequest(
      'invalidSyntax',
      'Send the key in the Authorization header, never in the URL. Treat this key as leaked.',
    );
  }
}

/** Reads the query string. `+` is a space, a trailing `&` means nothing (T15). Names are compared without case. */
export function readQuery(query: URLSearchParams): Parameters {
  const parameters: Partial<Record<(typeof KNOWN)[number], string>> = {};
  for (const [name, value] of query) {
    const lower = name.toLowerCase();
    const known = KNOWN.find((candidate) => candidate.toLowerCase() === lower);
    if (known === undefined) continue;
    if (parameters[known] !== undefined) throw badRequest('invalidValue', `${known} is given twice.`, known);
    parameters[known] = value;
  }
  return parameters;
}

const SEARCH_URN = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';

/** Reads the body of `POST /.search`, RFC 7644 §3.4.3. */
export function readSearchRequest(body: Json): Parameters {
  if (!isObject(body)) throw badRequest('invalidSyntax', 'The body must be a JSON object.');
  const { schemas } = body;
  if (schemas !== undefined && !(isArray(schemas) && schemas.includes(SEARCH_URN))) {
    throw badRequest('invalidSyntax', `schemas must name ${SEARCH_URN}.`, 'schemas');
  }
  const parameters: Partial<Record<(typeof KNOWN)[number], string>> = {};
  for (const [given, value] of Object.entries(body)) {
    const name = KNOWN.find((candidate) => candidate.toLowerCase() === given.toLowerCase());
    if (name === undefined || value === null) continue;
    if (name === 'attributes' || name === 'excludedAttributes') {
      if (!isArray(value) || !value.every((item) => typeof item === 'string')) {
        throw badRequest('invalidValue', `${name} must be a list of attribute names.`, name);
      }
      parameters[name] = value.join(',');
    } else if (typeof value === 'string' || typeof value === 'number') {
      parameters[name] = String(value);
    } else {
      throw badRequest('invalidValue', `${name} has the wrong type.`, name);
    }
  }
  return parameters;
}

/** Which attributes to show. */
export function toProjection(type: ResourceType, parameters: Parameters): Projection {
  return parseProjection(type, {
    attributes: toNames(parameters.attributes),
    excludedAttributes: toNames(parameters.excludedAttributes),
  });
}

function toNames(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const names = text.split(',').filter((name) => name.trim() !== '');
  return names.length === 0 ? undefined : names;
}

/** Filter and order of a list, for each of its resource types. */
export function toSelections(
  types: readonly ResourceType[],
  parameters: Parameters,
  allow: AllowLeniency,
): readonly ResourceSelection[] {
  const filters = bindFilters(types, parameters.filter, allow);
  const { sortBy } = parameters;
  return types.map((type, index) => {
    const filter = filters[index];
    const path = sortBy === undefined ? undefined : toSortPath(type, sortBy);
    return {
      type,
      ...(filter === undefined ? {} : { filter }),
      ...(path === undefined ? {} : { sortBy: path }),
    };
  });
}

/** An attribute only some of several types have is without value in the others, in every profile (RFC 7644 §3.4.2.1). */
function bindFilters(
  types: readonly ResourceType[],
  text: string | undefined,
  allow: AllowLeniency,
): readonly Filter[] {
  if (text === undefined) return [];
  const syntax = parseFilter(text);
  const [type, ...others] = types;
  if (type !== undefined && others.length === 0) return [bindFilter(type, syntax, allow)];
  return bindFilterToEach(types, syntax, (asked) => asked === 'unknown-in-filter' || allow(asked));
}

/** 1-based; less than 1 is 1 (RFC 7644 §3.4.2.4). */
export function toStartIndex(text: string | undefined): number {
  return Math.max(1, toInteger('startIndex', text) ?? 1);
}

/** Negative is 0; more than the largest page is the largest page (RFC 7644 §3.4.2.4). */
export function toCount(text: string | undefined, limits: Limits): number {
  const count = toInteger('count', text) ?? limits.defaultPageSize;
  return Math.min(limits.maxPageSize, Math.max(0, count));
}

function toInteger(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (!/^[+-]?\d{1,400}$/.test(text.trim()))
    throw badRequest('invalidValue', `${name} must be a whole number.`, name);
  const value = Number(text.trim());
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, value));
}

function toSortPath(type: ResourceType, text: string): AttributePath | undefined {
  const target = findPath(type, text.trim());
  if (target.kind !== 'attribute') return undefined;
  const { attribute, sub } = target.path;
  return attribute.returned === 'never' || sub?.returned === 'never' ? undefined : target.path;
}

/** RFC 7644 §3.4.2.3 `sortOrder`. */
export function isDescending(text: string | undefined): boolean {
  const order = text?.trim().toLowerCase() ?? '';
  if (order === '' || order === 'ascending') return false;
  if (order === 'descending') return true;
  throw badRequest('invalidValue', 'sortOrder must be ascending or descending.', 'sortOrder');
}
