import { resource } from '../expect.ts';
import { encode, get, groupPath, patch, post, put, quote, type Request, userPath } from '../message.ts';
import type { Person } from '../names.ts';
import { type Persona, SCIM_OR_JSON, type Scenario } from '../persona.ts';
import { playSecondCycle } from '../second-cycle.ts';
import type { Session } from '../session.ts';
import { patchOp, plainGroup, plainUser, toMembers } from './bodies.ts';
import { checkMembers, checkUser, create, findNobody, findOne, leave } from './steps.ts';

function findUser({ userName }: Person): Request {
  return get(`/Users?filter=${encode(`userName eq ${quote(userName)}`)}`);
}

function change(id: string, op: 'add' | 'remove', ids: readonly string[]): Request {
  return patch(groupPath(id), patchOp({ op, path: 'members', value: toMembers(ids) }));
}

/** The test makes a user and a group, and takes both away again. */
async function playTestConnection(session: Session): Promise<void> {
  const person = session.names.person();
  const displayName = session.names.groupName();
  await findNobody(session, {
    id: 'test-match',
    title: 'test connection: look for the test user',
    concern: 'connect',
    request: findUser(person),
  });
  const user = await create(session, {
    id: 'test-user',
    title: 'test connection: create the test user',
    concern: 'connect',
    request: post('/Users', plainUser(person)),
    has: { userName: person.userName },
  });
  const group = await create(session, {
    id: 'test-group',
    title: 'test connection: create the test group',
    concern: 'connect',
    request: post('/Groups', plainGroup(displayName)),
    has: { displayName },
  });
  await session.send({
    id: 'test-member',
    title: 'test connection: put the user into the group',
    concern: 'connect',
    request: change(group, 'add', [user]),
    status: [200, 204],
  });
  for (const [id, path] of [
    ['test-delete-group', groupPath(group)],
    ['test-delete-user', userPath(user)],
  ] as const) {
    await session.send({
      id,
      title: `test connection: delete the test ${path === groupPath(group) ? 'group' : 'user'}`,
      concern: 'connect',
      request: { method: 'DELETE', path },
      status: 204,
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
  const name = { givenName: person.givenName, familyName: 'Renamed' };
  const send = (step: { id: string; title: string; active: boolean }) =>
    session.send({
      id: step.id,
      title: step.title,
      concern: step.active ? 'user' : 'leaver',
      request: put(userPath(id), plainUser(person, { id, name, active: step.active })),
      status: 200,
      expect: [resource({ id, name, active: step.active })],
    });
  await send({ id: 'update-user', title: 'update by PUT', active: true });
  await session.send({
    id: 'suspend',
    title: 'suspend by PATCH',
    concern: 'leaver',
    request: patch(userPath(id), patchOp({ op: 'replace', path: 'active', value: false })),
    status: [200, 204],
  });
  await checkUser(session, {
    id: 'is-suspended',
    title: 'a suspended user stays readable',
    concern: 'leaver',
    tolerances: ['T20'],
    user: id,
    has: { name, active: false },
  });
  await send({ id: 'restore', title: 'restore by PUT', active: true });
  await playSecondCycle(session, async () => {
    await findOne(session, {
      id: 'match-again',
      title: 'match by userName',
      request: findUser(person),
      found: id,
    });
    await send({ id: 'update-nothing', title: 'the same PUT again', active: true });
  });
  return id;
}

async function playGroup(session: Session, user: string): Promise<string> {
  const displayName = session.names.groupName();
  const group = await create(session, {
    id: 'create-group',
    title: 'create a group',
    concern: 'group',
    request: post('/Groups', plainGroup(displayName)),
    has: { displayName },
  });
  const other = await create(session, {
    id: 'create-member',
    title: 'create another user',
    request: post('/Users', plainUser(session.names.person())),
    has: {},
  });
  const send = (id: string, step: { title: string; tolerances: readonly string[]; request: Request }) =>
    session.send({ id, concern: 'group', ...step, status: [200, 204] });
  await send('add-member', { title: 'add a member', tolerances: [], request: change(group, 'add', [user]) });
  await send('add-both', {
    title: 'add a member together with one who is there',
    tolerances: ['T7'],
    request: change(group, 'add', [user, other]),
  });
  await checkMembers(session, {
    id: 'members-once',
    title: 'both are members, once',
    tolerances: ['T7'],
    group,
    has: { displayName },
    ids: [user, other],
  });
  await send('remove-member', {
    title: 'remove one',
    tolerances: ['T5'],
    request: change(group, 'remove', [other]),
  });
  await checkMembers(session, {
    id: 'member-removed',
    title: 'only that member is gone',
    tolerances: ['T5'],
    group,
    ids: [user],
  });
  await playSecondCycle(session, async () => {
    await send('add-again', {
      title: 'add the member again, as in every cycle',
      tolerances: ['T7'],
      request: change(group, 'add', [user]),
    });
  });
  return group;
}

const life: Scenario = {
  name: 'life',
  sequences: ['S12'],
  title: 'Test connection with a test user and a test group, then a user and a group with repeated additions',
  async run(session) {
    await playTestConnection(session);
    const user = await playUser(session);
    const group = await playGroup(session, user);
    await leave(session, { user, group });
  },
};

/** JumpCloud, with a custom SCIM app. */
export const jumpcloud: Persona = {
  id: 'jumpcloud',
  name: 'JumpCloud',
  headers: {},
  contentType: 'application/json',
  reads: SCIM_OR_JSON,
  sees: {
    connect: 'JumpCloud, SSO app > Identity Management: "Test Connection" fails, so it cannot be activated.',
    user: 'JumpCloud, SSO app > Identity Management: the user is not provisioned; Directory Insights has the failed event.',
    leaver:
      'JumpCloud: Directory Insights has the failed deprovisioning. The person keeps access to the app.',
    group: 'JumpCloud: the group in the app has other members than in JumpCloud.',
    import: 'JumpCloud: Directory Insights has updates in every cycle although nothing changed.',
  },
  requests: {
    matchUser: findUser,
    createUser: (person) => post('/Users', plainUser(person)),
    deactivateUser: (id) => patch(userPath(id), patchOp({ op: 'replace', path: 'active', value: false })),
    groups: {
      create: (displayName) => post('/Groups', plainGroup(displayName)),
      addMembers: ({ id }, { added }) => change(id, 'add', added),
      batch: 100,
    },
  },
  scenarios: [life],
};
