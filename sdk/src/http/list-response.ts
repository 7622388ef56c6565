import type { JsonObject } from '../protocol/json.ts';

const LIST_RESPONSE_URN = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

/**
 * RFC 7644 §3.4.2, RFC 9865 §2. `Resources` and `itemsPerPage` are always given, also where the RFC lets them
 * be left out; of the others, those the way of paging has.
 */
export function toListResponse(page: {
  readonly resources: readonly JsonObject[];
  readonly total?: number;
  /** 1-based. */
  readonly startIndex?: number;
  readonly nextCursor?: string;
}): JsonObject {
  const { total, startIndex, nextCursor } = page;
  return {
    schemas: [LIST_RESPONSE_URN],
    ...(total === undefined ? {} : { totalResults: total }),
    ...(startIndex === undefined ? {} : { startIndex }),
    itemsPerPage: page.resources.length,
    ...(nextCursor === undefined ? {} : { nextCursor }),
    Resources: page.resources,
  };
}
