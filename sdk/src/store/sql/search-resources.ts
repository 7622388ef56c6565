import { fold } from '../../protocol/fold.ts';
import type { ResourceType } from '../../protocol/schema/resource-type.ts';
import type { MemberQuery, ResourceReader } from '../port.ts';
import { type Fragment, join, raw, rowCount, sql } from './fragment.ts';
import { indexPlanOf, type KeyColumn } from './index-plan.ts';
import type { ResourceSession } from './resource-reader.ts';
import { toMember } from './resource-rows.ts';

/** Looks for people and groups as an administrator does: by a part of a name or of an address. */
export type ResourceSearch = Pick<ResourceReader, 'search' | 'memberPage'>;

/** Columns whose text names a resource. */
const NAMES: readonly KeyColumn[] = ['name_key', 'display_key'];

export function createResourceSearch(
  { session, prefix, dialect, scope: { connectionId } }: ResourceSession,
  findEach: ResourceReader['findEach'],
): ResourceSearch {
  const all = (fragment: Fragment) => session.all(fragment.sql, fragment.values);
  const resources = raw(`${prefix}resources r`);
  const members = raw(`${prefix}members m`);

  /** Where ids of a type's resources come from in whose names or indexed values the text is; some of them twice. */
  const selectIds = (type: ResourceType, text: string): readonly Fragment[] => {
    const plan = indexPlanOf(type);
    const key = fold(text);
    const ofType = sql`r.connection_id = ${connectionId} AND r.resource_type = ${type.name}`;
    const columns = [...plan.columns.values()];
    const byName = NAMES.filter((column) => columns.includes(column)).map((name) => {
      const column = raw(`r.${name}`);
      // The texts alone are read from their index; whose they are is looked up for those that fit.
      const texts = sql`SELECT ${column} FROM ${resources} WHERE ${ofType} AND ${dialect.contains(column, key)}`;
      return sql`SELECT r.id FROM ${resources} WHERE ${ofType} AND ${column} IN (${texts})`;
    });
    const byExternalId = sql`SELECT r.id FROM ${resources} WHERE ${ofType} AND r.external_id = ${text}`;
    const byValue = plan.values.map(
      ({ name }) =>
        sql`SELECT v.resource_id FROM ${raw(prefix)}indexed_values v WHERE v.connection_id = ${connectionId} AND v.resource_type = ${type.name} AND v.attribute = ${name} AND ${dialect.contains(raw('v.value_key'), key)}`,
    );
    return [...byName, byExternalId, ...byValue];
  };

  /** Ids of those who fit, each once; one more than `most` where there are more. */
  const findIds = async (type: ResourceType, text: string, most: number): Promise<ReadonlySet<string>> => {
    const ids = new Set<string>();
    for (const source of selectIds(type, text)) {
      const rows = await all(sql`${source} LIMIT ${rowCount(most + 1)}`);
      for (const { id, resource_id } of rows) ids.add(String(id ?? resource_id));
      if (ids.size > most) break;
    }
    return ids;
  };

  /** Members who fit, found among few who do or, where half of the directory does, from the group's side. */
  const selectFitting = async (
    groupId: string,
    { text, types }: NonNullable<MemberQuery['matching']>,
    most: number,
  ): Promise<Fragment> => {
    const ofGroup = sql`m.connection_id = ${connectionId} AND m.group_id = ${groupId}`;
    const found = new Set<string>();
    for (const type of types) for (const id of await findIds(type, text, most)) found.add(id);
    if (found.size <= most)
      return sql`SELECT m.member_id, m.member_type, m.display FROM ${dialect.texts([...found])} CROSS JOIN ${members} WHERE ${ofGroup} AND m.member_id = j.value`;
    const key = fold(text);
    const byName = NAMES.map((name) => dialect.contains(raw(`coalesce(r.${name}, '')`), key));
    const byValue = sql`EXISTS (SELECT 1 FROM ${raw(prefix)}indexed_values v WHERE v.connection_id = ${connectionId} AND v.resource_id = m.member_id AND ${dialect.contains(raw('v.value_key'), key)})`;
    const fits = join([...byName, sql`coalesce(r.external_id, '') = ${text}`, byValue], ' OR ');
    return sql`SELECT m.member_id, m.member_type, m.display FROM ${members} CROSS JOIN ${resources} WHERE ${ofGroup} AND r.connection_id = ${connectionId} AND r.id = m.member_id AND (${fits})`;
  };

  return {
    async search(type, { text, offset, limit, most }) {
      const ids = await findIds(type, text, most);
      const found = [...ids].toSorted().slice(0, most);
      const page = found.slice(offset, offset + limit);
      const byId = new Map((await findEach(type, page)).map((resource) => [resource.id, resource]));
      return {
        total: found.length,
        isCut: ids.size > most,
        resources: page.flatMap((id) => byId.get(id) ?? []),
      };
    },
    async memberPage(groupId, { offset, limit, matching, most }) {
      if (matching !== undefined) {
        const fitting = await selectFitting(groupId, matching, most);
        const rows = await all(sql`${fitting} ORDER BY m.member_id LIMIT ${rowCount(most + 1)}`);
        const found = rows.slice(0, most).map(toMember);
        return {
          total: found.length,
          isCut: rows.length > most,
          members: found.slice(offset, offset + limit),
        };
      }
      const rows = await all(
        sql`SELECT m.member_id, m.member_type, m.display FROM ${members} WHERE m.connection_id = ${connectionId} AND m.group_id = ${groupId} ORDER BY m.member_id LIMIT ${rowCount(limit)} OFFSET ${rowCount(offset)}`,
      );
      // A page that is not full and not past the end tells the total by itself.
      const isWhole = rows.length < limit && (rows.length > 0 || offset === 0);
      const total = isWhole ? offset + rows.length : await countMembers(groupId);
      return { total, isCut: false, members: rows.map(toMember) };
    },
  };

  async function countMembers(groupId: string): Promise<number> {
    const [row] = await all(
      sql`SELECT count(*) AS total FROM ${members} WHERE m.connection_id = ${connectionId} AND m.group_id = ${groupId}`,
    );
    return Number(row?.total);
  }
}
