import type { JsonObject } from '../../protocol/json.ts';
import { list, resource } from '../expect.ts';
import { encode, get, groupPath, patch, post, put, quote, type Request, userPath } from '../message.ts';
import type { Person } from '../names.ts';
import { type Persona, SCIM_OR_JSON, type Scenario } from '../persona.ts';
import { playSecondCycle } from '../second-cycle.ts';
import type { Session } from '../session.ts';
import { ENTERPRISE, USER } from '../vocabulary.ts';
import { patchOp, plainGroup, plainUser, toMembers } from './bodies.ts';
import { checkMembers, checkUser, create, createMany, findNobody, findOne, leave } from './steps.ts';

function ripplingUser(person: Person): JsonObject {
  return plainUser(person, {
    schemas: [USER, ENTERPRISE],
    [ENTERPRISE]: { employeeNumber: person.employeeNumber },
  });
}

function findUser({ userName }: Person): Request {
  return get(`/Users?filter=${encode(`userName eq ${quote(userName)}`)}`);
}

async function playUser(session: Session): Promise<string> {
  const person = session.names.person();
  await session.send({
    id: 'test-connection',
    title: 'test connection: /ServiceProviderConfig with the key',
    concern: 'connect',
    request: get('/ServiceProviderConfig'),
    status: 200,
  });
  await session.send({
    id: 'read-users',
    title: 'read users page by page',
    concern: 'import',
    tolerances: ['T24'],
    request: get('/Users?startIndex=1&count=100'),
    status: 200,
    expect: [list()],
  });
  await findNobody(session, {
    id: 'match-user',
    title: 'match by userName: not found',
    request: findUser(person),
  });
  const id = await create(session, {
    id: 'create-user',
    title: 'create, with an employee number',
    request: post('/Users', ripplingUser(person)),
    has: { userName: person.userName, [ENTERPRISE]: { employeeNumber: person.employeeNumber } },
  });
  const send = (stepId: string, step: { title: string; value: JsonObject }) =>
    session.send({
      id: stepId,
      title: step.title,
      concern: step.value.active === false ? 'leaver' : 'user',
      tolerances: ['T3'],
      request: patch(userPath(id), patchOp({ op: 'replace', value: step.value })),
      status: [200, 204],
    });
  await send('update-user', { title: 'update by PATCH', value: { title: 'Engineer' } });
  await send('deactivate', { title: 'deactivate', value: { active: false } });
  await checkUser(session, {
    id: 'is-inactive',
    title: 'an inactive user stays readable',
    concern: 'leaver',
    tolerances: ['T20'],
    user: id,
    has: { title: 'Engineer', active: false },
  });
  await send('reactivate', { title: 'activate', value: { active: true } });
  await playSecondCycle(session, async () => {
    await findOne(session, {
      id: 'match-again',
      title: 'match by userName',
      request: findUser(person),
      found: id,
    });
    await send('update-nothing', { title: 'the same values', value: { title: 'Engineer', active: true } });
  });
  return id;
}

/** The same group, once with "use PATCH to edit groups" on and once off. */
async function playGroup(session: Session, ann: string): Promise<string> {
  const { names } = session;
  const [ben = ''] = await createMany(session, {
    id: 'create-member',
    title: 'create another user',
    requests: [post('/Users', ripplingUser(names.person()))],
  });
  const displayName = names.groupName();
  const group = await create(session, {
    id: 'create-group',
    title: 'create a group',
    concern: 'group',
    request: post('/Groups', plainGroup(displayName, { members: toMembers([ann]) })),
    has: { displayName },
  });
  await session.send({
    id: 'patch-members',
    title: 'members by PATCH',
    concern: 'group',
    request: patch(groupPath(group), patchOp({ op: 'add', path: 'members', value: toMembers([ben]) })),
    status: [200, 204],
  });
  await checkMembers(session, {
    id: 'patched',
    title: 'both are members',
    group,
    has: { displayName },
    ids: [ann, ben],
  });
  const putMembers = (id: string, ids: readonly string[]) =>
    session.send({
      id,
      title: 'members by PUT',
      concern: 'group',
      request: put(groupPath(group), plainGroup(displayName, { id: group, members: toMembers(ids) })),
      status: 200,
      expect: [resource({ id: group, displayName })],
    });
  await putMembers('put-members', [ben]);
  await checkMembers(session, {
    id: 'replaced',
    title: 'exactly the listed one is a member',
    group,
    ids: [ben],
  });
  await playSecondCycle(session, async () => {
    await putMembers('same-members', [ben]);
  });
  return group;
}

const life: Scenario = {
  name: 'life',
  sequences: [],
  title: 'A user, and a group changed by PATCH as well as by PUT',
  async run(session) {
    const user = await playUser(session);
    const group = await playGroup(session, user);
    await leave(session, { user, group });
  },
};

/** Rippling, with a custom SCIM app. */
export const rippling: Persona = {
  id: 'rippling',
  name: 'Rippling',
  headers: {},
  contentType: 'application/scim+json',
  reads: SCIM_OR_JSON,
  sees: {
    connect: 'Rippling, app > Settings: the SCIM connection cannot be verified.',
    user: 'Rippling, app > Overview: the account of the employee shows an error and access is not granted.',
    leaver: 'Rippling, app > Overview: the removal shows an error. The person keeps access to the app.',
    group: 'Rippling, app > Groups: the group shows an error, or other members than Rippling has.',
    import: 'Rippling, app > Overview: employees are shown as not matched.',
  },
  requests: {
    matchUser: findUser,
    createUser: (person) => post('/Users', ripplingUser(person)),
    deactivateUser: (id) => patch(userPath(id), patchOp({ op: 'replace', value: { active: false } })),
    groups: {
      create: (displayName) => post('/Groups', plainGroup(displayName, { members: [] })),
      addMembers: ({ id }, { added }) =>
        patch(groupPath(id), patchOp({ op: 'add', path: 'members', value: toMembers(added) })),
      batch: 100,
    },
  },
  scenarios: [life],
};
