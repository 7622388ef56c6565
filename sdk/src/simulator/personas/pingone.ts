import { resource } from '../expect.ts';
import { encode, get, groupPath, patch, post, put, quote, type Request, userPath } from '../message.ts';
import type { Person } from '../names.ts';
import { type Persona, SCIM_OR_JSON, type Scenario } from '../persona.ts';
import { playSecondCycle } from '../second-cycle.ts';
import type { Session } from '../session.ts';
import { patchOp, plainGroup, plainUser, toMembers } from './bodies.ts';
import { checkMembers, checkUser, create, createMany, findNobody, findOne, leave } from './steps.ts';

/** From a template such as `username Eq "%s"`: the attribute in lower case, the operator capitalised. */
function findUser({ userName }: Person): Request {
  return get(`/Users?filter=${encode(`username Eq ${quote(userName)}`)}`);
}

async function playUser(session: Session): Promise<string> {
  const person = session.names.person();
  await findNobody(session, {
    id: 'match-user',
    title: 'match by username Eq: not found',
    tolerances: ['T16', 'T18'],
    request: findUser(person),
  });
  await session.send({
    id: 'match-email',
    title: 'match by email Co, an attribute that does not exist: refused or nobody, never a failure',
    concern: 'user',
    tolerances: ['T16'],
    request: get(`/Users?filter=${encode(`email Co ${quote(person.email)}`)}`),
    status: [200, 400],
  });
  const id = await create(session, {
    id: 'create-user',
    title: 'create',
    request: post('/Users', plainUser(person)),
    has: { userName: person.userName, active: true },
  });
  const name = { givenName: person.givenName, familyName: 'Renamed' };
  const update = (stepId: string, step: { title: string; active: boolean }) =>
    session.send({
      id: stepId,
      title: step.title,
      concern: step.active ? 'user' : 'leaver',
      request: put(userPath(id), plainUser(person, { id, name, active: step.active })),
      status: 200,
      expect: [resource({ id, name, active: step.active })],
    });
  await update('update-user', { title: 'update by PUT', active: true });
  await session.send({
    id: 'patch-user',
    title: 'update by PATCH',
    concern: 'user',
    request: patch(userPath(id), patchOp({ op: 'replace', path: 'active', value: false })),
    status: [200, 204],
  });
  await checkUser(session, {
    id: 'is-disabled',
    title: 'a disabled user stays readable',
    concern: 'leaver',
    tolerances: ['T20'],
    user: id,
    has: { name, active: false },
  });
  await update('enable', { title: 'enable by PUT', active: true });
  await playSecondCycle(session, async () => {
    await findOne(session, {
      id: 'match-again',
      title: 'match by username Eq',
      tolerances: ['T16', 'T17'],
      request: findUser(person),
      found: id,
    });
    await update('update-nothing', { title: 'the same PUT again', active: true });
  });
  return id;
}

/** GROUP_MEMBERSHIP_HANDLING: merge adds, overwrite sends the whole list. */
async function playGroup(session: Session, ann: string): Promise<string> {
  const { names } = session;
  const [ben = '', cho = ''] = await createMany(session, {
    id: 'create-members',
    title: 'create two more users',
    requests: [names.person(), names.person()].map((person) => post('/Users', plainUser(person))),
  });
  const displayName = names.groupName();
  const group = await create(session, {
    id: 'create-group',
    title: 'create a group',
    concern: 'group',
    request: post('/Groups', plainGroup(displayName)),
    has: { displayName },
  });
  const send = (id: string, step: { title: string; op: 'add' | 'replace'; ids: readonly string[] }) =>
    session.send({
      id,
      title: step.title,
      concern: 'group',
      request: patch(groupPath(group), patchOp({ op: step.op, path: 'members', value: toMembers(step.ids) })),
      status: [200, 204],
    });
  await send('merge-members', { title: 'merge: add', op: 'add', ids: [ann, ben] });
  await checkMembers(session, {
    id: 'merged',
    title: 'both are members',
    group,
    has: { displayName },
    ids: [ann, ben],
  });
  await send('overwrite-members', { title: 'overwrite: the whole list', op: 'replace', ids: [ben, cho] });
  await checkMembers(session, {
    id: 'overwritten',
    title: 'exactly these are members',
    group,
    ids: [ben, cho],
  });
  await playSecondCycle(session, async () => {
    await send('overwrite-again', { title: 'overwrite with the same list', op: 'replace', ids: [cho, ben] });
  });
  return group;
}

const life: Scenario = {
  name: 'life',
  sequences: ['S13'],
  title: 'A user matched by filters from templates, and a group merged and overwritten',
  async run(session) {
    const user = await playUser(session);
    const group = await playGroup(session, user);
    await leave(session, { user, group });
  },
};

/** PingOne and PingFederate, provisioning to a SCIM store. */
export const pingone: Persona = {
  id: 'pingone',
  name: 'PingOne',
  headers: { Accept: 'application/scim+json, application/json' },
  contentType: 'application/scim+json',
  reads: SCIM_OR_JSON,
  sees: {
    connect: 'PingOne, Provisioning > Connections: "Test Connection" fails.',
    user: 'PingOne, Provisioning > Rules: the sync status counts the user as failed; the audit has the error.',
    leaver:
      'PingOne, Provisioning > Rules: the removal is counted as failed. The person keeps access to the app.',
    group: 'PingOne, Provisioning > Rules: the sync status of the group is failed, or its members differ.',
    import: 'PingOne, Provisioning > Rules: users are counted as updated in every sync.',
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
