import { isObject } from '../../protocol/json.ts';
import { lacks, list, resource } from '../expect.ts';
import { get, patch, post, put, userPath } from '../message.ts';
import { playSecondCycle } from '../second-cycle.ts';
import type { Session } from '../session.ts';
import { patchOp } from './bodies.ts';
import { oktaFindUser, oktaSetActive, oktaUser } from './okta-requests.ts';
import { checkUser, create, findNobody, findOne } from './steps.ts';

/** Tests the credentials as the administrator does when setting the app up. */
export async function playOktaSetup(session: Session): Promise<void> {
  await session.send({
    id: 'test-credentials',
    title: 'test the API credentials',
    concern: 'connect',
    tolerances: ['T14'],
    request: {
      ...get('/Users?count=1&startIndex=1'),
      headers: { 'User-Agent': 'OKTA SCIM Integration', 'Accept-Charset': 'utf-8' },
    },
    status: 200,
    expect: [list()],
  });
  await session.send({
    id: 'unknown-id',
    title: 'read an id in a form that is not the server’s',
    concern: 'connect',
    tolerances: ['T19'],
    request: get(userPath(session.names.token(20))),
    status: 404,
  });
}

/** A user from assignment to reassignment and the cycle after it. @returns the user's id. */
export async function playOktaUser(session: Session): Promise<string> {
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
  await session.send({
    id: 'create-user-again',
    title: 'create the same userName in another case: refused',
    concern: 'user',
    tolerances: ['T22'],
    request: post('/Users', { ...oktaUser(person), userName: person.userName.toUpperCase() }),
    status: 409,
  });
  await updateProfile(session, id);
  await session.send({
    id: 'sync-password',
    title: 'password sync',
    concern: 'user',
    tolerances: ['T3', 'T26'],
    request: patch(userPath(id), patchOp({ op: 'replace', value: { password: session.names.token(9) } })),
    status: [200, 204],
    expect: [lacks('password')],
  });
  await playReassignment(session, { id, userName: person.userName });
  const { body: profile = {} } = await session.send({
    id: 'read-profile',
    title: 'read the profile',
    concern: 'user',
    request: get(userPath(id)),
    status: 200,
    expect: [resource({ id })],
  });
  await playSecondCycle(session, async () => {
    await findOne(session, {
      id: 'exists-check-again',
      title: 'exists check of a known user',
      request: oktaFindUser(person.userName),
      found: id,
    });
    await session.send({
      id: 'update-nothing',
      title: 'PUT of what was read',
      concern: 'user',
      tolerances: ['T4', 'T27'],
      request: put(userPath(id), profile),
      status: 200,
      expect: [resource({ id })],
    });
    await session.send({
      id: 'activate-active',
      title: 'activate a user who is active',
      concern: 'user',
      tolerances: ['T3'],
      request: oktaSetActive(id, true),
      status: [200, 204],
    });
  });
  return id;
}

const CHANGES = {
  name: { givenName: 'Another', middleName: 'Excited', familyName: 'User' },
  displayName: 'Another User',
  title: 'Engineer',
} as const;

/** Okta reads, puts the changes into what it read, and sends all of it back. */
export async function updateProfile(session: Session, id: string): Promise<void> {
  const { body } = await session.send({
    id: 'read-before-update',
    title: 'read before a profile update',
    concern: 'user',
    request: get(userPath(id)),
    status: 200,
    expect: [resource({ id }), lacks('password')],
  });
  await session.send({
    id: 'update-profile',
    title: 'profile update: PUT of what was read, with the changes',
    concern: 'user',
    tolerances: ['T4', 'T27'],
    request: put(userPath(id), { ...(isObject(body) ? body : {}), ...CHANGES }),
    status: 200,
    expect: [resource({ id, ...CHANGES, active: true })],
  });
}

async function playReassignment(
  session: Session,
  { id, userName }: { readonly id: string; readonly userName: string },
): Promise<void> {
  await session.send({
    id: 'deactivate',
    title: 'unassign: deactivate by PATCH without a path',
    concern: 'leaver',
    tolerances: ['T3'],
    request: oktaSetActive(id, false),
    status: [200, 204],
  });
  await checkUser(session, {
    id: 'is-inactive',
    title: 'the user is inactive, readable, and keeps the profile',
    concern: 'leaver',
    tolerances: ['T20'],
    user: id,
    has: { ...CHANGES, active: false },
  });
  await findOne(session, {
    id: 'find-inactive',
    title: 'reassign: the exists check finds the inactive user',
    tolerances: ['T20'],
    request: oktaFindUser(userName),
    found: id,
  });
  await session.send({
    id: 'reactivate',
    title: 'reassign: activate',
    concern: 'user',
    tolerances: ['T3'],
    request: oktaSetActive(id, true),
    status: [200, 204],
  });
  await checkUser(session, {
    id: 'is-active',
    title: 'the user is active again',
    user: id,
    has: { active: true },
  });
}
