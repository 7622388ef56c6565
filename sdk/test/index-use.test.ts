import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bindFilter } from '../src/protocol/filter/bind.ts';
import { parseFilter } from '../src/protocol/filter/parse.ts';
import { findPath } from '../src/protocol/path.ts';
import type { ResourceType } from '../src/protocol/schema/resource-type.ts';
import type { ResourceQuery } from '../src/store/port.ts';
import { createScope } from '../src/store/scope.ts';
import type { SqlSession, SqlValue } from '../src/store/sql/database.ts';
import { createResourceReader } from '../src/store/sql/resource-reader.ts';
import { sqliteDialect } from '../src/store/sql/sqlite-dialect.ts';
import { type Directory, fillDirectory, openDirectory } from './support/directory.ts';
import { ASSET_URN, deviceType, groupType, userType } from './support/resource-types.ts';

let directory: Directory;
/** The same rows without and with statistics, which make the planner choosier. */
let handles: readonly DatabaseSync[];

beforeAll(async () => {
  directory = await openDirectory();
  await fillDirectory(directory, { users: 60, devices: 60, groups: 12, seed: 1 });
  const file = directory.database.file ?? '';
  const plain = new DatabaseSync(file);
  plain.prepare('VACUUM INTO ?').run(`${file}.analysed`);
  const analysed = new DatabaseSync(`${file}.analysed`);
  analysed.exec('ANALYZE');
  handles = [plain, analysed];
}, 60_000);

afterAll(async () => {
  for (const handle of handles) handle.close();
  await directory.close();
});

/** The steps SQLite would take for each statement. */
async function explain(read: (session: SqlSession) => Promise<unknown>): Promise<readonly string[]> {
  const steps: string[] = [];
  const note = (sql: string, values: readonly SqlValue[] = []) => {
    const rows = handles.flatMap((handle) => handle.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values));
    steps.push(...rows.map(({ detail }) => String(detail)));
  };
  await read({
    all: async (sql, values) => {
      note(sql, values);
      return [];
    },
    get: async (sql, values) => {
      note(sql, values);
      return undefined;
    },
    run: async () => 0,
  });
  return steps;
}

/** `above`, `below` and `held` are what a climb through groups has found so far, not tables. */
function isTableScan(step: string): boolean {
  return step.startsWith('SCAN') && !/^SCAN (?:above|below|held)$/.test(step);
}

function toReader(session: SqlSession, type: ResourceType) {
  const scope = createScope({ connectionId: 'a', customerId: 'customer-a' });
  return createResourceReader({
    session,
    scope,
    prefix: 'scim_',
    dialect: sqliteDialect,
    findType: () => type,
  });
}

/** The page itself, and the count that goes with it. */
function explainQuery(type: ResourceType, query: Partial<ResourceQuery>): Promise<readonly string[]> {
  return explain(async (session) => {
    await toReader(session, type).query(type, { offset: 0, limit: 100, ...query });
    await toReader(session, type).query(type, { offset: 0, ...query, limit: 0 });
  });
}

function filtered(type: ResourceType, filter: string): Promise<readonly string[]> {
  return explainQuery(type, { filter: bindFilter(type, parseFilter(filter)) });
}

/** Every table is searched, never scanned; JSON of one row is read in place. */
function expectNoScan(steps: readonly string[]): void {
  expect(steps.filter((step) => isTableScan(step) && !/^SCAN [ei] .*VIRTUAL TABLE/.test(step))).toEqual([]);
}

const CASES: readonly (readonly [ResourceType, string, RegExp])[] = [
  [userType, 'userName eq "User0@Example.com"', /scim_resources_name .*name_key=\?/],
  [userType, 'userName sw "user"', /scim_resources_name .*name_key>\? AND name_key<\?/],
  [userType, 'id eq "x"', /connection_id=\?.* AND id=\?\)/],
  [userType, 'externalId eq "ext-1"', /scim_resources_external .*external_id=\?/],
  [userType, 'displayName eq "Ada"', /scim_resources_display .*display_key=\?/],
  [userType, 'active eq true', /scim_resources_active .*active=\?/],
  [userType, 'active eq false', /scim_resources_active .*active=\?/],
  [userType, 'emails.value eq "ada"', /indexed_values|PRIMARY KEY .*attribute=\? AND value_key=\?/],
  [userType, 'emails eq "ada"', /PRIMARY KEY .*attribute=\? AND value_key=\?/],
  [userType, 'emails[value eq "ada"]', /PRIMARY KEY .*attribute=\? AND value_key=\?/],
  [userType, 'emails[type eq "work" and value eq "ada"]', /PRIMARY KEY .*attribute=\? AND value_key=\?/],
  [userType, 'emails[type eq "work"].value eq "ada"', /PRIMARY KEY .*attribute=\? AND value_key=\?/],
  [userType, 'userName eq "a" and active eq true', /scim_resources_name/],
  [userType, 'externalId eq "ext-1" and active eq true', /scim_resources_external .*external_id=\?/],
  [userType, 'active eq true and displayName eq "Ada"', /scim_resources_display .*display_key=\?/],
  [userType, 'userName eq "a" or externalId eq "b"', /scim_resources_external .*external_id=\?/],
  [userType, 'externalId eq "a" or externalId eq "b"', /scim_resources_external .*external_id=\?/],
  [userType, 'externalId eq "a" or emails.value eq "b"', /scim_resources_external .*external_id=\?/],
  [userType, 'groups.value eq "x"', /group_id=\?/],
  [userType, 'groups[value eq "x"]', /group_id=\?/],
  [groupType, 'displayName eq "Group 0"', /scim_resources_name .*name_key=\?/],
  [groupType, 'externalId eq "g-0"', /scim_resources_external .*external_id=\?/],
  [groupType, 'members.value eq "x"', /scim_members_member .*member_id=\?/],
  [groupType, 'members eq "x"', /scim_members_member .*member_id=\?/],
  [groupType, 'members[value eq "x"]', /scim_members_member .*member_id=\?/],
  [groupType, 'id eq "x" and members.value eq "y"', /id=\?/],
  [deviceType, 'serial eq "S-1"', /scim_resources_name .*name_key=\?/],
  [deviceType, 'label eq "ada"', /PRIMARY KEY .*attribute=\? AND value_key=\?/],
  [deviceType, 'interfaces[speed eq 80 and type eq "work"]', /PRIMARY KEY .*attribute=\? AND value_key=\?/],
  [deviceType, 'site[room eq "ada" and floor gt 1]', /PRIMARY KEY .*attribute=\? AND value_key=\?/],
  [deviceType, `${ASSET_URN}:inventoryNumber eq "I-0"`, /attribute=\? AND value_key=\?/],
];

describe('no filter an identity provider matches by reads more rows than it finds', () => {
  test.each(CASES.map(([type, filter, index]) => ({ name: type.name, type, filter, index })))(
    '$name: $filter',
    async ({ type, filter, index }) => {
      const steps = await filtered(type, filter);
      expectNoScan(steps);
      expect(steps.join('\n')).toMatch(index);
      // The resources themselves are found by what the filter names, not by reading all of the type.
      const resources = steps.filter((step) => /^SEARCH r /.test(step));
      expect(resources.length).toBeGreaterThan(0);
      for (const step of resources) expect(step).toMatch(/ (id|name_key|external_id|display_key|active)[=>]/);
    },
  );
});

/** That of the primary key: a type's ids in order. */
const INDEX_OF_IDS = 'INDEX sqlite_autoindex_scim_resources_1';

describe('listing', () => {
  test('rfc 110: the default listing reads one page in the order of its index, without sorting', async () => {
    for (const type of [userType, groupType, deviceType]) {
      const steps = await explainQuery(type, {});
      expectNoScan(steps);
      expect(steps[0]).toBe(`SEARCH r USING ${INDEX_OF_IDS} (connection_id=? AND resource_type=?)`);
      expect(steps.join('\n')).not.toContain('TEMP B-TREE');
    }
  });

  test('rfc 175: a page by cursor begins in the index where the one before it ended', async () => {
    for (const type of [userType, groupType, deviceType]) {
      const steps = await explain((session) =>
        toReader(session, type).walk([{ type }], { after: { key: null, id: 'x' }, limit: 100 }),
      );
      expect(new Set(steps.filter((step) => / r /.test(step)))).toEqual(
        new Set([`SEARCH r USING ${INDEX_OF_IDS} (connection_id=? AND resource_type=? AND id>?)`]),
      );
      expectNoScan(steps);
    }
  });

  test('rfc 88: a listing of all types reads one page in the order of its index', async () => {
    const selections = [userType, groupType, deviceType].map((type) => ({ type }));
    const steps = await explain(async (session) => {
      await toReader(session, userType).queryAll(selections, { offset: 0, limit: 100 });
      await toReader(session, userType).walk(selections, { after: { key: null, id: 'x' }, limit: 100 });
    });
    expectNoScan(steps);
    expect(steps.join('\n')).not.toContain('TEMP B-TREE');
  });

  test('a sorted page by cursor reads the resources of one type of one connection at most', async () => {
    const target = findPath(userType, 'title');
    if (target.kind !== 'attribute') throw new TypeError('title');
    for (const descending of [false, true]) {
      for (const key of ['x', null]) {
        const walk = { descending, after: { key, id: 'x' }, limit: 100 };
        expectNoScan(
          await explain((session) =>
            toReader(session, userType).walk([{ type: userType, sortBy: target.path }], walk),
          ),
        );
      }
    }
  });

  test('a filter without an index reads the resources of one type of one connection at most', async () => {
    const steps = await filtered(userType, 'title co "x" or nickName pr');
    expectNoScan(steps);
    for (const step of steps.filter((text) => text.startsWith('SEARCH r')))
      expect(step).toMatch(/\(connection_id=\? AND resource_type=\?/);
  });

  test('sorting reads the resources of one type of one connection at most', async () => {
    const target = findPath(userType, 'userName');
    if (target.kind !== 'attribute') throw new TypeError('userName');
    expectNoScan(await explainQuery(userType, { sortBy: target.path }));
  });
});

describe('relations', () => {
  test('members and memberships are read through their keys', async () => {
    const steps = await explain(async (session) => {
      const reader = toReader(session, userType);
      await reader.members('g');
      await reader.membersOf(['g', 'h'], 100);
      await reader.membershipsOf(['u', 'v']);
      await reader.events({ after: 0, limit: 10 });
      await reader.userIdsOf(['u']);
    });
    expect(steps.length).toBeGreaterThan(10);
    expect(steps.filter((step) => isTableScan(step) && !step.includes('VIRTUAL TABLE'))).toEqual([]);
    expectNoReadOfAll(steps);
  });

  test('P-7: whether somebody holds a resource is asked only for types that show it', async () => {
    const reading = (type: ResourceType) =>
      explain(async (session) => {
        const reader = toReader(session, type);
        await reader.find(type, 'x');
        await reader.query(type, { offset: 0, limit: 100 });
        await reader.walk([{ type }], { limit: 100 });
      });
    const asked = (steps: readonly string[]) => steps.filter((step) => step.includes(' held '));
    expect(asked(await reading(groupType))).toEqual([]);
    expect(asked(await reading(deviceType))).toEqual([]);
    expect(asked(await reading(userType)).length).toBeGreaterThan(0);
  });

  test('I5: the accounts of some resources are looked up one by one', async () => {
    const steps = await explain((session) => toReader(session, userType).userIdsOf(['u', 'v']));
    const found = steps.filter((step) => step.startsWith('SEARCH r'));
    expect(found).toHaveLength(handles.length);
    for (const step of found) expect(step).toContain('(connection_id=? AND id=?)');
  });

  test('I5: filters on the groups above a user or below a group climb through the keys', async () => {
    for (const [type, filter] of [
      [userType, 'groups.value eq "x"'],
      [userType, 'groups.display sw "x"'],
      [groupType, 'members.value eq "x"'],
    ] as const)
      expectNoReadOfAll(await filtered(type, filter));
  });

  test('I5: deleting a resource reads its own members, memberships and indexed values, not those of all', () => {
    for (const handle of handles) {
      const steps = handle
        .prepare(
          'EXPLAIN QUERY PLAN DELETE FROM scim_resources WHERE connection_id = ? AND id = ? AND resource_type = ?',
        )
        .all('a', 'x', 'User')
        .map(({ detail }) => String(detail));
      expect(steps.filter((step) => step.includes('scim_members'))).toHaveLength(2);
      expectNoReadOfAll(steps);
    }
  });
});

describe('pages', () => {
  test('P-6: a page far behind the first passes over ids alone, and reads the documents it shows', async () => {
    const steps = await explain((session) =>
      toReader(session, userType).query(userType, { offset: 99_900, limit: 100 }),
    );
    const found = steps.filter((step) => step.startsWith('SEARCH r '));
    const passing = found.filter((step) => step.endsWith('(connection_id=? AND resource_type=?)'));
    expect(passing).not.toEqual([]);
    for (const step of passing) expect(step).toContain('COVERING INDEX');
    expect(found).toContainEqual(expect.stringContaining('(connection_id=? AND id=?)'));
  });
});

/** No step finds rows by the connection alone, but the one row of the connection itself. */
function expectNoReadOfAll(steps: readonly string[]): void {
  expect(steps.filter((step) => /^SEARCH (?!c ).*\(connection_id=\?\)$/.test(step))).toEqual([]);
}

test('a search reads the texts of names from their index alone, and rows only of those who have it', async () => {
  const steps = await explain(async (session) => {
    const reader = toReader(session, userType);
    await reader.search(userType, { text: 'ada', offset: 0, limit: 50, most: 1000 });
    await reader.memberPage('g', {
      offset: 0,
      limit: 50,
      most: 1000,
      matching: { text: 'ada', types: [userType] },
    });
    await reader.memberPage('g', { offset: 0, limit: 50, most: 1000 });
  });
  // `j`: the few ids that were found.
  expectNoScan(steps.filter((step) => !step.startsWith('SCAN j VIRTUAL TABLE')));
  expect(steps.join('\n')).toMatch(
    /USING COVERING INDEX scim_resources_name \(connection_id=\? AND resource_type=\?\)/,
  );
  expect(steps.join('\n')).toMatch(/USING COVERING INDEX scim_resources_display/);
  expect(steps.join('\n')).toMatch(/scim_resources_name .*name_key=\?/);
  expect(steps.join('\n')).toMatch(/PRIMARY KEY \(connection_id=\? AND resource_type=\? AND attribute=\?\)/);
});
