import { isObject, type JsonObject } from '../../protocol/json.ts';
import { type Expectation, listOf, readMembers, readResources, resource } from '../expect.ts';
import {
  type Answer,
  encode,
  get,
  groupPath,
  patch,
  post,
  put,
  quote,
  type Request,
  remove,
  userPath,
} from '../message.ts';
import { type Persona, SCIM_OR_JSON, type Scenario } from '../persona.ts';
import { playSecondCycle } from '../second-cycle.ts';
import type { Session } from '../session.ts';
import { patchOp, plainGroup, plainUser } from './bodies.ts';
import { readAll } from './pages.ts';
import { checkMembers, checkUser, create, createMany, deleteOne } from './steps.ts';

function findGroup(displayName: string): Request {
  return get(`/Groups?filter=${encode(`displayName eq ${quote(displayName)}`)}`);
}

/** One operation for each member, in requests of as many operations as bulk takes. */
function toMemberRequests(
  group: string,
  changes: { readonly op: 'add' | 'remove'; readonly ids: readonly string[]; readonly maxOperations: number },
): readonly Request[] {
  const { op, ids, maxOperations } = changes;
  const operations = ids.map((value) => ({ op, path: 'members', value: [{ value }] }));
  return Array.from({ length: Math.ceil(operations.length / maxOperations) }, (_, index) =>
    patch(groupPath(group), patchOp(...operations.slice(index * maxOperations, (index + 1) * maxOperations))),
  );
}

/** Asked for first; its number of operations is used for groups even where bulk is not supported. */
async function readMaxOperations(session: Session): Promise<number> {
  const readNumber = ({ body }: Pick<Answer, 'body'>) =>
    isObject(body) && isObject(body.bulk) ? body.bulk.maxOperations : undefined;
  const isSane: Expectation = (answer) => {
    const count = readNumber(answer);
    return Number.isInteger(count) && Number(count) > 0
      ? []
      : [`bulk.maxOperations: expected 1 or more, got ${count ?? 'nothing'}`];
  };
  const answer = await session.send({
    id: 'service-provider-config',
    title: 'read /ServiceProviderConfig',
    concern: 'connect',
    request: get('/ServiceProviderConfig'),
    status: 200,
    expect: [isSane],
  });
  return Number(readNumber(answer));
}

async function playUser(session: Session): Promise<string> {
  const person = session.names.person();
  const first = await create(session, {
    id: 'create-user',
    title: 'create',
    request: post('/Users', plainUser(person)),
    has: { userName: person.userName, externalId: person.externalId, active: true },
  });
  const name = { givenName: person.givenName, familyName: 'Renamed' };
  const putUser = (id: string, active: boolean): Request =>
    put(userPath(id), plainUser(person, { name, active }));
  const send = (id: string, step: { title: string; user: string; active: boolean }) =>
    session.send({
      id,
      title: step.title,
      concern: step.active ? 'user' : 'leaver',
      request: putUser(step.user, step.active),
      status: 200,
      expect: [resource({ id: step.user, name, active: step.active })],
    });
  await send('update-user', { title: 'update by PUT', user: first, active: true });
  await send('disable', { title: 'disable by PUT', user: first, active: false });
  await checkUser(session, {
    id: 'is-disabled',
    title: 'a disabled user stays readable',
    concern: 'leaver',
    tolerances: ['T20'],
    user: first,
    has: { active: false },
  });
  await session.check({
    id: 'lose-user',
    title: 'somebody deletes the user behind its back',
    concern: 'user',
    request: remove(userPath(first)),
    status: 204,
  });
  await session.send({
    id: 'update-lost',
    title: 'update a user who is not there: 404, so that the link is forgotten',
    concern: 'user',
    tolerances: ['T19'],
    request: putUser(first, true),
    status: 404,
  });
  const id = await create(session, {
    id: 'create-lost',
    title: 'create the user again',
    request: post('/Users', plainUser(person, { name })),
    has: { userName: person.userName, name, active: true },
  });
  await playSecondCycle(session, async () => {
    await send('update-nothing', { title: 'the same PUT again', user: id, active: true });
  });
  return id;
}

async function playGroup(
  session: Session,
  { ann, maxOperations }: { readonly ann: string; readonly maxOperations: number },
): Promise<string> {
  const { names } = session;
  const [ben = '', cho = ''] = await createMany(session, {
    id: 'create-members',
    title: 'create two more users',
    requests: [names.person(), names.person()].map((person) => post('/Users', plainUser(person))),
  });
  const displayName = names.groupName();
  const externalId = names.uuid();
  const whole: JsonObject = plainGroup(displayName, { externalId });
  const created = await create(session, {
    id: 'create-group',
    title: 'create a group',
    concern: 'group',
    request: post('/Groups', whole),
    has: { displayName },
  });
  await session.send({
    id: 'create-group-again',
    title: 'create it again, its link being lost: 409',
    concern: 'group',
    tolerances: ['T33'],
    request: post('/Groups', whole),
    status: 409,
  });
  const found = await session.send({
    id: 'link-group',
    title: 'find it by displayName, and link it',
    concern: 'group',
    tolerances: ['T17'],
    request: findGroup(displayName),
    status: 200,
    expect: [listOf(created)],
  });
  const group = String(readResources(found.body)[0]?.id);
  const sendWhole = (id: string) =>
    session.send({
      id,
      title: 'the whole group in a PATCH without a path',
      concern: 'group',
      tolerances: ['T3', 'T4'],
      request: patch(groupPath(group), patchOp({ op: 'replace', value: { ...whole, id: group } })),
      status: [200, 204],
    });
  await sendWhole('patch-group');
  const send = (id: string, step: { title: string; op: 'add' | 'remove'; ids: readonly string[] }) =>
    session.sendMany({
      id,
      title: step.title,
      concern: 'group',
      tolerances: step.op === 'remove' ? ['T5'] : [],
      concurrency: 1,
      requests: toMemberRequests(group, { op: step.op, ids: step.ids, maxOperations }),
      status: [200, 204],
    });
  await send('add-members', {
    title: 'add three members, an operation each',
    op: 'add',
    ids: [ann, ben, cho],
  });
  await send('remove-member', { title: 'remove one, by value', op: 'remove', ids: [cho] });
  await sendWhole('patch-group-again');
  await checkMembers(session, {
    id: 'members-compared',
    title: 'only that member is gone, and the others stay without being mentioned',
    tolerances: ['T5', 'T9'],
    group,
    has: { displayName, externalId },
    ids: [ann, ben],
  });
  await playSecondCycle(session, async () => {
    await sendWhole('same-group');
    await session.send({
      id: 'compare-members',
      title: 'read the group, and compare the members',
      concern: 'group',
      request: get(groupPath(group)),
      status: 200,
      expect: [({ body }) => (readMembers(body).length === 2 ? [] : ['members: expected 2, got others'])],
    });
  });
  return group;
}

const life: Scenario = {
  name: 'life',
  sequences: ['S16'],
  title: 'A user, and a group that is found again, patched without a path and filled member by member',
  async run(session) {
    const maxOperations = await readMaxOperations(session);
    const ann = await playUser(session);
    const group = await playGroup(session, { ann, maxOperations });
    await readAll(session, { path: '/Groups', concern: 'import' });
    if (session.keep) return;
    await deleteOne(session, { path: groupPath(group), what: 'group' });
    await deleteOne(session, { path: userPath(ann), what: 'user', tolerances: ['T20'] });
  },
};

/** authentik, with a SCIM provider. */
export const authentik: Persona = {
  id: 'authentik',
  name: 'authentik',
  headers: { Accept: 'application/scim+json' },
  contentType: 'application/scim+json',
  reads: SCIM_OR_JSON,
  sees: {
    connect:
      'authentik, Providers > the SCIM provider: without a readable /ServiceProviderConfig it takes PATCH, filters and bulk as not supported.',
    user: 'authentik, Providers > Sync status: the task has a warning for the user, with the answer of the server.',
    leaver: 'authentik, Providers > Sync status: the task has a warning. The person keeps access to the app.',
    group: 'authentik, Providers > Sync status: the task has a warning for the group, or its members differ.',
    import: 'authentik, Providers > Sync status: the sync does not end, or groups are created twice.',
  },
  requests: {
    matchUser: ({ userName }) => get(`/Users?filter=${encode(`userName eq ${quote(userName)}`)}`),
    createUser: (person) => post('/Users', plainUser(person)),
    deactivateUser: (id, person) => put(userPath(id), plainUser(person, { active: false })),
    groups: {
      create: (displayName) => post('/Groups', plainGroup(displayName)),
      addMembers: ({ id }, { added }) =>
        patch(
          groupPath(id),
          patchOp(...added.map((value) => ({ op: 'add', path: 'members', value: [{ value }] }))),
        ),
      batch: 100,
    },
  },
  scenarios: [life],
};
