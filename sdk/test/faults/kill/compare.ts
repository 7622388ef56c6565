import { isDeepStrictEqual } from 'node:util';
import { fold } from '../../../src/protocol/fold.ts';
import { ABSENT, GROUP, type Ledger, type State, toPersonState } from './ledger.ts';
import { type Replayed, replayEvents } from './replay.ts';
import {
  type Document,
  type ReadRows,
  readConnection,
  type StoredConnection,
  type StoredRow,
} from './stored.ts';

/**
 * Holds a connection's rows against what its clients know of it: every acknowledged write is there with its event
 * (I1, I2), nothing is there by half (I9), no name twice (I7), and versions and times only went forward (I11).
 *
 * @returns one sentence for each fault
 */
export async function findFaults(
  read: ReadRows,
  { connectionId, ledger }: { readonly connectionId: string; readonly ledger: Ledger },
): Promise<readonly string[]> {
  const stored = await readConnection(read, connectionId);
  return [
    ...findLost(stored, ledger),
    ...findUnlikeLedger(stored, ledger),
    ...findGaps(stored),
    ...findUnlikeEvents(stored),
    ...findUnindexed(stored),
  ];
}

/** Acknowledged writes whose event is not there. */
function findLost({ events }: StoredConnection, { acknowledged }: Ledger): readonly string[] {
  const versioned = new Set(events.map((event) => `${event.type} ${event.resourceId} ${event.version}`));
  const unversioned = new Set(events.map((event) => `${event.type} ${event.resourceId}`));
  return acknowledged
    .filter(({ eventType, resourceId, version }) =>
      version === undefined
        ? !unversioned.has(`${eventType} ${resourceId}`)
        : !versioned.has(`${eventType} ${resourceId} ${version}`),
    )
    .map(
      ({ eventType, resourceId, version }) =>
        `lost: ${eventType} of ${resourceId}, version ${version ?? '?'}`,
    );
}

/** Resources in a state none of their clients' writes explains. */
function findUnlikeLedger({ resources, members }: StoredConnection, ledger: Ledger): readonly string[] {
  const faults: string[] = [];
  const groupsOf = new Map<string, string[]>();
  for (const [groupId, ids] of members) {
    const name = nameOf(resources.get(groupId));
    for (const id of ids) groupsOf.set(id, [...(groupsOf.get(id) ?? []), name]);
  }
  const found = new Map<string, State>();
  for (const [id, row] of resources) {
    const name = nameOf(row);
    if (found.has(name)) faults.push(`twice: ${name}`);
    found.set(name, row.type === 'Group' ? GROUP : toState(row, groupsOf.get(id) ?? []));
  }
  for (const name of new Set([...ledger.names, ...found.keys()])) {
    const state = found.get(name) ?? ABSENT;
    const possible = ledger.possible(name);
    if (!possible.includes(state)) faults.push(`state: ${name} is ${state}, not ${possible.join(' or ')}`);
  }
  return faults;
}

function nameOf(row: StoredRow | undefined): string {
  return String(row?.attributes.userName ?? row?.attributes.displayName ?? 'nobody');
}

function toState({ attributes }: StoredRow, groups: readonly string[]): State {
  return toPersonState({ title: String(attributes.title), isActive: attributes.active !== false, groups });
}

/** Events are numbered from 1, and the connection knows the last number. */
function findGaps({ events, position }: StoredConnection): readonly string[] {
  const faults = events
    .filter((event, index) => event.position !== index + 1)
    .map((event) => `gap: an event is at ${event.position}`);
  if (position !== events.length)
    faults.push(`gap: the connection is at ${position}, its events at ${events.length}`);
  return faults;
}

/** What the events say happened, one after the other, must be what the rows say there is. */
function findUnlikeEvents({ events, resources, members }: StoredConnection): readonly string[] {
  const { resources: told, faults } = replayEvents(events);
  const ids = new Set([...told.keys(), ...resources.keys(), ...members.keys()]);
  const halves = [...ids].flatMap((id) =>
    findHalf(id, { row: resources.get(id), told: told.get(id), members: members.get(id) ?? new Set() }),
  );
  return [...faults, ...halves];
}

interface TwoSides {
  readonly row: StoredRow | undefined;
  readonly told: Replayed | undefined;
  readonly members: ReadonlySet<string>;
}

function findHalf(id: string, { row, told, members }: TwoSides): readonly string[] {
  if (row === undefined || told === undefined)
    return [`half: ${id} has ${row ? 'a row' : 'no row'} and ${told ? 'is' : 'is not'} in its events`];
  const faults: string[] = [];
  if (row.version !== told.version)
    faults.push(`half: ${id} is at version ${row.version}, its events at ${told.version}`);
  if (row.lastModified !== told.lastModified)
    faults.push(`half: ${id} was changed at ${row.lastModified}, by its events at ${told.lastModified}`);
  if (!isDeepStrictEqual(row.attributes, pick(told.document, Object.keys(row.attributes))))
    faults.push(`half: ${id} is not as its last event has it`);
  if (!isDeepStrictEqual(members, told.members)) faults.push(`half: ${id} has other members than its events`);
  return faults;
}

function pick(document: Document, names: readonly string[]): Document {
  return Object.fromEntries(names.map((name) => [name, document[name]]));
}

/** Whoever is there is found by name and by address, and nobody else is. */
function findUnindexed({ resources, addresses }: StoredConnection): readonly string[] {
  const faults: string[] = [];
  for (const [id, row] of resources) {
    if (row.type !== 'User') continue;
    const userName = String(row.attributes.userName);
    if (row.nameKey !== fold(userName)) faults.push(`index: ${id} is found as ${row.nameKey}`);
    if (!isDeepStrictEqual(addresses.get(id), [fold(`${userName}@example.com`)]))
      faults.push(`index: ${id} is found at ${addresses.get(id)}`);
  }
  for (const id of addresses.keys()) if (!resources.has(id)) faults.push(`index: ${id} is not there`);
  return faults;
}
