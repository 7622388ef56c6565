import type { JsonObject } from '../../protocol/json.ts';
import { resource } from '../expect.ts';
import { encode, get, groupPath, patch, post, put, quote, type Request, userPath } from '../message.ts';
import type { Person } from '../names.ts';
import { type Persona, SCIM_OR_JSON, type Scenario } from '../persona.ts';
import { playSecondCycle } from '../second-cycle.ts';
import type { Session } from '../session.ts';
import { patchOp, plainGroup, plainUser, toMembers } from './bodies.ts';
import { checkMembers, checkUser, create, createMany, findNobody, findOne, leave } from './steps.ts';

function findUser({ userName }: Person): Request {
  return get(`/Users?filter=${encode(`userName eq ${quote(userName)}`)}`);
}

/** Booleans as text. */
function keycloakUser(person: Person, more: JsonObject = {}): JsonObject {
  return plainUser(person, {
    displayName: person.displayName,
    active: 'true',
    emails: [{ value: person.email, type: 'work', primary: 'true' }],
    ...more,
  });
}

async function playUser(session: Session): Promise<string> {
  const person = session.names.person();
  await findNobody(session, {
    id: 'match-user',
    title: 'match by userName: not found',
    request: findUser(person),
  });
  const id = await create(session, {
    id: 'create-user',
    title: 'create, booleans as text',
    tolerances: ['T2'],
    request: post('/Users', keycloakUser(person)),
    has: { userName: person.userName, active: true, emails: [{ value: person.email, primary: true }] },
  });
  const displayName = `${person.displayName} Changed`;
  const send = (stepId: string, title: string) =>
    session.send({
      id: stepId,
      title,
      concern: 'user',
      tolerances: ['T2'],
      request: put(userPath(id), keycloakUser(person, { id, displayName })),
      status: 200,
      expect: [resource({ id, displayName, active: true })],
    });
  const setActive = (stepId: string, active: boolean) =>
    session.send({
      id: stepId,
      title: `${active ? 'enable' : 'disable'} by PATCH, the boolean as text`,
      concern: active ? 'user' : 'leaver',
      tolerances: ['T2'],
      request: patch(userPath(id), patchOp({ op: 'replace', path: 'active', value: String(active) })),
      status: [200, 204],
    });
  await send('update-user', 'update: the whole user by PUT');
  await setActive('disable', false);
  await checkUser(session, {
    id: 'is-disabled',
    title: 'a disabled user stays readable, active being a boolean',
    concern: 'leaver',
    tolerances: ['T2', 'T20'],
    user: id,
    has: { displayName, active: false },
  });
  await setActive('enable', true);
  await checkUser(session, {
    id: 'is-enabled',
    title: 'the user is active',
    user: id,
    has: { active: true },
  });
  await playSecondCycle(session, async () => {
    await findOne(session, {
      id: 'match-again',
      title: 'match by userName',
      request: findUser(person),
      found: id,
    });
    await send('update-nothing', 'an event that changed nothing: the whole user by PUT');
    await setActive('enable-again', true);
  });
  return id;
}

async function playGroup(session: Session, ann: string): Promise<string> {
  const { names } = session;
  const [ben = ''] = await createMany(session, {
    id: 'create-member',
    title: 'create another user',
    requests: [post('/Users', keycloakUser(names.person()))],
  });
  const displayName = names.groupName();
  const externalId = names.uuid();
  const group = await create(session, {
    id: 'create-group',
    title: 'create a group with its members',
    concern: 'group',
    request: post('/Groups', plainGroup(displayName, { externalId, members: toMembers([ann]) })),
    has: { displayName, externalId },
  });
  const send = (id: string, step: { title: string; ids: readonly string[] }) =>
    session.send({
      id,
      title: step.title,
      concern: 'group',
      request: put(
        groupPath(group),
        plainGroup(displayName, { id: group, externalId, members: toMembers(step.ids) }),
      ),
      status: 200,
      expect: [resource({ id: group, displayName, externalId })],
    });
  await send('add-member', { title: 'a member comes: the whole group by PUT', ids: [ann, ben] });
  await checkMembers(session, { id: 'member-added', title: 'both are members', group, ids: [ann, ben] });
  await send('remove-member', { title: 'a member leaves: the whole group by PUT', ids: [ben] });
  await checkMembers(session, {
    id: 'member-removed',
    title: 'exactly the other is a member',
    group,
    ids: [ben],
  });
  await playSecondCycle(session, async () => {
    await send('same-group', { title: 'the same group again', ids: [ben] });
  });
  return group;
}

const life: Scenario = {
  name: 'life',
  sequences: ['S17'],
  title: 'A user and a group, each change as a PUT of the whole; booleans as text',
  async run(session) {
    const user = await playUser(session);
    const group = await playGroup(session, user);
    await leave(session, { user, group });
  },
};

/** Keycloak with the SCIM client extension. */
export const keycloak: Persona = {
  id: 'keycloak',
  name: 'Keycloak',
  headers: { Accept: 'application/scim+json' },
  contentType: 'application/scim+json; charset=UTF-8',
  reads: SCIM_OR_JSON,
  sees: {
    connect: 'Keycloak, User federation > scim: the server log has the failed request.',
    user: 'Keycloak: the server log has the failed request. The user is not in the app, and nothing retries it.',
    leaver:
      'Keycloak: the server log has the failed request. The person keeps access to the app, and nothing retries it.',
    group: 'Keycloak: the server log has the failed request. The group in the app keeps its old members.',
    import: 'Keycloak, User federation > scim: "Sync all users" fails, or changes users who did not change.',
  },
  requests: {
    matchUser: findUser,
    createUser: (person) => post('/Users', keycloakUser(person)),
    deactivateUser: (id, person) => put(userPath(id), keycloakUser(person, { id, active: 'false' })),
    groups: {
      create: (displayName) => post('/Groups', plainGroup(displayName, { members: [] })),
      addMembers: ({ id, displayName }, { all }) =>
        put(groupPath(id), plainGroup(displayName, { id, members: toMembers(all) })),
      batch: 100,
    },
  },
  scenarios: [life],
};
