import { isArray, isObject, type Json, type JsonObject } from '../../protocol/json.ts';
import { type Expectation, list, readMembers, readResources, resource } from '../expect.ts';
import { encode, get, groupPath, patch, post, put, quote, type Request, userPath } from '../message.ts';
import type { Person } from '../names.ts';
import { type Persona, SCIM_OR_JSON, type Scenario } from '../persona.ts';
import { playSecondCycle } from '../second-cycle.ts';
import type { Session } from '../session.ts';
import { USER } from '../vocabulary.ts';
import { patchOp, plainGroup, plainUser, toMembers } from './bodies.ts';
import { readAll } from './pages.ts';
import { checkMembers, checkUser, create, findNobody, leave } from './steps.ts';

const PAGE = 100;

/** What discovery told. */
interface Discovery {
  readonly patches: boolean;
  /** The text attributes of users that can be written, as /Schemas has them. */
  readonly textAttributes: readonly string[];
}

async function playDiscovery(session: Session): Promise<Discovery> {
  const read = (id: string, path: string, expect: readonly Expectation[] = []) =>
    session.send({
      id,
      title: `discovery: ${path}`,
      concern: 'connect',
      request: get(path),
      status: 200,
      expect,
    });
  const { body: config } = await read('service-provider-config', '/ServiceProviderConfig', [
    ({ body }) =>
      isObject(body) && isObject(body.patch) && typeof body.patch.supported === 'boolean'
        ? []
        : ['patch.supported: expected a boolean, got something else'],
  ]);
  await read('resource-types', '/ResourceTypes', [list()]);
  await read('resource-type-user', '/ResourceTypes/User');
  await read('resource-type-group', '/ResourceTypes/Group');
  const { body: schemas } = await read('schemas', '/Schemas', [
    list(),
    ({ body }) =>
      findTextAttributes(body).length > 0 ? [] : ['schema of User: expected attributes, got none'],
  ]);
  const patches = isObject(config) && isObject(config.patch) && config.patch.supported === true;
  return { patches, textAttributes: findTextAttributes(schemas) };
}

/** Free text that can be written: nothing unique, no choice of values. */
function findTextAttributes(schemas: Json | undefined): readonly string[] {
  const user = readResources(schemas).find(({ id }) => id === USER);
  const attributes = isArray(user?.attributes) ? user.attributes.filter(isObject) : [];
  return attributes
    .filter(
      ({ type, multiValued, mutability, uniqueness, returned, canonicalValues }) =>
        type === 'string' &&
        multiValued === false &&
        mutability === 'readWrite' &&
        uniqueness === 'none' &&
        returned === 'default' &&
        canonicalValues === undefined,
    )
    .map(({ name }) => String(name));
}

/** Each attribute that /Schemas declares is sent, and must be kept. */
function toDeclared(discovery: Discovery): JsonObject {
  const values: Readonly<Record<string, string>> = {
    locale: 'en-US',
    preferredLanguage: 'en-US',
    timezone: 'Europe/Berlin',
  };
  return Object.fromEntries(
    discovery.textAttributes.map((name) => [name, values[name] ?? `Simulated ${name}`]),
  );
}

function findUser({ userName }: Person): Request {
  return get(`/Users?filter=${encode(`userName eq ${quote(userName)}`)}`);
}

async function playUser(session: Session, discovery: Discovery): Promise<string> {
  const person = session.names.person();
  const declared = toDeclared(discovery);
  await findNobody(session, {
    id: 'match-user',
    title: 'match by userName: not found',
    request: findUser(person),
  });
  const id = await create(session, {
    id: 'create-user',
    title: 'create, with every text attribute that /Schemas declares',
    request: post('/Users', plainUser(person, declared)),
    has: { userName: person.userName, ...declared },
  });
  const setActive = (active: boolean): Request =>
    discovery.patches
      ? patch(userPath(id), patchOp({ op: 'replace', path: 'active', value: active }))
      : put(userPath(id), plainUser(person, { id, ...declared, active }));
  const send = (stepId: string, active: boolean) =>
    session.send({
      id: stepId,
      title: `${active ? 'enable' : 'disable'} the account, by PATCH where it is supported`,
      concern: active ? 'user' : 'leaver',
      request: setActive(active),
      status: [200, 204],
    });
  await send('disable', false);
  await checkUser(session, {
    id: 'is-disabled',
    title: 'a disabled account stays readable, with all attributes',
    concern: 'leaver',
    tolerances: ['T20'],
    user: id,
    has: { ...declared, active: false },
  });
  await send('enable', true);
  await playSecondCycle(session, async () => {
    await send('enable-again', true);
  });
  return id;
}

async function playEntitlement(session: Session, user: string): Promise<string> {
  const displayName = session.names.groupName();
  const group = await create(session, {
    id: 'create-group',
    title: 'create an entitlement as a group',
    concern: 'group',
    request: post('/Groups', plainGroup(displayName)),
    has: { displayName },
  });
  const add = (id: string) =>
    session.send({
      id,
      title: 'grant the entitlement',
      concern: 'group',
      request: patch(groupPath(group), patchOp({ op: 'add', path: 'members', value: toMembers([user]) })),
      status: [200, 204],
    });
  await add('grant');
  await checkMembers(session, {
    id: 'granted',
    title: 'the account is a member',
    group,
    has: { displayName },
    ids: [user],
  });
  await session.send({
    id: 'user-groups',
    title: 'the account names the group',
    concern: 'group',
    request: get(userPath(user)),
    status: 200,
    expect: [resource({ id: user, groups: [{ value: group }] })],
  });
  await playSecondCycle(session, async () => {
    await add('grant-again');
  });
  return group;
}

/** Aggregation reads everything there is, and must come to what was provisioned. */
async function playAggregation(
  session: Session,
  { user, group }: { readonly user: string; readonly group: string },
): Promise<void> {
  const users = await readAll(session, { path: '/Users', concern: 'import', count: PAGE });
  const groups = await readAll(session, { path: '/Groups', concern: 'import', count: PAGE });
  const own = groups.find(({ id }) => id === group);
  const times = users.filter(({ id }) => id === user).length;
  await session.check({
    id: 'aggregated',
    title: 'the aggregation has the account once, the group and its member',
    concern: 'import',
    tolerances: ['T24'],
    request: get(groupPath(group)),
    status: 200,
    expect: [
      () => (times === 1 ? [] : [`the account among all users: expected once, got ${times} times`]),
      () =>
        readMembers(own).includes(user) ? [] : ['the group among all groups: expected its member, got none'],
    ],
  });
}

const life: Scenario = {
  name: 'life',
  sequences: ['S15'],
  title:
    'Discovery, an account with all declared attributes, an entitlement, and the aggregation of everything',
  async run(session) {
    const discovery = await playDiscovery(session);
    const user = await playUser(session, discovery);
    const group = await playEntitlement(session, user);
    await playAggregation(session, { user, group });
    await leave(session, { user, group });
  },
};

/** SailPoint, with its SCIM 2.0 connector. */
export const sailpoint: Persona = {
  id: 'sailpoint',
  name: 'SailPoint',
  headers: { Accept: 'application/scim+json' },
  contentType: 'application/scim+json',
  reads: SCIM_OR_JSON,
  sees: {
    connect: 'SailPoint, source > Connection: "Test Connection" fails, or "Discover Schema" finds nothing.',
    user: 'SailPoint, Activity: the provisioning of the account is "Failed", with the answer of the server.',
    leaver: 'SailPoint, Activity: the disabling is "Failed". The person keeps access to the app.',
    group: 'SailPoint, Activity: the access request is "Failed", or certifications show access nobody has.',
    import:
      'SailPoint, source > Account or Entitlement Aggregation: it fails, or accounts are missing in it.',
  },
  requests: {
    matchUser: findUser,
    createUser: (person) => post('/Users', plainUser(person)),
    deactivateUser: (id) => patch(userPath(id), patchOp({ op: 'replace', path: 'active', value: false })),
    groups: {
      create: (displayName) => post('/Groups', plainGroup(displayName)),
      addMembers: ({ id }, { added }) =>
        patch(groupPath(id), patchOp({ op: 'add', path: 'members', value: toMembers(added) })),
      batch: 100,
    },
  },
  scenarios: [life],
};
