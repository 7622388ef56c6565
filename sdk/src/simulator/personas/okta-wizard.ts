import { isObject, type JsonObject } from '../../protocol/json.ts';
import { lacks, members, readMembers, resource } from '../expect.ts';
import { get, groupPath, post, put, type Request, userPath } from '../message.ts';
import type { Persona, Scenario } from '../persona.ts';
import { playSecondCycle } from '../second-cycle.ts';
import type { Session } from '../session.ts';
import { plainGroup } from './bodies.ts';
import { OKTA_CLIENT, oktaFindGroup, oktaFindUser, oktaMembers, oktaUser } from './okta-requests.ts';
import { playOktaSetup, updateProfile } from './okta-users.ts';
import { checkMembers, checkUser, create, createMany, deleteOne, findNobody, findOne } from './steps.ts';

/** The whole group in one PUT. */
function putGroup(
  group: { readonly id: string; readonly displayName: string },
  ids: readonly string[],
): Request {
  const { id, displayName } = group;
  return put(groupPath(id), plainGroup(displayName, { id, members: oktaMembers(ids) }));
}

/** A custom app reads the user, and sends back what it read with another `active`. */
async function setActive(session: Session, id: string, active: boolean): Promise<void> {
  const verb = active ? 'activate' : 'deactivate';
  const concern = active ? 'user' : 'leaver';
  const { body } = await session.send({
    id: `read-to-${verb}`,
    title: `read, to ${verb}`,
    concern,
    tolerances: ['T20'],
    request: get(userPath(id)),
    status: 200,
    expect: [resource({ id, active: !active })],
  });
  const profile: JsonObject = isObject(body) ? body : {};
  await session.send({
    id: verb,
    title: `${verb} by PUT`,
    concern,
    tolerances: ['T4', 'T27'],
    request: put(userPath(id), { ...profile, active }),
    status: 200,
    expect: [resource({ id, active })],
  });
}

async function playUser(session: Session): Promise<string> {
  const person = session.names.person();
  await findNobody(session, {
    id: 'exists-check',
    title: 'exists check: nobody has the userName',
    request: oktaFindUser(person.userName),
    alsoAccepts: 404,
  });
  const id = await create(session, {
    id: 'create-user',
    title: 'create, with a password and an empty list of groups',
    tolerances: ['T26', 'T27'],
    request: post('/Users', oktaUser(person)),
    has: { userName: person.userName, active: true },
    expect: [lacks('password')],
  });
  await updateProfile(session, id);
  await setActive(session, id, false);
  await findOne(session, {
    id: 'find-inactive',
    title: 'reassign: the exists check finds the inactive user',
    tolerances: ['T20'],
    request: oktaFindUser(person.userName),
    found: id,
  });
  await setActive(session, id, true);
  await checkUser(session, {
    id: 'is-active',
    title: 'the user is active again and has the profile',
    user: id,
    has: { userName: person.userName, displayName: 'Another User', active: true },
  });
  return id;
}

async function playGroup(
  session: Session,
  ann: string,
): Promise<{ readonly id: string; readonly displayName: string }> {
  const { names } = session;
  const [ben = ''] = await createMany(session, {
    id: 'create-member',
    title: 'create another user',
    requests: [post('/Users', oktaUser(names.person()))],
  });
  const firstName = names.groupName();
  await findNobody(session, {
    id: 'find-group',
    title: 'no group to link yet',
    concern: 'group',
    request: oktaFindGroup(firstName),
    alsoAccepts: 404,
  });
  const id = await create(session, {
    id: 'create-group',
    title: 'push a group with its members',
    concern: 'group',
    tolerances: ['T30'],
    request: post('/Groups', plainGroup(firstName, { members: oktaMembers([ann]) })),
    has: { displayName: firstName },
  });
  const group = { id, displayName: names.groupName() };
  for (const { step, title, ids } of [
    { step: 'add-member', title: 'PUT with a new name and one more member', ids: [ann, ben] },
    { step: 'remove-member', title: 'PUT with one member less', ids: [ben] },
    { step: 'empty-group', title: 'PUT with no member', ids: [] },
    { step: 'fill-group', title: 'PUT with both members', ids: [ben, ann] },
  ]) {
    await session.send({
      id: step,
      title,
      concern: 'group',
      tolerances: ['T4', 'T30'],
      request: putGroup(group, ids),
      status: 200,
      expect: [resource({ id, displayName: group.displayName })],
    });
    await checkMembers(session, {
      id: `${step}-read`,
      title: 'exactly these are members',
      group: id,
      has: { displayName: group.displayName },
      ids,
    });
  }
  return group;
}

const life: Scenario = {
  name: 'life',
  sequences: ['S2', 'S3'],
  title: 'A user and a pushed group of a custom app, changed by PUT alone',
  async run(session) {
    await playOktaSetup(session);
    const user = await playUser(session);
    const groups = session.in('S3');
    const group = await playGroup(groups, user);
    const { body: profile = {} } = await session.send({
      id: 'read-profile',
      title: 'read the profile',
      concern: 'user',
      request: get(userPath(user)),
      status: 200,
      expect: [resource({ id: user })],
    });
    await playSecondCycle(session, async () => {
      await session.send({
        id: 'update-nothing',
        title: 'PUT of what was read',
        concern: 'user',
        tolerances: ['T4', 'T27'],
        request: put(userPath(user), profile),
        status: 200,
        expect: [resource({ id: user })],
      });
      const { body: whole } = await session.send({
        id: 'read-group',
        title: 'read the group',
        concern: 'group',
        request: get(groupPath(group.id)),
        status: 200,
        expect: [resource({ id: group.id })],
      });
      await session.send({
        id: 'update-group-with-nothing',
        title: 'PUT of the group as it was read',
        concern: 'group',
        request: put(groupPath(group.id), whole ?? {}),
        status: 200,
        expect: [resource({ id: group.id }), members(readMembers(whole))],
      });
    });
    if (!session.keep) await deleteOne(groups, { path: groupPath(group.id), what: 'group' });
  },
};

/** A custom app made with Okta's App Integration Wizard: PUT for everything. */
export const oktaWizard: Persona = {
  ...OKTA_CLIENT,
  id: 'okta-wizard',
  name: 'Okta (custom app)',
  requests: {
    matchUser: ({ userName }) => oktaFindUser(userName),
    createUser: (person) => post('/Users', oktaUser(person)),
    deactivateUser: (id, person) => put(userPath(id), { ...oktaUser(person), id, active: false }),
    groups: {
      create: (displayName) => post('/Groups', plainGroup(displayName, { members: [] })),
      addMembers: (group, { all }) => putGroup(group, all),
      batch: 100,
    },
  },
  scenarios: [life],
};
