import { fold } from '../protocol/fold.ts';
import { isObject, type Json } from '../protocol/json.ts';
import type { ResourceType } from '../protocol/schema/resource-type.ts';
import type { ActivityRecord } from '../store/activity.ts';
import type { KnownNames } from './known-names.ts';
import { type Asked, findOperation } from './operation.ts';
import { redactBody, redactExpression } from './redact.ts';
import type { AnsweredBody, AnsweredRequest } from './request.ts';

/** What is kept of a request beside what it is found by. Nothing secret, see {@link redactBody}. */
export interface ActivityData extends Asked {
  readonly method: string;
  /** Below the base URL, with what is kept of the query. */
  readonly target: string;
  /** `userName` or `displayName` in the body; null = it has none. */
  readonly name: string | null;
  readonly keyId: string | null;
  readonly keyFailure: string | null;
  readonly durationMs: number;
  readonly scimType: string | null;
  readonly detail: string | null;
  readonly totalResults: number | null;
  readonly leniencies: readonly string[];
  /** Without what must not be kept; null = none, or none is kept. */
  readonly body: Json;
  /** Why none is kept. */
  readonly bodyLeftOut: 'large' | 'notJson' | null;
}

/** Longest texts of clients that are repeated. */
const LONGEST_SEGMENT = 200;
const LONGEST_EXPRESSION = 1_000;
const LONGEST_SEARCHED = 2_000;
/** Bodies are kept when they are no longer than this once things were taken out, in characters. */
const LONGEST_BODY = 65_536;

export interface DescribeOptions {
  readonly types: readonly ResourceType[];
  readonly names: KnownNames;
}

/** What is kept of a request, and the same before it was made a text. */
export interface DescribedRequest {
  readonly record: ActivityRecord;
  readonly data: ActivityData;
}

/** Makes of an answered request what is kept of it. */
export function describeRequest(
  request: AnsweredRequest,
  activityId: string,
  { types, names }: DescribeOptions,
): DescribedRequest {
  const { method, segments, query, status, keyId, keyFailure, scimType, detail, totalResults } = request;
  const read = readBody(request.body);
  const asked = findOperation(types, { method, segments, query, body: read.body });
  const body = read.body === undefined ? null : redactBody(read.body, names);
  const isKept = JSON.stringify(body).length <= LONGEST_BODY;
  const data: ActivityData = {
    ...asked,
    resourceId: request.createdId ?? asked.resourceId,
    method,
    target: toTarget(segments, query, names, asked.operation === 'unknown'),
    name: asked.operation === 'create' || asked.operation === 'replace' ? readName(body) : null,
    keyId: keyId ?? null,
    keyFailure: keyFailure ?? null,
    durationMs: Math.round(request.durationMs),
    scimType: scimType ?? null,
    detail: detail ?? null,
    totalResults: totalResults ?? null,
    leniencies: request.leniencies,
    body: isKept ? body : null,
    bodyLeftOut: isKept ? (read.leftOut ?? null) : 'large',
  };
  const { operation, resourceType, resourceId, name, target } = data;
  const searched = [name, operation, resourceType, method, target, resourceId, status, scimType, detail];
  const record = {
    activityId,
    at: request.at,
    status,
    resourceId: data.resourceId,
    searched: toText(searched.filter((part) => part !== null && part !== undefined).join(' ')),
    data: JSON.stringify(data),
  };
  return { record, data };
}

/** What both databases keep: no NUL, no half of a surrogate pair. */
function toText(text: string): string {
  return fold(text.slice(0, LONGEST_SEARCHED)).replaceAll('\u0000', ' ').toWellFormed();
}

function readBody(body: AnsweredBody | undefined): {
  readonly body?: Json;
  readonly leftOut?: 'large' | 'notJson';
} {
  if (body === undefined) return {};
  if (body.kind === 'large') return { leftOut: 'large' };
  try {
    const text =
      body.kind === 'bytes'
        ? Buffer.from(body.bytes).toString('utf8')
        : typeof body.value === 'string'
          ? body.value
          : JSON.stringify(body.value);
    if (text === undefined || text === '') return {};
    const parsed: unknown = JSON.parse(text);
    // Texts and numbers are no message, and might be anything.
    return isObject(parsed) || Array.isArray(parsed) ? { body: parsed as Json } : { leftOut: 'notJson' };
  } catch {
    return { leftOut: 'notJson' };
  }
}

function readName(body: Json): string | null {
  if (!isObject(body)) return null;
  for (const wanted of ['username', 'displayname']) {
    const found = Object.entries(body).find(([name]) => name.toLowerCase() === wanted)?.[1];
    if (typeof found === 'string' && found !== '') return found.slice(0, LONGEST_SEGMENT);
  }
  return null;
}

/** Parameters that are kept, with whether they are expressions over attributes. */
const PARAMETERS = new Map([
  ['filter', true],
  ['attributes', true],
  ['excludedattributes', true],
  ['sortby', true],
  ['sortorder', false],
  ['startindex', false],
  ['count', false],
]);

function toTarget(
  segments: readonly string[] | undefined,
  query: string,
  names: KnownNames,
  isUnknown: boolean,
): string {
  // A path nobody knows may hold anything, a key that was pasted into the wrong field among it.
  const known = segments?.map((segment) => (isUnknown && segment.length > 20 ? '…' : segment));
  const path = known?.map((segment) => `/${segment.slice(0, LONGEST_SEGMENT)}`).join('') ?? '/…';
  if (query === '') return path || '/';
  const kept = [...new URLSearchParams(query)].map(([name, value]) => {
    const isExpression = PARAMETERS.get(name.toLowerCase());
    if (isExpression === undefined) return `${name.slice(0, 50)}=…`;
    const text = value.slice(0, LONGEST_EXPRESSION);
    return `${name}=${isExpression ? redactExpression(text, names) : text.slice(0, 20)}`;
  });
  return `${path || '/'}?${kept.join('&')}`;
}
