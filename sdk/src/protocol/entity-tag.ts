/** What `If-Match` or `If-None-Match` asks: any resource at all, or one of these tags. */
export type TagCondition = '*' | readonly string[];

/** The conditions of a request, RFC 7644 §3.14. Left out = not asked. */
export interface Preconditions {
  readonly ifMatch?: TagCondition;
  readonly ifNoneMatch?: TagCondition;
}

/** One entity tag of a list; the `W/` is of no account, because versions compare weakly (RFC 9110 §8.8.3.2). */
const TAG = /(?:W\/)?"(?<tag>[\x21\x23-\x7e\x80-\xff]*)"/g;

/** Reads a header. Text that is no list of tags matches nothing. */
export function parseTagCondition(header: string | null): TagCondition | undefined {
  if (header === null) return undefined;
  if (header.trim() === '*') return '*';
  return [...header.matchAll(TAG)].map((match) => match.groups?.tag ?? '');
}

/** Whether a condition names this version, such as `W/"3"`. */
export function isTagged(condition: TagCondition, version: string): boolean {
  return condition === '*' || condition.includes(version.replace(/^W\//, '').replaceAll('"', ''));
}

/** The version of a resource as `meta.version` and `ETag` carry it: weak, because projections share it. */
export function toEntityTag(text: string): string {
  return `W/"${text}"`;
}
