import { z } from 'zod';
import type { ActivityData } from '../activity/describe-request.ts';
import type { ActivityOperation } from '../activity/operation.ts';
import { toSentence } from '../activity/sentence.ts';
import { fold } from '../protocol/fold.ts';
import type { Json } from '../protocol/json.ts';
import type { ActivityRecord } from '../store/activity.ts';
import type { ResourceReader } from '../store/port.ts';
import { createScope } from '../store/scope.ts';
import type { ManagementOptions } from './management-context.ts';
import { MAX_PAGE_SIZE, requireParameters, selectionFields } from './parameters.ts';
import { Failure, type ManagementResult, type SelectionError, Success } from './result.ts';
import { assertSelector, type ConnectionSelector, selectConnection } from './selection.ts';

/** A SCIM request of the connection's identity provider, without anything secret. */
export interface ScimActivity {
  readonly activityId: string;
  /** ISO 8601 UTC with milliseconds. */
  readonly occurredAt: string;
  /** What it was, in English: for people. Everything in it stands in the other fields too. */
  readonly sentence: string;
  readonly outcome: 'succeeded' | 'failed';
  /** What was asked for, whatever became of it. */
  readonly operation: ActivityOperation;
  /** Such as `User`; null where the URL names none. */
  readonly resourceType: string | null;
  readonly resourceId: string | null;
  /** `userName` or `displayName`: as it was sent, else as it is now; null = neither is known. */
  readonly name: string | null;
  /** Members the request names; null = it is not about members. */
  readonly members: { readonly added: number; readonly removed: number } | null;
  readonly method: string;
  /** Path and query below the base URL. `…` stands where something is not kept. */
  readonly target: string;
  readonly status: number;
  /** The SCIM error's keyword and text. */
  readonly scimType: string | null;
  readonly detail: string | null;
  /** The key it was sent with. */
  readonly keyId: string | null;
  /**
   * Why that key was not accepted: `expired`, `retired`, `revoked`, `paused`, `foreign`, `bearerDoubled`,
   * `keyDecorated`; null = it was.
   */
  readonly keyFailure: string | null;
  /** `totalResults` of a list. */
  readonly totalResults: number | null;
  /** Vendor tolerances it needed. */
  readonly leniencies: readonly string[];
  readonly durationMs: number;
  /** The request's body. `…` stands where something is not kept: passwords, and whatever the schema does not know. */
  readonly body: Json;
  /** Why no body is kept of a request that had one. */
  readonly bodyLeftOut: 'large' | 'notJson' | null;
}

export type GetScimActivityParameters = ConnectionSelector & {
  /** `next` of the page before. @default from the newest */
  readonly after?: string | undefined;
  /** Requests of a page, 1 to 200. @default 100 */
  readonly limit?: number | undefined;
  readonly outcome?: 'succeeded' | 'failed' | undefined;
  /** Only those about one resource, by its SCIM id. */
  readonly resourceId?: string | undefined;
  /** Text in what was sent: names of new resources, ids, filters, errors. Case does not matter. */
  readonly search?: string | undefined;
  /** UNIX seconds, inclusive. */
  readonly from?: number | undefined;
  /** UNIX seconds, exclusive. */
  readonly until?: number | undefined;
};

export interface ScimActivityPage {
  /** The newest first. */
  readonly activity: readonly ScimActivity[];
  /** Give as `after` for the next page; null = this is the last. */
  readonly next: string | null;
}

const instant = z.number().int().nonnegative();

const schema = z.strictObject({
  ...selectionFields,
  after: z.uuid({ error: 'Give `next` of the page before.' }).optional(),
  limit: z.number().int().min(1).max(MAX_PAGE_SIZE).default(100),
  outcome: z.enum(['succeeded', 'failed']).optional(),
  resourceId: z.string().min(1).max(200).optional(),
  search: z.string().trim().max(200).optional(),
  from: instant.optional(),
  until: instant.optional(),
});

/** What the identity provider asked, and what came of it (rows A9, G2; P35). */
export async function getScimActivity(
  options: ManagementOptions,
  parameters: GetScimActivityParameters,
): Promise<ManagementResult<ScimActivityPage, SelectionError>> {
  const { after, limit, outcome, resourceId, search, from, until, ...selector } = requireParameters(
    schema,
    parameters,
  );
  assertSelector(selector);
  const selected = await selectConnection(options.store.connections, selector);
  if (!selected.ok) return new Failure(selected.error);
  const scope = createScope(selected.connection);
  await options.activity?.flush();
  // One more than asked for tells whether there is a next page.
  const found = await options.store.activity(scope).list({
    before: after,
    limit: limit + 1,
    outcome,
    resourceId,
    search: search === undefined || search === '' ? undefined : fold(search),
    from: from === undefined ? undefined : from * 1000,
    until: until === undefined ? undefined : until * 1000,
  });
  const page = found.slice(0, limit).map((record) => ({ record, data: readData(record) }));
  const names = await findNames(options, options.store.resources(scope), page);
  return new Success({
    activity: page.map(({ record, data }) => toActivity(record, data, names)),
    next: found.length > limit ? (page.at(-1)?.record.activityId ?? null) : null,
  });
}

type Read = { readonly record: ActivityRecord; readonly data: ActivityData };

/** Written by scimkit alone, so it has its form. */
function readData({ data }: ActivityRecord): ActivityData {
  return JSON.parse(data) as ActivityData;
}

/** Most requests about a resource do not name it: its name is what it is now, or was when it was deleted. */
async function findNames(
  { userType, groupType }: Pick<ManagementOptions, 'userType' | 'groupType'>,
  reader: ResourceReader,
  page: readonly Read[],
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  const asked = new Set<string>();
  for (const { data } of page) {
    const { resourceId: id, resourceType, name } = data;
    const type = [userType, groupType].find((one) => one.name === resourceType);
    if (id === null || name !== null || type === undefined || asked.has(id)) continue;
    asked.add(id);
    const found = (await reader.find(type, id)) ?? (await reader.tombstones.find(id));
    const text = found?.attributes.userName ?? found?.attributes.displayName;
    if (typeof text === 'string') names.set(id, text);
  }
  return names;
}

function toActivity(
  { activityId, at, status }: ActivityRecord,
  data: ActivityData,
  names: ReadonlyMap<string, string>,
): ScimActivity {
  const name = data.name ?? names.get(data.resourceId ?? '') ?? null;
  return {
    activityId,
    occurredAt: new Date(at).toISOString(),
    sentence: toSentence(data, { status, name }),
    outcome: status < 400 ? 'succeeded' : 'failed',
    operation: data.operation,
    resourceType: data.resourceType,
    resourceId: data.resourceId,
    name,
    members: data.members,
    method: data.method,
    target: data.target,
    status,
    scimType: data.scimType,
    detail: data.detail,
    keyId: data.keyId,
    keyFailure: data.keyFailure,
    totalResults: data.totalResults,
    leniencies: data.leniencies,
    durationMs: data.durationMs,
    body: data.body,
    bodyLeftOut: data.bodyLeftOut,
  };
}
