import type { JsonObject } from '../../protocol/json.ts';
import { list, resource } from '../expect.ts';
import { encodePlus, get, groupPath, patch, post, put, quote, type Request, userPath } from '../message.ts';
import type { Person } from '../names.ts';
import { type Persona, SCIM_OR_JSON, type Scenario } from '../persona.ts';
import { playSecondCycle } from '../second-cycle.ts';
import type { Session } from '../session.ts';
import { patchOp, plainGroup, plainUser, toMembers } from './bodies.ts';
import { checkMembers, checkUser, create, findNobody, findOne, leave } from './steps.ts';

/** As the template of an app makes it: active as text, an id of null, the manager at the root. */
function oneLoginUser(person: Person, more: JsonObject = {}): JsonObject {
  return plainUser(person, {
    active: 'true',
    id: null,
    meta: { resourceType: 'User' },
    manager: { managerId: '', displayName: '' },
    ...more,
  });
}

/** With URNs of SCIM 1.x, which PUT has. */
const OLD_SCHEMAS = ['urn:scim:schemas:core:2.0', 'urn:scim:schemas:extension:enterprise:2.0'];

/** Spaces as `+`, and an ampersand at the end. */
function findUser({ userName }: Person): Request {
  return get(`/Users?filter=${encodePlus(`userName eq ${quote(userName)}`)}&`);
}

/** With a question mark and nothing behind it. */
function change(id: string, op: 'add' | 'remove', ids: readonly string[]): Request {
  return patch(`${groupPath(id)}?`, patchOp({ op, path: 'members', value: toMembers(ids) }));
}

async function playUser(session: Session): Promise<string> {
  const person = session.names.person();
  await findNobody(session, {
    id: 'match-user',
    title: 'match by userName, with + and a trailing &: not found',
    tolerances: ['T15', 'T18'],
    request: findUser(person),
    alsoAccepts: 404,
  });
  const id = await create(session, {
    id: 'create-user',
    title: 'create, active as text and an id of null',
    tolerances: ['T2', 'T12'],
    request: post('/Users', oneLoginUser(person)),
    has: { userName: person.userName, active: true },
  });
  const name = { givenName: person.givenName, familyName: 'Renamed' };
  const update = (step: { id: string; title: string; active?: string }) => {
    const { active: _active, ...body } = oneLoginUser(person, { schemas: OLD_SCHEMAS, name });
    return session.send({
      id: step.id,
      title: step.title,
      concern: 'user',
      tolerances: ['T2', 'T13', 'T15'],
      request: put(`${userPath(id)}?`, step.active === undefined ? body : { ...body, active: step.active }),
      status: 200,
      expect: [resource({ id, name })],
    });
  };
  await update({
    id: 'update-user',
    title: 'update by PUT, with URNs of SCIM 1.x and a trailing ?',
    active: 'true',
  });
  await session.send({
    id: 'suspend',
    title: 'suspend by PATCH',
    concern: 'leaver',
    tolerances: ['T15'],
    request: patch(`${userPath(id)}?`, patchOp({ op: 'replace', path: 'active', value: false })),
    status: 200,
    expect: [resource({ id, active: false })],
  });
  await update({ id: 'update-suspended', title: 'update without active' });
  await checkUser(session, {
    id: 'still-suspended',
    title: 'a PUT without active did not bring the user back',
    concern: 'leaver',
    tolerances: ['T20', 'T21'],
    user: id,
    has: { active: false },
  });
  await update({ id: 'restore', title: 'restore by PUT, active as text', active: 'true' });
  await checkUser(session, {
    id: 'is-active',
    title: 'the user is active, as a boolean',
    tolerances: ['T2'],
    user: id,
    has: { active: true, name },
  });
  await playSecondCycle(session, async () => {
    await findOne(session, {
      id: 'match-again',
      title: 'match by userName',
      tolerances: ['T15'],
      request: findUser(person),
      found: id,
    });
    await update({ id: 'update-nothing', title: 'the same PUT again', active: 'true' });
  });
  return id;
}

async function playGroup(session: Session, user: string): Promise<string> {
  const displayName = session.names.groupName();
  await session.send({
    id: 'refresh-entitlements',
    title: 'refresh entitlements: read all groups',
    concern: 'import',
    tolerances: ['T24'],
    request: get('/Groups?startIndex=1&count=100'),
    status: 200,
    expect: [list()],
  });
  const group = await create(session, {
    id: 'create-group',
    title: 'create a group, without members',
    concern: 'group',
    request: post('/Groups', plainGroup(displayName)),
    has: { displayName },
  });
  const other = await create(session, {
    id: 'create-member',
    title: 'create another user',
    tolerances: ['T2'],
    request: post('/Users', oneLoginUser(session.names.person())),
    has: {},
  });
  const send = (id: string, step: { title: string; op: 'add' | 'remove'; ids: readonly string[] }) =>
    session.send({
      id,
      title: step.title,
      concern: 'group',
      tolerances: step.op === 'remove' ? ['T5', 'T15'] : ['T15'],
      request: change(group, step.op, step.ids),
      status: [200, 204],
    });
  await send('add-members', { title: 'add two members', op: 'add', ids: [user, other] });
  await send('remove-member', { title: 'remove one of them', op: 'remove', ids: [other] });
  await checkMembers(session, {
    id: 'member-removed',
    title: 'only that member is gone',
    tolerances: ['T5'],
    group,
    has: { displayName },
    ids: [user],
  });
  await playSecondCycle(session, async () => {
    await send('same-member', { title: 'the same member', op: 'add', ids: [user] });
  });
  return group;
}

const life: Scenario = {
  name: 'life',
  sequences: ['S11'],
  title: 'A user and a group in the forms of the templates',
  async run(session) {
    const user = await playUser(session);
    const group = await playGroup(session, user);
    await leave(session, { user, group });
  },
};

/** OneLogin, with a SCIM app made from a template. */
export const onelogin: Persona = {
  id: 'onelogin',
  name: 'OneLogin',
  headers: { 'User-Agent': 'application/json', Accept: 'application/json' },
  contentType: 'application/json',
  reads: SCIM_OR_JSON,
  sees: {
    connect: 'OneLogin, app > Configuration: "API Connection" cannot be enabled.',
    user: 'OneLogin, Users > Provisioning: the task of the user is "Failed", with the answer of the server.',
    leaver:
      'OneLogin, Users > Provisioning: the task to suspend or delete is "Failed". The person keeps access to the app.',
    group:
      'OneLogin, app > Provisioning: entitlements cannot be refreshed, or rules put nobody into the group.',
    import: 'OneLogin, app > Provisioning: "Refresh" of the entitlements fails.',
  },
  requests: {
    matchUser: findUser,
    createUser: (person) => post('/Users', oneLoginUser(person)),
    deactivateUser: (id) =>
      patch(`${userPath(id)}?`, patchOp({ op: 'replace', path: 'active', value: false })),
    groups: {
      create: (displayName) => post('/Groups', plainGroup(displayName)),
      addMembers: ({ id }, { added }) => change(id, 'add', added),
      batch: 100,
    },
  },
  scenarios: [life],
};
