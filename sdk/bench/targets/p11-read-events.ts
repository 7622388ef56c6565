import { setTimeout } from 'node:timers/promises';
import { compileTypes } from '../../src/resource-types.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { ResourceReader } from '../../src/store/port.ts';
import { createScope } from '../../src/store/scope.ts';
import { median } from '../driver/measure.ts';
import { createUsers } from '../driver/workloads/create-users.ts';
import { type Aim, atMost, type Row } from '../lab/aim.ts';
import { describe, type Lab, type Place, SETTINGS, type Setting } from '../lab/lab.ts';
import { numbers } from '../lab/multiply.ts';
import { quote } from '../lab/sql.ts';

/** Events a consumer takes at once. */
const PAGE = 100;

/** Reading events from where one left off. */
export const P11: Aim = {
  id: 'P-11',
  title: 'read events',
  async run(lab) {
    const rows: Row[] = [];
    for (const name of lab.hasPostgres ? (['express', 'postgres'] as const) : (['express'] as const)) {
      rows.push(await followCreates(lab, SETTINGS[name]), await compareCursors(lab, SETTINGS[name]));
    }
    return { rows };
  },
};

/** How long after the last create of a first synchronisation a consumer has seen all of it. */
async function followCreates(lab: Lab, setting: Setting): Promise<Row> {
  const place = await lab.directory(setting, { users: 100, purpose: 'events' });
  const { reader, close } = openReader(place);
  const count = lab.scale.creates;
  let position = 0;
  let seen = 0;
  const consume = async () => {
    const events = await reader.events({ after: position, limit: PAGE });
    position = events.at(-1)?.position ?? position;
    seen += events.filter(({ type }) => type === 'user.created').length;
    return events.length;
  };
  while ((await consume()) > 0);
  seen = 0;
  let isCreating = true;
  const consumer = (async () => {
    while (isCreating || seen < count) if ((await consume()) === 0) await setTimeout(5);
  })();
  await createUsers(place, { prefix: `events-${process.pid}`, count, concurrency: 8 });
  const created = performance.now();
  isCreating = false;
  await consumer;
  const behind = performance.now() - created;
  place.checks.ok(seen === count, `a consumer saw ${seen} events of ${count} creates`);
  await close();
  return {
    what: `a consumer is behind the last create, ${describe(setting)}`,
    measured: behind,
    unit: 'ms',
    bound: atMost(1000),
  };
}

/** A page of events at the end of the log and at its beginning, in turn. */
async function compareCursors(lab: Lab, setting: Setting): Promise<Row> {
  const place = await lab.directory(setting, { users: 1, purpose: 'many events' });
  const { events, isHugeFull } = lab.scale;
  await fillEvents(place, events);
  const { reader, close } = openReader(place);
  const time = async (after: number) => {
    const begin = performance.now();
    const page = await reader.events({ after, limit: PAGE });
    place.checks.ok(
      page.length === PAGE && page[0]?.position === after + 1,
      `events after ${after} are wrong`,
    );
    return performance.now() - begin;
  };
  const first: number[] = [];
  const last: number[] = [];
  for (let at = 0; at < 300; at += 1) {
    first.push(await time(10));
    last.push(await time(events - PAGE - 10));
  }
  await close();
  return {
    what: `events after ${events.toLocaleString('en')}, ${describe(setting)}, of after 10`,
    measured: median(last.slice(50)) / median(first.slice(50)),
    unit: '×',
    bound: atMost(1.3),
    ...(!isHugeFull && { note: 'smaller than the target' }),
  };
}

/** The log as the first event repeated, with little in it. */
async function fillEvents({ server: { sql }, account }: Place, count: number): Promise<void> {
  const connection = quote(account.name);
  await sql.run(`DELETE FROM scim_events WHERE connection_id = ${connection} AND position > 1`);
  await sql.run(
    `INSERT INTO scim_events (connection_id, position, id, type, resource_type, resource_id, resource_version, occurred_at, data)
      SELECT connection_id, n.i + 2, 'evt_' || n.i, type, resource_type, resource_id, resource_version, occurred_at, '{}'
      FROM scim_events e CROSS JOIN ${numbers(sql, count)} WHERE e.connection_id = ${connection} AND e.position = 1`,
  );
  await sql.settle();
}

/** The log as scimkit itself reads it. */
function openReader({ server, account }: Place): { reader: ResourceReader; close: () => Promise<void> } {
  const options = { types: compileTypes([], []) };
  const { database } = server;
  const store = database.startsWith('postgres:')
    ? openStore({ kind: 'postgres', database }, options)
    : openStore({ kind: 'sqlite', database: database.replace(/^sqlite:/, '') }, options);
  const scope = createScope({ connectionId: account.name, customerId: 'any' });
  return { reader: store.resources(scope), close: () => store.close() };
}
