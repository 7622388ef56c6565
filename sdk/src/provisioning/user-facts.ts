import type { JsonObject } from '../protocol/json.ts';
import type { ResourceReader, StoredResource } from '../store/port.ts';
import { readsGroups, type ScimUserMapping } from './mapping.ts';

/** What a mapping reads of users, by their ids: their attributes, and their groups where it looks at them. */
export async function readUserFacts(
  reader: Pick<ResourceReader, 'membershipsOf'>,
  users: readonly StoredResource[],
  mapping: ScimUserMapping,
): Promise<ReadonlyMap<string, JsonObject>> {
  const members = readsGroups(mapping) ? users.filter(({ isMember }) => isMember) : [];
  const groups = members.length === 0 ? undefined : await reader.membershipsOf(members.map(({ id }) => id));
  return new Map(
    users.map(({ id, attributes }) => {
      const held = groups?.get(id);
      if (held === undefined) return [id, attributes];
      const shown = held.map(({ groupId, display, isDirect }) => ({
        value: groupId,
        display,
        type: isDirect ? 'direct' : 'indirect',
      }));
      return [id, { ...attributes, groups: shown }];
    }),
  );
}
