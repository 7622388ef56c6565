import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { bindFilter } from '../../src/protocol/filter/bind.ts';
import { parseFilter } from '../../src/protocol/filter/parse.ts';
import type { ResourceType } from '../../src/protocol/schema/resource-type.ts';
import { createScope } from '../../src/store/scope.ts';
import type { SqlSession } from '../../src/store/sql/database.ts';
import { postgresDialect } from '../../src/store/sql/postgres-dialect.ts';
import { createResourceReader } from '../../src/store/sql/resource-reader.ts';
import { type Directory, insertConnection, openDirectory } from '../support/directory.ts';
import { ASSET_URN, deviceType, groupType, userType } from '../support/resource-types.ts';

const USERS = 20_000;
const NEIGHBOURS = 60;

let directory: Directory;
let client: pg.Client;

beforeAll(async () => {
  directory = await openDirectory();
  client = new pg.Client({ connectionString: inject('postgresUrl') ?? '' });
  await client.connect();
  for (let index = 0; index < NEIGHBOURS; index += 1) await insertConnection(directory.store, `n${index}`);
  await fill({ connections: ['a'], users: USERS, groups: 500, devices: 2_000 });
  const neighbours = Array.from({ length: NEIGHBOURS }, (_, index) => `n${index}`);
  await fill({ connections: neighbours, users: 200, groups: 10, devices: 20 });
  await client.query(`VACUUM ANALYZE ${tables().join(', ')}`);
}, 120_000);

afterAll(async () => {
  await client.end();
  await directory.close();
});

const tables = () =>
  ['connections', 'resources', 'indexed_values', 'members', 'events'].map(
    (name) => directory.database.prefix + name,
  );

interface Filling {
  readonly connections: readonly string[];
  readonly users: number;
  readonly groups: number;
  readonly devices: number;
}

/** One in fifty users is inactive; each user is in two groups. */
async function fill({ connections, users, groups, devices }: Filling): Promise<void> {
  const { prefix } = directory.database;
  const insert = (type: string, count: number, columns: Readonly<Record<string, string>>) =>
    client.query(
      `INSERT INTO ${prefix}resources (connection_id, resource_type, version, created, last_modified, attributes, search, ${Object.keys(columns).join(', ')})
       SELECT c, '${type}', 1, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z', doc, doc, ${Object.values(columns).join(', ')}
       FROM unnest($1::text[]) c CROSS JOIN generate_series(1, ${count}) i
       CROSS JOIN LATERAL (SELECT jsonb_build_object('displayName', 'Somebody ' || i, 'title', repeat('x', 300)) AS doc) d`,
      [connections],
    );
  const index = (type: string, count: number, attribute: string, value: string) =>
    client.query(
      `INSERT INTO ${prefix}indexed_values (connection_id, resource_type, attribute, value_key, resource_id, is_unique)
       SELECT c, '${type}', '${attribute}', ${value}, '${type}-' || i, 0
       FROM unnest($1::text[]) c CROSS JOIN generate_series(1, ${count}) i`,
      [connections],
    );
  await insert('User', users, {
    id: "'User-' || i",
    name_key: "'user' || i || '@example.com'",
    external_id: "'ext-' || i",
    display_key: "'somebody ' || i % 5000",
    active: 'CASE WHEN i % 50 = 0 THEN 0 ELSE 1 END',
  });
  await insert('Group', groups, { id: "'Group-' || i", name_key: "'group ' || i", external_id: "'g-' || i" });
  await insert('Device', devices, { id: "'Device-' || i", name_key: "'S-' || i" });
  await index('User', users, 'emails.value', "'user' || i || '@example.com'");
  await index('Device', devices, `${ASSET_URN}:inventoryNumber`, "'I-' || i");
  await index('Device', devices, `${ASSET_URN}:price`, 'i::text');
  await client.query(
    `INSERT INTO ${prefix}members (connection_id, group_id, member_id, member_type)
     SELECT c, 'Group-' || (i * k % ${groups} + 1), 'User-' || i, 'User'
     FROM unnest($1::text[]) c CROSS JOIN generate_series(1, ${users}) i CROSS JOIN generate_series(1, 2) k
     ON CONFLICT DO NOTHING`,
    [connections],
  );
}

interface Step {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly Alias?: string;
  readonly 'Index Cond'?: string;
  readonly Plans?: readonly Step[];
}

const flatten = (step: Step): readonly Step[] => [step, ...(step.Plans ?? []).flatMap(flatten)];

/** The steps PostgreSQL would take for each statement: with its values, and once and for all as named ones may be. */
async function explain(read: (session: SqlSession) => Promise<unknown>): Promise<readonly Step[]> {
  const steps: Step[] = [];
  const note = async (sql: string, values: readonly unknown[] = []) => {
    let count = 0;
    const text = sql.replaceAll('?', () => `$${++count}`);
    await client.query(`PREPARE explained AS ${text}`);
    const literals = values.map((value) =>
      value === null ? 'NULL' : typeof value === 'number' ? String(value) : pg.escapeLiteral(String(value)),
    );
    for (const mode of ['force_custom_plan', 'force_generic_plan']) {
      await client.query(`SET plan_cache_mode = ${mode}`);
      const execute = `EXECUTE explained${literals.length === 0 ? '' : `(${literals.join(', ')})`}`;
      const { rows } = await client.query(`EXPLAIN (FORMAT JSON) ${execute}`);
      steps.push(...flatten(rows[0]['QUERY PLAN'][0].Plan));
    }
    await client.query('DEALLOCATE explained');
  };
  await read({
    all: async (sql, values) => {
      await note(sql, values);
      return [];
    },
    get: async (sql, values) => {
      await note(sql, values);
      return undefined;
    },
    run: async () => 0,
  });
  return steps;
}

function toReader(session: SqlSession, type: ResourceType) {
  return createResourceReader({
    session,
    scope: createScope({ connectionId: 'a', customerId: 'customer-a' }),
    prefix: directory.database.prefix,
    dialect: postgresDialect,
    findType: () => type,
  });
}

/** The page itself, and the count that goes with it. */
function explainFilter(type: ResourceType, filter: string): Promise<readonly Step[]> {
  return explain(async (session) => {
    const query = { filter: bindFilter(type, parseFilter(filter)), offset: 0 };
    await toReader(session, type).query(type, { ...query, limit: 100 });
    await toReader(session, type).query(type, { ...query, limit: 0 });
  });
}

function expectNoScan(steps: readonly Step[]): void {
  const scans = steps.filter((step) => step['Node Type'] === 'Seq Scan' && step.Alias !== 'c');
  expect(scans.map((step) => step['Relation Name'])).toEqual([]);
}

const CASES: readonly (readonly [ResourceType, string, RegExp])[] = [
  [userType, 'userName eq "User77@Example.com"', /name_key = /],
  [userType, 'userName sw "user777"', /name_key >= /],
  [userType, 'id eq "User-77"', /\bid = /],
  [userType, 'externalId eq "ext-77"', /external_id = /],
  [userType, 'externalId eq "absent"', /external_id = /],
  [userType, 'displayName eq "Somebody 77"', /display_key = /],
  [userType, 'emails.value eq "User77@Example.com"', /value_key = /],
  [userType, 'emails eq "User77@Example.com"', /value_key = /],
  [userType, 'emails[value eq "User77@Example.com"]', /value_key = /],
  [userType, 'emails[type eq "work" and value eq "User77@Example.com"]', /value_key = /],
  [userType, 'emails[type eq "work"].value eq "User77@Example.com"', /value_key = /],
  [userType, 'userName eq "user77@example.com" and active eq true', /name_key = /],
  [userType, 'externalId eq "ext-77" and active eq true', /external_id = /],
  [userType, 'userName eq "user77@example.com" or externalId eq "ext-78"', /external_id = /],
  [userType, 'externalId eq "ext-77" or emails.value eq "user77@example.com"', /value_key = /],
  [userType, 'groups.value eq "Group-7"', /group_id = /],
  [userType, 'groups[value eq "Group-7"]', /group_id = /],
  [groupType, 'displayName eq "Group 7"', /name_key = /],
  [groupType, 'externalId eq "g-7"', /external_id = /],
  [groupType, 'members.value eq "User-77"', /member_id = /],
  [groupType, 'members[value eq "User-77"]', /member_id = /],
  [deviceType, 'serial eq "S-77"', /name_key = /],
  [deviceType, `${ASSET_URN}:inventoryNumber eq "I-77"`, /value_key = /],
  [deviceType, `${ASSET_URN}:price eq 77`, /value_key = /],
];

describe(`P-10 PostgreSQL, ${USERS} users: a filter on an indexed attribute reads what it finds`, () => {
  test.each(CASES.map(([type, filter, condition]) => ({ name: type.name, type, filter, condition })))(
    '$name: $filter',
    async ({ type, filter, condition }) => {
      const steps = await explainFilter(type, filter);
      expectNoScan(steps);
      expect(steps.map((step) => step['Index Cond'] ?? '').join('\n')).toMatch(condition);
      // The resources themselves are found by what the filter names, not by reading all of the type.
      const conditions = steps
        .filter((step) => step.Alias === 'r' && step['Node Type'] !== 'Bitmap Heap Scan')
        .map((step) => step['Index Cond'] ?? '');
      expect(conditions.length).toBeGreaterThan(0);
      for (const found of conditions)
        expect(found).toMatch(/(?<![a-z_])(id|name_key|external_id|display_key) (=|>=) /);
    },
  );

  test.each(['active eq true', 'active eq false'])('User: %s', async (filter) => {
    expectNoScan(await explainFilter(userType, filter));
  });
});

describe('PostgreSQL: pages and relations', () => {
  test('a page, by number or by cursor, is read in the order of its index, without sorting', async () => {
    for (const type of [userType, groupType]) {
      const steps = await explain(async (session) => {
        await toReader(session, type).query(type, { offset: 0, limit: 100 });
        await toReader(session, type).walk([{ type }], { after: { key: null, id: 'User-5' }, limit: 100 });
      });
      expectNoScan(steps);
      expect(steps.filter((step) => step['Node Type'] === 'Sort')).toEqual([]);
    }
  });

  test('members, memberships, events and accounts are read through their keys', async () => {
    const steps = await explain(async (session) => {
      const reader = toReader(session, userType);
      await reader.members('Group-7');
      await reader.membersOf(['Group-7', 'Group-8'], 100);
      await reader.membershipsOf(['User-7', 'User-8']);
      await reader.userIdsOf(['User-7', 'User-8']);
      await reader.find(userType, 'User-7');
    });
    expectNoScan(steps);
    const found = steps.filter((step) => step['Relation Name'] !== undefined);
    expect(found.length).toBeGreaterThan(8);
  });
});
