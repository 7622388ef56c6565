import type { JsonObject } from '../protocol/json.ts';

const LIST_RESPONSE_URN = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

/**
 * RFC 7644 §3.4.2, RFC 9865 §2. `Resources` and `itemsPerPage` are always given, also where the RFC lets them
 * be left out; of the others, those the way of paging has.
 */
export function toListResponse(
  page: ListEnvelope & { readonly resources: readonly JsonObject[] },
): JsonObject {
  return { ...toListEnvelope(page, page.resources.length), Resources: page.resources };
}

/** What is said of a list beside its resources. */
interface ListEnvelope {
  readonly total?: number;
  /** 1-based. */
  readonly startIndex?: number;
  readonly nextCursor?: string;
}

/** {@link toListResponse} without `Resources`. */
export function toListEnvelope({ total, startIndex, nextCursor }: ListEnvelope, items: number): JsonObject {
  return {
    schemas: [LIST_RESPONSE_URN],
    ...(total === undefined ? {} : { totalResults: total }),
    ...(startIndex === undefined ? {} : { startIndex }),
    itemsPerPage: items,
    ...(nextCursor === undefined ? {} : { nextCursor }),
  };
}
