import type { JsonObject } from '../protocol/json.ts';

const LIST_RESPONSE_URN = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

/** RFC 7644 §3.4.2. All members are always given, also where the RFC lets them be left out. */
export function toListResponse(page: {
  readonly resources: readonly JsonObject[];
  readonly total: number;
  /** 1-based. */
  readonly startIndex: number;
}): JsonObject {
  return {
    schemas: [LIST_RESPONSE_URN],
    totalResults: page.total,
    startIndex: page.startIndex,
    itemsPerPage: page.resources.length,
    Resources: page.resources,
  };
}
