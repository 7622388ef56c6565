import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FilterSyntax } from '../src/protocol/filter/ast.ts';
import { bindFilter } from '../src/protocol/filter/bind.ts';
import { matchFilter, readSortKey } from '../src/protocol/filter/match.ts';
import { parseFilter } from '../src/protocol/filter/parse.ts';
import { printFilter } from '../src/protocol/filter/print.ts';
import { compareText } from '../src/protocol/fold.ts';
import { isArray, type JsonObject } from '../src/protocol/json.ts';
import { allowAll } from '../src/protocol/leniency/leniency.ts';
import { createProfile } from '../src/protocol/leniency/profile.ts';
import { type AttributePath, findPath } from '../src/protocol/path.ts';
import type { ResourceType } from '../src/protocol/schema/resource-type.ts';
import type { StoredResource } from '../src/store/port.ts';
import { countInputs, runs, SEED } from './support/counts.ts';
import { type Directory, fillDirectory, openDirectory, readAll, represent } from './support/directory.ts';
import { arbitraryFilter, collectPaths, operatorsOf, visitFilter } from './support/filters.ts';
import { allTypes, deviceType, groupType, userType } from './support/resource-types.ts';

const seed = SEED;

/** Under load, and with more runs than usual. */
const TIMEOUT = { timeout: runs(60_000) };

interface Rows {
  readonly type: ResourceType;
  readonly resources: readonly StoredResource[];
  readonly shown: readonly JsonObject[];
}

let directory: Directory;
const rows = new Map<ResourceType, Rows>();

beforeAll(async () => {
  directory = await openDirectory();
  await fillDirectory(directory, { users: 110, devices: 110, groups: 30, seed });
  for (const type of allTypes) {
    const resources = await readAll(directory, type);
    rows.set(type, { type, resources, shown: await represent(directory, resources) });
  }
}, 60_000);

afterAll(() => directory.close());

function rowsOf(type: ResourceType): Rows {
  const found = rows.get(type);
  if (found === undefined) throw new TypeError(`no rows of ${type.name}`);
  return found;
}

/** Ids by the store, by `matchFilter`, and how many there could be. */
async function judge(type: ResourceType, text: string, allow = allowAll) {
  const { shown } = rowsOf(type);
  const filter = bindFilter(type, parseFilter(text), allow);
  const page = await directory.store
    .resources(directory.scope)
    .query(type, { filter, offset: 0, limit: 10_000 });
  const bySql = page.resources.map((resource) => resource.id);
  const byMemory = shown.filter((resource) => matchFilter(filter, resource)).map(({ id }) => String(id));
  return { bySql, byMemory, isPartial: bySql.length > 0 && bySql.length < shown.length };
}

describe('SQL and memory read a filter the same way', () => {
  test('there are at least 200 rows, with members, memberships and extensions', () => {
    const all = allTypes.flatMap((type) => rowsOf(type).shown);
    expect(all.length).toBeGreaterThanOrEqual(200);
    expect(
      rowsOf(userType).shown.filter(({ groups }) => isArray(groups) && groups.length > 0).length,
    ).toBeGreaterThan(20);
    expect(
      rowsOf(groupType).shown.filter(({ members }) => isArray(members) && members.length > 1).length,
    ).toBeGreaterThan(5);
  });

  test('rfc 90: every operator on every attribute, with stored values', TIMEOUT, async () => {
    const seen = new Set<string>();
    for (const type of allTypes) {
      for (const { text, leaf, literals } of collectPaths(type, rowsOf(type).shown).paths) {
        const literal = literals[literals.length >> 1];
        for (const operator of operatorsOf(leaf)) {
          const filter = `${text} ${operator} ${JSON.stringify(literal)}`;
          const { bySql, byMemory } = await judge(type, filter);
          expect(bySql, `${type.name}: ${filter}`).toEqual(byMemory);
          seen.add(`${operator} ${leaf.type}`);
        }
        for (const filter of [`${text} pr`, `not (${text} pr)`, `${text} eq null`, `${text} ne null`]) {
          const { bySql, byMemory } = await judge(type, filter);
          expect(bySql, `${type.name}: ${filter}`).toEqual(byMemory);
        }
      }
    }
    // 9 for text and references, 6 for integer, decimal and dateTime, 5 for binary, 2 for boolean.
    expect(seen.size).toBe(9 + 9 + 6 + 6 + 6 + 5 + 2);
  });

  test('B1: random filters, most of which match some rows but not all', TIMEOUT, async () => {
    const typed = fc.oneof(
      ...[userType, deviceType, groupType].map((type) =>
        arbitraryFilter(type, rowsOf(type).shown).map((syntax) => ({ type, syntax })),
      ),
    );
    const count = { filters: 0, partial: 0, kinds: new Map<string, number>() };
    await fc.assert(
      fc.asyncProperty(typed, async ({ type, syntax }) => {
        const { allow } = createProfile(count.filters % 2 === 0 ? 'compat' : 'interop');
        const { bySql, byMemory, isPartial } = await judge(type, printFilter(syntax), allow);
        expect(bySql).toEqual(byMemory);
        count.filters += 1;
        if (isPartial) count.partial += 1;
        for (const kind of kindsOf(syntax)) count.kinds.set(kind, (count.kinds.get(kind) ?? 0) + 1);
      }),
      { seed, numRuns: runs(5000), endOnFailure: true },
    );
    countInputs('B1 filters in memory and SQL: some rows', count.partial);
    countInputs('B1 filters in memory and SQL: all rows or none', count.filters - count.partial);
    expect(count.filters).toBeGreaterThanOrEqual(500);
    expect(count.partial / count.filters).toBeGreaterThan(1 / 3);
    for (const kind of [
      'and',
      'or',
      'not',
      'valuePath',
      'present',
      'eq',
      'ne',
      'co',
      'sw',
      'ew',
      'gt',
      'ge',
      'lt',
      'le',
    ])
      expect(count.kinds.get(kind) ?? 0, kind).toBeGreaterThan(10);
  });

  test('rfc 102: the deepest filter the grammar admits is still one statement', async () => {
    const nested = `${'not ('.repeat(30)}interfaces[not (speed gt 1 or type eq "work")]${')'.repeat(30)}`;
    const { bySql, byMemory, isPartial } = await judge(deviceType, nested);
    expect(bySql).toEqual(byMemory);
    expect(isPartial).toBe(true);
    const wide = Array.from({ length: 64 }, (_, index) => `interfaces.speed eq ${index}`).join(' or ');
    expect((await judge(deviceType, wide)).bySql).toEqual((await judge(deviceType, wide)).byMemory);
  });

  const CASES: readonly (readonly [ResourceType, string])[] = [
    [userType, 'schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"'],
    [userType, 'schemas ne "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"'],
    [userType, 'schemas ne "urn:ietf:params:scim:schemas:core:2.0:User"'],
    [userType, 'schemas co "enterprise" and not (schemas ew "core:2.0:User")'],
    [userType, 'schemas pr'],
    [userType, 'meta.created gt "2026-01-01T00:00:01Z"'],
    [userType, 'meta[created gt "2026-01-01T00:00:01Z" and resourceType eq "User"]'],
    [userType, 'meta pr and not (meta.resourceType ne "User")'],
    [userType, 'unknown eq "x" or nickName pr'],
    [userType, 'unknown ne "x"'],
    [userType, 'name[familyName pr and not (givenName pr)]'],
    [userType, 'not (name[familyName pr])'],
    [userType, 'groups.display sw "group"'],
    [userType, 'groups[display co "δα" and type eq "direct"]'],
    [userType, 'groups pr'],
    [groupType, 'members pr'],
    [groupType, 'members[type eq "Group"]'],
    [groupType, 'members.type eq "device" and not (members[type eq "user"])'],
    [deviceType, 'interfaces[addresses eq "work" or addresses co "%"]'],
    [deviceType, 'site[aliases eq "Ada" and floor ge 1]'],
    [deviceType, 'site.aliases eq "ada"'],
    [deviceType, 'interfaces.addresses eq "ada"'],
    [deviceType, 'interfaces[addresses eq "ada" and value pr]'],
    [deviceType, 'codes eq "Ada" or codes eq "ada"'],
    [deviceType, 'ports eq 80 and ports eq 443'],
    [deviceType, 'slots eq 80.0'],
    [deviceType, 'tags sw "\u{10FFFF}" or tags sw "" or tags ew ""'],
    [deviceType, 'label gt "\uFFFD"'],
    [deviceType, 'label ge "\uE000" and label lt "\u{1F600}z"'],
  ];
  test.each(CASES.map(([type, filter]) => ({ name: type.name, filter, type })))(
    '$name: $filter',
    async ({ type, filter }) => {
      const { bySql, byMemory } = await judge(type, filter);
      expect(bySql).toEqual(byMemory);
    },
  );

  test('rfc 103: no literal of a filter stands in the text of a statement', async () => {
    const hostile = `x' OR 1=1 --`;
    const { bySql } = await judge(userType, `userName eq ${JSON.stringify(hostile)}`);
    expect(bySql).toEqual([]);
  });
});

describe('SQL and memory order resources the same way', () => {
  test('rfc 105: every path, both directions, the id breaking ties', TIMEOUT, async () => {
    let sorted = 0;
    for (const type of allTypes) {
      for (const { text } of [
        ...collectPaths(type, rowsOf(type).shown).paths,
        { text: 'name' },
        { text: 'emails' },
      ]) {
        const target = findPath(type, text);
        if (target.kind !== 'attribute' || target.path.attribute.relation !== undefined) continue;
        for (const descending of [false, true]) {
          const page = await directory.store
            .resources(directory.scope)
            .query(type, { sortBy: target.path, descending, offset: 0, limit: 10_000 });
          const expected = sortInMemory(rowsOf(type).shown, target.path, descending);
          expect(
            page.resources.map(({ id }) => id),
            `${type.name} ${text}`,
          ).toEqual(expected);
          sorted += 1;
        }
      }
    }
    expect(sorted).toBeGreaterThan(150);
  });

  test('rfc 110: pages of a sorted, filtered list neither repeat nor skip', async () => {
    const target = findPath(deviceType, 'interfaces');
    if (target.kind !== 'attribute') throw new TypeError('interfaces');
    const filter = bindFilter(deviceType, parseFilter('interfaces pr'));
    const reader = directory.store.resources(directory.scope);
    const whole = await reader.query(deviceType, { filter, sortBy: target.path, offset: 0, limit: 10_000 });
    const ids: string[] = [];
    for (let offset = 0; offset < whole.total; offset += 7) {
      const page = await reader.query(deviceType, { filter, sortBy: target.path, offset, limit: 7 });
      expect(page.total).toBe(whole.total);
      ids.push(...page.resources.map(({ id }) => id));
    }
    expect(ids).toEqual(whole.resources.map(({ id }) => id));
  });
});

function kindsOf(syntax: FilterSyntax): readonly string[] {
  const kinds: string[] = [];
  visitFilter(syntax, (node) => kinds.push(node.kind === 'compare' ? node.operator : node.kind));
  return kinds;
}

/** RFC 7644 §3.4.2.3 in so many words: without value last when ascending, first when descending. */
function sortInMemory(
  shown: readonly JsonObject[],
  path: AttributePath,
  descending: boolean,
): readonly string[] {
  const sign = descending ? -1 : 1;
  return [...shown]
    .sort((a, b) => {
      const left = readSortKey(path, a);
      const right = readSortKey(path, b);
      const byId = compareText(String(a.id), String(b.id));
      if (left === undefined || right === undefined) {
        if (left === right) return byId;
        return sign * (left === undefined ? 1 : -1);
      }
      const difference =
        typeof left === 'string' && typeof right === 'string'
          ? compareText(left, right)
          : Number(left) - Number(right);
      return difference === 0 ? byId : sign * Math.sign(difference);
    })
    .map(({ id }) => String(id));
}
