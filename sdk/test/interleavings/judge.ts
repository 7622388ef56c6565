import { type EventRow, readConnection, type StoredConnection } from '../faults/kill/stored.ts';
import { findTellingFaults, readCommitted } from '../faults/kill/told.ts';
import type { Run, Write } from './run.ts';
import type { SharedFile } from './shared-file.ts';
import type { Telling } from './tellings.ts';

/** What broke an invariant in a run: one sentence each. */
export async function findFaults(run: Run, file: SharedFile): Promise<readonly string[]> {
  const read = async (...query: Parameters<SharedFile['rows']>) => file.rows(...query);
  const told = run.tellings.all.map(({ event }) => event);
  const dealtWith = new Set(run.tellings.all.flatMap((one) => (one.wasDealtWith ? [one.event.id] : [])));
  const committed = await readCommitted(read);
  const left = [...committed.values()].filter(({ id }) => !dealtWith.has(id));
  const stored = await Promise.all(
    run.customers.map(async ({ connectionId }) => ({
      connectionId,
      ...(await readConnection(read, connectionId)),
    })),
  );
  return [
    ...run.surprises,
    ...run.customers.flatMap(({ keys }) => keys.faults),
    ...findTellingFaults(told, committed).map((fault) => `I2: ${fault}`),
    ...left.map(({ position }) => `I2: the event at ${position} was dealt with by nobody`),
    ...run.tellings.all.flatMap(judgeTelling),
    ...stored.flatMap((connection) => [
      ...judgeHistory(connection),
      ...run.writes
        .filter(({ connectionId }) => connectionId === connection.connectionId)
        .flatMap((write) => judgeWrite(write, connection)),
    ]),
  ];
}

function judgeTelling({
  event,
  processId,
  holder,
  beside,
  isInTurn,
  isBehindMembers,
}: Telling): readonly string[] {
  const what = `${event.type} of ${event.resourceId} in process ${processId}`;
  return [
    ...(processId === holder ? [] : [`I2: ${what} was told by who had lost the right to process ${holder}`]),
    ...(beside.length === 0 ? [] : [`I2: ${what} was told beside another event of the resource`]),
    ...(isInTurn ? [] : [`I2: ${what} was told before an earlier event of the resource was dealt with`]),
    ...(isBehindMembers ? [] : [`I2: ${what} was told before what had happened to those it names`]),
  ];
}

/** The events are without gaps, their versions too, and the resources are what the last of them says. */
function judgeHistory({ events, resources, members }: StoredConnection): readonly string[] {
  const faults: string[] = [];
  const last = new Map<string, EventRow>();
  const memberIds = new Map<string, Set<string>>();
  for (const [at, event] of events.entries()) {
    if (event.position !== at + 1) faults.push(`I2: position ${event.position} stands at ${at + 1}`);
    const before = last.get(event.resourceId)?.version ?? 0;
    if (event.version !== before && event.version !== before + 1)
      faults.push(`I9: ${event.type} has version ${event.version} behind ${before}`);
    last.set(event.resourceId, event);
    const own = memberIds.get(event.resourceId) ?? new Set();
    memberIds.set(event.resourceId, own);
    for (const id of idsOf(event, 'added')) own.add(id);
    for (const id of idsOf(event, 'removed')) own.delete(id);
  }
  for (const [id, event] of last) {
    const row = resources.get(id);
    const isDeleted = event.type.endsWith('.deleted');
    if (isDeleted !== (row === undefined))
      faults.push(`I9: ${event.type} is the last of ${id}, which is there or not`);
    if (row === undefined) continue;
    if (row.version !== event.version)
      faults.push(`I9: ${id} has version ${row.version}, not ${event.version}`);
    const now = [...(members.get(id) ?? [])].toSorted();
    const said = [...(memberIds.get(id) ?? [])].toSorted();
    if (String(now) !== String(said))
      faults.push(`I9: group ${id} has members ${now}, by its events ${said}`);
  }
  for (const id of resources.keys()) if (!last.has(id)) faults.push(`I9: ${id} came without an event`);
  return faults;
}

function idsOf({ data }: EventRow, name: 'added' | 'removed'): readonly string[] {
  const members = data[name];
  return Array.isArray(members) ? members.map(({ value }) => String(value)) : [];
}

/** What was acknowledged is there once and whole, what was refused is not, and what nobody knows is there or not. */
function judgeWrite(write: Write, { events }: StoredConnection): readonly string[] {
  const { kind, outcome, canary, memberIds } = write;
  const versions = new Set(findTraces(write, events));
  const most = outcome === 'refused' ? 0 : 1;
  const least = outcome === 'done' ? 1 : 0;
  const what = `${kind} ${canary} (${outcome})`;
  // Two who delete the same are told apart by nobody.
  if (kind === 'delete') return versions.size < least ? [`I1: ${what} is not there`] : [];
  if (versions.size < least) return [`I1: ${what} is not there`];
  if (versions.size > most) return [`I9: ${what} is there ${versions.size} times`];
  if (versions.size === 0) {
    const stray = events.some((event) => idsOf(event, 'added').some((id) => memberIds.includes(id)));
    return stray ? [`I9: ${what} left members behind`] : [];
  }
  return isWhole(write, events, versions) ? [] : [`I9: ${what} is there by half`];
}

/** Versions in which a write shows, with whose they are. */
function findTraces({ kind, resourceId, canary }: Write, events: readonly EventRow[]): readonly string[] {
  const mark = kind === 'group' || kind === 'members' ? 'externalId' : 'title';
  return events
    .filter(({ type, resourceId: id, data }) => {
      if (kind === 'delete') return type === 'user.deleted' && id === resourceId;
      const isNews =
        type.endsWith('.created') || (Array.isArray(data.changed) && data.changed.includes(mark));
      return isNews && Reflect.get(Object(data.resource), mark) === canary;
    })
    .map(({ resourceId: id, version }) => `${id} ${version}`);
}

function isWhole(
  { kind, memberIds }: Write,
  events: readonly EventRow[],
  versions: ReadonlySet<string>,
): boolean {
  const own = events.filter(({ resourceId, version }) => versions.has(`${resourceId} ${version}`));
  if (kind === 'deactivate')
    return own.every(({ data }) => Reflect.get(Object(data.resource), 'active') === false);
  if (memberIds.length === 0) return true;
  const added = own.flatMap((event) => idsOf(event, 'added'));
  return memberIds.every((id) => added.includes(id));
}
