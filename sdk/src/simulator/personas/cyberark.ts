import { isObject } from '../../protocol/json.ts';
import { type Expectation, list, resource } from '../expect.ts';
import { encode, get, groupPath, patch, post, put, quote, type Request, userPath } from '../message.ts';
import type { Person } from '../names.ts';
import { type Persona, SCIM_OR_JSON, type Scenario } from '../persona.ts';
import { playSecondCycle } from '../second-cycle.ts';
import type { Session } from '../session.ts';
import { GROUP, USER } from '../vocabulary.ts';
import { patchOp, plainGroup, plainUser, toMembers } from './bodies.ts';
import { checkMembers, checkUser, create, findNobody, findOne, leave } from './steps.ts';

function findUser({ userName }: Person): Request {
  return get(`/Users?filter=${encode(`userName eq ${quote(userName)}`)}`);
}

/** One resource of discovery by its own path. */
async function playDiscovery(session: Session): Promise<void> {
  const has =
    (name: string, value: string): Expectation =>
    ({ body }) =>
      isObject(body) && body[name] === value ? [] : [`${name}: expected ${value}, got another`];
  const steps: readonly (readonly [id: string, path: string, expect: readonly Expectation[]])[] = [
    ['service-provider-config', '/ServiceProviderConfig', []],
    ['resource-type-user', '/ResourceTypes/User', [has('schema', USER)]],
    ['resource-type-group', '/ResourceTypes/Group', [has('schema', GROUP)]],
    ['schema-user', `/Schemas/${USER}`, [has('id', USER)]],
    ['schema-group', `/Schemas/${GROUP}`, [has('id', GROUP)]],
    ['one-user', '/Users?count=1', [list()]],
    ['groups', '/Groups', [list()]],
  ];
  for (const [id, path, expect] of steps) {
    await session.send({
      id,
      title: `discovery: ${path}`,
      concern: 'connect',
      request: get(path),
      status: 200,
      expect,
    });
  }
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
    title: 'create',
    request: post('/Users', plainUser(person)),
    has: { userName: person.userName, active: true },
  });
  await checkUser(session, { id: 'read-user', title: 'read', user: id, has: { userName: person.userName } });
  const name = { givenName: person.givenName, familyName: 'Renamed' };
  const send = (stepId: string, step: { title: string; active: boolean }) =>
    session.send({
      id: stepId,
      title: step.title,
      concern: step.active ? 'user' : 'leaver',
      request: put(userPath(id), plainUser(person, { id, name, active: step.active })),
      status: 200,
      expect: [resource({ id, name, active: step.active })],
    });
  await send('update-user', { title: 'update by PUT', active: true });
  await send('disable', { title: 'disable by PUT', active: false });
  await checkUser(session, {
    id: 'is-disabled',
    title: 'a disabled user stays readable',
    concern: 'leaver',
    tolerances: ['T20'],
    user: id,
    has: { active: false },
  });
  await send('enable', { title: 'enable by PUT', active: true });
  await playSecondCycle(session, async () => {
    await findOne(session, {
      id: 'match-again',
      title: 'match by userName',
      request: findUser(person),
      found: id,
    });
    await send('update-nothing', { title: 'the same PUT again', active: true });
  });
  return id;
}

async function playGroup(session: Session, user: string): Promise<string> {
  const displayName = session.names.groupName();
  const group = await create(session, {
    id: 'create-group',
    title: 'create a role as a group',
    concern: 'group',
    request: post('/Groups', plainGroup(displayName)),
    has: { displayName },
  });
  const add = (id: string, title: string) =>
    session.send({
      id,
      title,
      concern: 'group',
      request: patch(groupPath(group), patchOp({ op: 'add', path: 'members', value: toMembers([user]) })),
      status: [200, 204],
    });
  await add('add-member', 'add a member');
  await checkMembers(session, {
    id: 'member-added',
    title: 'the user is a member',
    group,
    has: { displayName },
    ids: [user],
  });
  await playSecondCycle(session, async () => {
    await add('add-again', 'add the same member');
  });
  return group;
}

const life: Scenario = {
  name: 'life',
  sequences: ['S14'],
  title: 'Discovery resource by resource, then a user and a group',
  async run(session) {
    await playDiscovery(session);
    const user = await playUser(session);
    const group = await playGroup(session, user);
    await leave(session, { user, group });
  },
};

/** CyberArk Identity, with a SCIM app. */
export const cyberark: Persona = {
  id: 'cyberark',
  name: 'CyberArk Identity',
  headers: { Accept: 'application/scim+json' },
  contentType: 'application/scim+json',
  reads: SCIM_OR_JSON,
  sees: {
    connect: 'CyberArk Identity, app > Provisioning: "Verify" fails, so provisioning cannot be enabled.',
    user: 'CyberArk Identity, Settings > Users > Outbound Provisioning: the sync report has the user as failed.',
    leaver:
      'CyberArk Identity: the sync report has the deprovisioning as failed. The person keeps access to the app.',
    group: 'CyberArk Identity: the sync report has the role mapping as failed.',
    import: 'CyberArk Identity: the sync report has updates although nothing changed.',
  },
  requests: {
    matchUser: findUser,
    createUser: (person) => post('/Users', plainUser(person)),
    deactivateUser: (id, person) => put(userPath(id), plainUser(person, { id, active: false })),
    groups: {
      create: (displayName) => post('/Groups', plainGroup(displayName)),
      addMembers: ({ id }, { added }) =>
        patch(groupPath(id), patchOp({ op: 'add', path: 'members', value: toMembers(added) })),
      batch: 100,
    },
  },
  scenarios: [life],
};
