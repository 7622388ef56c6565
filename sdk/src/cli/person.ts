import { bindFilter } from '../protocol/filter/bind.ts';
import { isArray, isObject, type Json, type JsonObject } from '../protocol/json.ts';
import type { ResourceType } from '../protocol/schema/resource-type.ts';
import type { ConnectionRecord } from '../store/connections.ts';
import type { EventHistory } from '../store/history.ts';
import type { EventRecord, ResourceReader, StoredResource } from '../store/port.ts';
import { describeEvent } from './event-sentence.ts';

/** What is recorded of one person in one connection. Times are ISO 8601. */
export interface PersonReport {
  readonly connectionId: string;
  readonly customerId: string;
  readonly scimId: string;
  readonly userName: string | null;
  readonly externalId: string | null;
  readonly emails: readonly string[];
  /** The app's own account. */
  readonly userId: string | null;
  readonly state: 'active' | 'inactive' | 'deleted';
  readonly arrivedAt: string | null;
  readonly lastChangeAt: string | null;
  readonly groups: readonly { readonly groupId: string; readonly displayName: string | null }[];
  readonly history: readonly HistoryEntry[];
}

export interface HistoryEntry {
  readonly at: string;
  readonly event: string;
  readonly sentence: string;
  /** The SCIM API key that was used; null = not recorded. */
  readonly keyId: string | null;
}

export interface PersonSearch {
  readonly reader: ResourceReader;
  readonly history: EventHistory;
  readonly connection: ConnectionRecord;
  readonly userType: ResourceType;
  /** A userName, e-mail address, externalId, SCIM id or app user id. */
  readonly text: string;
}

/** Finds everyone of a connection whom the text names, those deleted included as long as their events are kept. */
export async function findPeople(search: PersonSearch): Promise<readonly PersonReport[]> {
  const live = await findUsers(search);
  const found = new Map<string, StoredResource | undefined>(live.map((user) => [user.id, user]));
  await search.history.catchUp();
  for (const id of await findFormerIds(search)) {
    if (found.has(id)) continue;
    const last = await search.history.lastEvent(id);
    if (last?.resourceType === search.userType.name)
      found.set(id, await search.reader.find(search.userType, id));
  }
  const reports: PersonReport[] = [];
  for (const [id, user] of found) {
    const events = await readEvents(search.history, id);
    reports.push(await describePerson(search, { id, user, events }));
  }
  return reports;
}

/** Of everyone who had the name at some time. */
async function findFormerIds({ history, text }: PersonSearch): Promise<readonly string[]> {
  const ids = [text];
  for (const kind of ['userName', 'email', 'externalId', 'userId'] as const)
    ids.push(...(await history.idsOf({ kind, value: text })));
  return [...new Set(ids)];
}

async function findUsers({ reader, userType, text }: PersonSearch): Promise<readonly StoredResource[]> {
  const operands = ['userName', 'externalId', 'emails.value'].map((path) =>
    bindFilter(userType, { kind: 'compare', path, operator: 'eq', value: text }),
  );
  const { resources } = await reader.query(userType, {
    filter: { kind: 'or', operands },
    offset: 0,
    limit: MAX_MATCHES,
  });
  const others = [await reader.find(userType, text), await reader.findByUserId(text)];
  const people = [...resources, ...others.filter((user) => user !== undefined)];
  return people.filter(
    (user, index) =>
      user.type.name === userType.name && people.findIndex(({ id }) => id === user.id) === index,
  );
}

const MAX_MATCHES = 50;

async function readEvents(history: EventHistory, id: string): Promise<readonly EventRecord[]> {
  const all: EventRecord[] = [];
  let page: readonly EventRecord[];
  do {
    page = await history.events({ subject: id, after: all.at(-1)?.position ?? 0, limit: PAGE });
    all.push(...page);
  } while (page.length === PAGE);
  return all;
}

const PAGE = 200;

interface FoundPerson {
  readonly id: string;
  /** undefined = deleted since. */
  readonly user: StoredResource | undefined;
  readonly events: readonly EventRecord[];
}

async function describePerson(
  { reader, connection }: PersonSearch,
  { id, user, events }: FoundPerson,
): Promise<PersonReport> {
  const own = events.filter((event) => event.resourceId === id);
  const last = own.at(-1);
  const state = user?.attributes ?? (isObject(last?.data.resource) ? last.data.resource : {});
  const memberships = user === undefined ? undefined : (await reader.membershipsOf([id])).get(id);
  return {
    connectionId: connection.connectionId,
    customerId: connection.customerId,
    scimId: id,
    userName: toText(state.userName),
    externalId: toText(state.externalId),
    emails: readEmails(state),
    userId: user?.userId ?? toText(last?.data.userId),
    state: user === undefined ? 'deleted' : user.attributes.active === false ? 'inactive' : 'active',
    arrivedAt: user?.created ?? own[0]?.occurredAt ?? null,
    lastChangeAt: user?.lastModified ?? last?.occurredAt ?? null,
    groups: (memberships ?? []).map(({ groupId, display }) => ({ groupId, displayName: display })),
    history: events.map((event) => ({
      at: event.occurredAt,
      event: event.type,
      sentence: describeEvent(event, id),
      keyId: toText(event.data.keyId),
    })),
  };
}

function readEmails(resource: JsonObject): readonly string[] {
  if (!isArray(resource.emails)) return [];
  const values = resource.emails.map((email) => (isObject(email) ? toText(email.value) : null));
  return values.filter((value) => value !== null);
}

function toText(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null;
}
