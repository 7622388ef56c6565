import type { JsonObject } from '../protocol/json.ts';
import type { ResourceWriter, StoredResource } from '../store/port.ts';
import { type Change, NO_MEMBERS } from './change.ts';
import { readEmail, toDomain } from './email.ts';

/** Attributes by which the app would know a person again. */
const IDENTITY = ['userName', 'emails'] as const;

/**
 * What the app is told of a user whose account it had already (P40): not the identity, before the person has signed
 * in with the directory's id; and after that no address whose domain the customer has not shown to be his. So nobody
 * takes an account over by naming its address, or by changing it.
 */
export async function withholdIdentity(tx: ResourceWriter, change: Change): Promise<Change> {
  const { link } = change.kind === 'deleted' ? change.before : change.after;
  if (link === undefined) return change;
  const domains = link === 'proven' ? await tx.verifiedDomains() : NONE;
  const hide = (resource: StoredResource) => hideIdentity(resource, domains);
  if (change.kind === 'deleted') return { ...change, before: hide(change.before) };
  const after = hide(change.after);
  if (change.kind === 'created') return { ...change, after };
  const before = hide(change.before);
  const isShown = (name: string) =>
    name in after.attributes || name in before.attributes || !isIdentity(name);
  return { ...change, before, after, changed: change.changed.filter(isShown) };
}

/** The change that tells the identity, of a link that was proven just now. */
export function toProof(user: StoredResource): Change & { kind: 'updated' } {
  const before = hideIdentity({ ...user, link: 'unproven' });
  const after: StoredResource = { ...user, link: 'proven' };
  const changed = IDENTITY.filter((name) => after.attributes[name] !== undefined);
  return { kind: 'updated', before: { ...before, link: 'proven' }, after, changed, members: NO_MEMBERS };
}

const NONE: ReadonlySet<string> = new Set();

/** A resource as the app may be told of it. */
export function hideIdentity(resource: StoredResource, domains: ReadonlySet<string> = NONE): StoredResource {
  if (resource.link === undefined) return resource;
  const { userName: _, emails: __, ...shown } = resource.attributes;
  if (resource.link === 'unproven') return { ...resource, attributes: shown };
  const address = readEmail(resource.attributes);
  const domain = address === null ? null : toDomain(address);
  if (domain !== null && domains.has(domain)) return resource;
  const { emails: ___, ...rest } = resource.attributes;
  return { ...resource, attributes: rest as JsonObject };
}

function isIdentity(name: string): boolean {
  return (IDENTITY as readonly string[]).includes(name);
}
