import { z } from 'zod';

/** What a handler or a webhook may ask for: `user.created`, `user.*`, `scim.mass_deprovision.held`. */
export const eventTypeSchema = z
  .string()
  .regex(/^[a-z0-9_$-]+(?:\.[a-z0-9_$-]+)*\.(?:\*|[a-z0-9_$-]+)$/, 'write user.created or user.*');

/** Of what there are events beside those of resource types. */
const OTHERS = ['scim', 'seats'];

/**
 * A misspelt name would never come, which nobody notices until it is missed.
 *
 * @param subjects What the events of the resource types there are start with, such as `user`.
 * @throws TypeError for a name that no event starts with.
 */
export function requireEventTypes(
  method: string,
  types: readonly string[] | null | undefined,
  subjects: readonly string[],
): void {
  const known = [...subjects, ...OTHERS];
  const unknown = types?.find((type) => !known.includes(type.split('.')[0] ?? ''));
  if (unknown === undefined) return;
  throw new TypeError(
    `${method}: types: no event is called ${unknown}. They begin with ${known.join('., ')}.`,
  );
}

/** Which events are meant by their types; left out, all. */
export function selectTypes(types: readonly string[] | undefined): (type: string) => boolean {
  if (types === undefined) return () => true;
  const names = new Set(types);
  return (type) => names.has(type) || groupsOf(type).some((group) => names.has(group));
}

/** `a.b.c` → `a.*`, `a.b.*` */
function groupsOf(type: string): readonly string[] {
  const parts = type.split('.');
  return parts.slice(1).map((_, index) => `${parts.slice(0, index + 1).join('.')}.*`);
}
