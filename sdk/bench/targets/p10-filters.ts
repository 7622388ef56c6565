import { bindFilter } from '../../src/protocol/filter/bind.ts';
import { parseFilter } from '../../src/protocol/filter/parse.ts';
import { compileTypes } from '../../src/resource-types.ts';
import { compileSelections } from '../../src/store/sql/selection.ts';
import { sqliteDialect } from '../../src/store/sql/sqlite-dialect.ts';
import { toUserName } from '../driver/fixtures.ts';
import { median } from '../driver/measure.ts';
import { type Aim, atMost, type Row } from '../lab/aim.ts';
import { describe, type Lab, SETTINGS } from '../lab/lab.ts';
import { openTraced } from '../lab/traced.ts';
import { groupsOf } from './p7-list-groups.ts';

const NAME = toUserName('u', 77);

/** Filters on attributes that have an index, as identity providers send them. */
const FILTERS = [
  ['/Users', `userName eq "${NAME}"`],
  ['/Users', 'userName sw "u-00000"'],
  ['/Users', 'userName gt "u-9"'],
  ['/Users', 'externalId eq "u-ext-0000077"'],
  ['/Users', 'id eq "01900000-0000-7000-8000-00000000004d"'],
  ['/Users', `emails.value eq "${NAME}"`],
  ['/Users', `emails[value eq "${NAME}"]`],
  ['/Users', `emails[type eq "work" and value eq "${NAME}"]`],
  ['/Users', `userName eq "${NAME}" and active eq true`],
  ['/Users', `userName eq "${NAME}" or externalId eq "x"`],
  ['/Users', `userName eq "${NAME}" or emails.value eq "${NAME}"`],
  ['/Users', 'displayName eq "Ada Abara" and userName sw "u-00"'],
  ['/Groups', 'displayName eq "Engineers"'],
  ['/Groups', 'members.value eq "01900000-0000-7000-8000-00000000004d"'],
  ['/Groups', 'externalId eq "x" and displayName eq "Engineers"'],
] as const;

/** Filters find their rows by an index, and are read quickly. */
export const P10: Aim = {
  id: 'P-10',
  title: 'filters',
  async run(lab) {
    const rows: Row[] = [];
    for (const name of lab.hasPostgres ? (['express', 'postgres'] as const) : (['express'] as const))
      rows.push(await countScans(lab, name));
    return { rows: [...rows, measureCompiler()] };
  },
};

/** Through the whole server: what it asks the database, and how that would find it. */
async function countScans(lab: Lab, name: 'express' | 'postgres'): Promise<Row> {
  // Many users, groups and members: the planner of PostgreSQL reads a few rows whole, and rightly so.
  const place = await groupsOf(lab, name);
  const traced = await openTraced(place);
  const scanned: string[] = [];
  for (const [endpoint, filter] of FILTERS) {
    const statements = await traced.readsOf(`${endpoint}?filter=${encodeURIComponent(filter)}`);
    const scans = (await Promise.all(statements.map((statement) => traced.scansOf(statement)))).flat();
    if (scans.length > 0) scanned.push(`${filter}: ${scans.join('; ')}`);
  }
  await traced.close();
  return {
    what: `scans by ${FILTERS.length} filters on indexed attributes, ${describe(SETTINGS[name])}`,
    measured: scanned.length,
    unit: 'scans',
    bound: atMost(0),
    ...(scanned.length > 0 && { note: scanned.join(' | ') }),
  };
}

/** Text → data → SQL, of a filter as Entra ID sends it. CPU time. */
function measureCompiler(): Row {
  const [type] = compileTypes([], []);
  if (type === undefined) throw new Error('There is no resource type.');
  const text = `emails[type eq "work"].value eq "${NAME}" and active eq true`;
  const compile = () => {
    const filter = bindFilter(type, parseFilter(text));
    return compileSelections([{ type, filter }], {
      connectionId: 'c',
      prefix: 'scim_',
      dialect: sqliteDialect,
    });
  };
  const times = [20_000, 20_000, 20_000, 20_000].map((count) => {
    const begin = process.cpuUsage();
    for (let at = 0; at < count; at += 1) compile();
    const { user, system } = process.cpuUsage(begin);
    return (user + system) / count;
  });
  return {
    what: 'parse and compile a filter of two comparisons',
    measured: median(times.slice(1)),
    unit: 'µs',
    bound: atMost(20),
  };
}
