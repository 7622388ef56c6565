import { createHash } from 'node:crypto';
import { isTagged, type Preconditions, toEntityTag } from '../protocol/entity-tag.ts';
import { ScimError } from '../protocol/errors.ts';
import type { Membership, StoredResource } from '../store/port.ts';

/**
 * The version of a resource's representation (RFC 7644 §3.14). A member's groups are part of what is shown, but
 * stored with the groups; so that adding 10,000 members does not write 10,000 users, they enter as a hash.
 *
 * @param epoch of the connection: after an older backup was restored, versions are counted anew for other states
 */
export function toVersion(
  resource: Pick<StoredResource, 'version'>,
  memberships: readonly Membership[],
  epoch = '',
): string {
  const count = epoch === '' ? String(resource.version) : `${epoch}.${resource.version}`;
  if (memberships.length === 0) return toEntityTag(count);
  const hash = createHash('sha256').update(JSON.stringify(memberships)).digest('base64url').slice(0, 12);
  return toEntityTag(`${count}-${hash}`);
}

/** @throws ScimError 412 when the resource is not the version the client knows. */
export function requirePreconditions(preconditions: Preconditions, version: string): void {
  const { ifMatch, ifNoneMatch } = preconditions;
  const isStale = ifMatch !== undefined && !isTagged(ifMatch, version);
  const isKnown = ifNoneMatch !== undefined && isTagged(ifNoneMatch, version);
  if (isStale || isKnown) {
    throw new ScimError(412, 'The resource was changed since you read it. Read it again, then retry.');
  }
}
