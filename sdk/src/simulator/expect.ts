import { isArray, isObject, isSameJson, type Json, type JsonObject } from '../protocol/json.ts';
import type { Answer } from './message.ts';
import { ERROR, LIST_RESPONSE } from './vocabulary.ts';

/**
 * What an answer must be, beside its status.
 *
 * @returns what is wrong, each as "name: expected …, got …".
 */
export type Expectation = (answer: Answer, index: number) => readonly string[];

/** The body is a resource with an id, its schemas and at least these values. */
export function resource(expected: JsonObject = {}): Expectation {
  return ({ body }) => findResourceFaults(body, expected);
}

/** As {@link resource}, and `Location` names it (RFC 7644 §3.3). */
export function created(expected: JsonObject = {}): Expectation {
  return ({ body, headers }) => {
    const faults = findResourceFaults(body, expected);
    if (faults.length > 0 || !isObject(body)) return faults;
    const location = headers.location ?? '';
    if (location === '') return ['Location: expected the URL of the new resource, got no such header'];
    if (!decode(location).endsWith(`/${body.id}`)) return [differs('Location', `…/${body.id}`, location)];
    return [];
  };
}

/** The body has none of these attributes. */
export function lacks(...names: readonly string[]): Expectation {
  return ({ body }) =>
    isObject(body)
      ? names.filter((name) => Object.hasOwn(body, name)).map((name) => `${name}: expected none, got one`)
      : [];
}

/** The resource is another one than this. */
export function isNot(id: string): Expectation {
  return ({ body }) => (isObject(body) && body.id === id ? [`id: expected a new one, got ${id}`] : []);
}

/** The body is a list whose numbers are integers. */
export function list(): Expectation {
  return ({ body }) => findListFaults(body);
}

/** The body is a list of exactly these resources, in any order. */
export function listOf(...ids: readonly string[]): Expectation {
  return ({ body }) => {
    const faults = findListFaults(body);
    if (faults.length > 0) return faults;
    const found = readResources(body).map(({ id }) => String(id));
    const total = isObject(body) ? body.totalResults : undefined;
    if (total !== ids.length) return [differs('totalResults', String(ids.length), total)];
    return isSameSet(found, ids) ? [] : [differs('ids in Resources', show(ids), found)];
  };
}

/** The group has exactly these members; a group without members may leave `members` out. */
export function members(ids: readonly string[]): Expectation {
  return ({ body }) => {
    const found = readMembers(body);
    if (isSameSet(found, ids)) return [];
    const lost = ids.filter((id) => !found.includes(id)).length;
    const extra = found.filter((id) => !ids.includes(id)).length;
    const twice = found.length - new Set(found).size;
    return [
      `members: expected ${ids.length}, got ${found.length} (${lost} missing, ${extra} not expected, ${twice} twice)`,
    ];
  };
}

/** The resources of a list. */
export function readResources(body: Json | undefined): readonly JsonObject[] {
  return isObject(body) && isArray(body.Resources) ? body.Resources.filter(isObject) : [];
}

/** The ids of the members of a group. */
export function readMembers(body: Json | undefined): readonly string[] {
  if (!isObject(body) || !isArray(body.members)) return [];
  return body.members.map((member) => (isObject(member) ? String(member.value) : String(member)));
}

/** The id of the resource in the body, `''` without one. */
export function readId({ body }: Answer): string {
  return isObject(body) && typeof body.id === 'string' ? body.id : '';
}

/**
 * The rules for every answer, whichever request it answers: a proper status, JSON of a media type the identity
 * provider reads, SCIM errors.
 */
export function findAnswerFaults(
  answer: Answer,
  expected: { readonly status: readonly number[]; readonly mediaTypes: readonly string[] },
): readonly string[] {
  const { status, headers, text, body } = answer;
  if (!expected.status.includes(status)) {
    const detail = isObject(body) && typeof body.detail === 'string' ? `: ${body.detail}` : '';
    return [`status: expected ${expected.status.join(' or ')}, got ${status}${detail}`];
  }
  if (text === '') {
    return status === 204 || status >= 400 ? [] : [`body: expected a JSON object, got an empty body`];
  }
  if (status === 204) return ['body: expected none with 204, got one'];
  const [mediaType = ''] = (headers['content-type'] ?? '').split(';');
  if (!expected.mediaTypes.includes(mediaType.trim().toLowerCase())) {
    return [differs('Content-Type', expected.mediaTypes.join(' or '), headers['content-type'])];
  }
  if (!isObject(body)) return ['body: expected a JSON object, got something else'];
  return status >= 400 ? findErrorFaults(body, status) : [];
}

function findErrorFaults(body: JsonObject, status: number): readonly string[] {
  if (!isArray(body.schemas) || !body.schemas.includes(ERROR))
    return [differs('schemas', show([ERROR]), body.schemas)];
  // RFC 7644 §3.12 has the status as text; some clients read nothing else.
  if (body.status !== String(status))
    return [differs('status in the body', show(String(status)), body.status)];
  return [];
}

function findResourceFaults(body: Json | undefined, expected: JsonObject): readonly string[] {
  if (!isObject(body)) return [differs('body', 'a resource', body)];
  if (typeof body.id !== 'string' || body.id === '') return [differs('id', 'text', body.id)];
  if (!isArray(body.schemas) || body.schemas.length === 0)
    return [differs('schemas', 'a list of URNs', body.schemas)];
  return findDifferences('', expected, body);
}

function findListFaults(body: Json | undefined): readonly string[] {
  if (!isObject(body)) return [differs('body', 'a list', body)];
  if (!isArray(body.schemas) || !body.schemas.includes(LIST_RESPONSE)) {
    return [differs('schemas', show([LIST_RESPONSE]), body.schemas)];
  }
  for (const name of ['totalResults', 'startIndex', 'itemsPerPage']) {
    if (!Number.isInteger(body[name])) return [differs(name, 'an integer', body[name])];
  }
  // RFC 7644 §3.4.2: Resources is there unless nothing was found.
  if (!isArray(body.Resources))
    return body.totalResults === 0 ? [] : [differs('Resources', 'a list', body.Resources)];
  return body.Resources.flatMap((item) => findResourceFaults(item, {})).slice(0, 1);
}

/** Where `actual` has not at least what `expected` has. Each expected element of a list may stand anywhere. */
function findDifferences(path: string, expected: Json, actual: Json | undefined): readonly string[] {
  if (isObject(expected)) {
    if (!isObject(actual)) return [differs(path, show(expected), actual)];
    return Object.entries(expected).flatMap(([name, value]) =>
      findDifferences(path === '' ? name : `${path}.${name}`, value, actual[name]),
    );
  }
  if (isArray(expected)) {
    const isThere = (item: Json) =>
      isArray(actual) && actual.some((one) => findDifferences('', item, one).length === 0);
    const isRight =
      isArray(actual) && (expected.length > 0 || actual.length === 0) && expected.every(isThere);
    return isRight ? [] : [differs(path, show(expected), actual)];
  }
  return isSameJson(expected, actual) ? [] : [differs(path, show(expected), actual)];
}

/** @param expected in words, or data shown with {@link show} */
function differs(name: string, expected: string, actual: unknown): string {
  return `${name}: expected ${expected}, got ${show(actual)}`;
}

/** Text in quotes, so that it is told from a boolean or a number. */
function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  const set = new Set(a);
  return a.length === b.length && set.size === new Set(b).size && b.every((item) => set.has(item));
}

function decode(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}
