import { resource } from '../expect.ts';
import { get, patch, post, quote, userPath } from '../message.ts';
import type { Person } from '../names.ts';
import { playSecondCycle } from '../second-cycle.ts';
import type { Session } from '../session.ts';
import { ENTERPRISE } from '../vocabulary.ts';
import { patchOp } from './bodies.ts';
import {
  type EntraDialect,
  entraFindGroup,
  entraFindUser,
  entraOlderUser,
  entraUser,
} from './entra-dialect.ts';
import { checkUser, create, findNobody, findOne } from './steps.ts';

/** The button "Test Connection": a user and a group that cannot exist. */
export async function playEntraTestConnection(session: Session): Promise<void> {
  for (const space of ['+', '%20'] as const) {
    await findNobody(session, {
      id: space === '+' ? 'test-connection' : 'test-connection-percent',
      title: `test connection: a random user, the space as ${space}`,
      concern: 'connect',
      tolerances: ['T15', 'T18'],
      request: entraFindUser(`userName eq ${quote(session.names.uuid())}`, space),
    });
  }
  await findNobody(session, {
    id: 'test-connection-group',
    title: 'test connection: a random group, without members',
    concern: 'connect',
    tolerances: ['T18', 'T23'],
    request: entraFindGroup(session.names.uuid()),
  });
}

/** A user from the first match to being restored, and the cycle after it. @returns the user's id. */
export async function playEntraUser(session: Session, dialect: EntraDialect): Promise<string> {
  const person = session.names.person();
  await findNobody(session, {
    id: 'match-user',
    title: 'match by userName: not found',
    request: entraFindUser(`userName eq ${quote(person.userName)}`),
  });
  await findNobody(session, {
    id: 'match-external-id',
    title: 'match by externalId: not found',
    request: entraFindUser(`externalId eq ${quote(person.externalId)}`),
  });
  const id = await create(session, {
    id: 'create-user',
    title: 'create, with an empty list of roles',
    request: post('/Users', entraUser(person)),
    has: { userName: person.userName, externalId: person.externalId, active: true },
  });
  await playMatches(session, { id, person });
  await session.send({
    id: 'read-user',
    title: 'read',
    concern: 'user',
    request: get(userPath(id)),
    status: 200,
    expect: [resource({ id, userName: person.userName, emails: [{ type: 'work', value: person.email }] })],
  });
  const changes = createChanges(session, dialect, { id, person });
  await changes.sendAttributes('update-user');
  await changes.sendPhone('add-phone');
  await changes.sendRole('add-role');
  await changes.sendExtension('unknown-extension');
  await checkUser(session, {
    id: 'user-updated',
    title: 'the user has all changes',
    user: id,
    has: { ...changes.expected, phoneNumbers: [{ type: 'mobile', value: PHONE }], active: true },
  });
  await playOlderForm(session);
  await playDisabling(session, dialect, { id, person });
  await playSecondCycle(session, async () => {
    await findOne(session, {
      id: 'match-again',
      title: 'match by userName',
      request: entraFindUser(`userName eq ${quote(person.userName)}`),
      found: id,
    });
    await changes.sendAttributes('same-attributes');
    await changes.sendPhone('same-phone');
    await changes.sendRole('same-role');
    await session.send({
      id: 'restore-active',
      title: 'restore a user who is active',
      concern: 'user',
      tolerances: ['T1', 'T2'],
      request: dialect.setActive(id, true),
      status: 200,
      expect: [resource({ id, active: true })],
    });
  });
  return id;
}

interface Subject {
  readonly id: string;
  readonly person: Person;
}

async function playMatches(session: Session, { id, person }: Subject): Promise<void> {
  await findOne(session, {
    id: 'match-case',
    title: 'match by userName, in another case',
    tolerances: ['T17'],
    request: entraFindUser(`userName eq ${quote(person.userName.toUpperCase())}`),
    found: id,
  });
  await findOne(session, {
    id: 'match-external-id-found',
    title: 'match by externalId',
    request: entraFindUser(`externalId eq ${quote(person.externalId)}`),
    found: id,
  });
  await findOne(session, {
    id: 'match-email',
    title: 'match by work e-mail',
    tolerances: ['T15', 'T17'],
    request: entraFindUser(`emails[type eq "work"].value eq ${quote(person.email)}`),
    found: id,
  });
}

const PHONE = '+1 425 555 0100';

/** The updates of one user; sent a second time, they change nothing. */
function createChanges(session: Session, dialect: EntraDialect, { id, person }: Subject) {
  const displayName = `${person.givenName} Changed`;
  const expected = {
    id,
    displayName,
    nickName: 'Babs',
    name: { givenName: 'Gtfd', familyName: person.familyName },
    emails: [{ type: 'work', value: `new-${person.email}` }],
    [ENTERPRISE]: { employeeNumber: person.employeeNumber },
  };
  const needs = (...more: readonly string[]) => [...dialect.tolerances, ...more];
  return {
    expected,
    /** Entra ID reads the answer: 200 with the user in it. */
    sendAttributes: (stepId: string) =>
      session.send({
        id: stepId,
        title: 'update names, e-mail and employee number',
        concern: 'user',
        tolerances: needs(),
        request: dialect.update(id, {
          plain: {
            displayName,
            nickName: 'Babs',
            'name.givenName': 'Gtfd',
            [`${ENTERPRISE}:employeeNumber`]: person.employeeNumber,
          },
          filtered: { 'emails[type eq "work"].value': `new-${person.email}` },
        }),
        status: 200,
        expect: [resource(expected)],
      }),
    sendPhone: (stepId: string) =>
      session.send({
        id: stepId,
        title: 'a mobile number where there is none',
        concern: 'user',
        tolerances: needs('T10'),
        request: dialect.update(id, { filtered: { 'phoneNumbers[type eq "mobile"].value': PHONE } }),
        status: 200,
        expect: [resource({ id, phoneNumbers: [{ type: 'mobile', value: PHONE }] })],
      }),
    sendRole: (stepId: string) =>
      session.send({
        id: stepId,
        title: 'a single app role, primary as text',
        concern: 'user',
        tolerances: needs('T2', 'T10'),
        request: dialect.update(id, { filtered: { 'roles[primary eq "True"].value': 'admin' } }),
        status: 200,
        expect: [resource({ id, roles: [{ value: 'admin', primary: true }] })],
      }),
    sendExtension: (stepId: string) =>
      session.send({
        id: stepId,
        title: 'an attribute of an extension that the server may not have',
        concern: 'user',
        tolerances: needs('T32'),
        request: patch(
          userPath(id),
          patchOp({
            op: 'Add',
            path: 'urn:ietf:params:scim:schemas:extension:CustomExt:2.0:User:tag',
            value: 'x',
          }),
        ),
        status: 200,
        expect: [resource({ id, displayName })],
      }),
  };
}

async function playOlderForm(session: Session): Promise<void> {
  const person = session.names.person();
  const id = await create(session, {
    id: 'create-older-form',
    title: 'create in the older documented form: null for what is not set',
    tolerances: ['T12', 'T13'],
    request: post('/Users', entraOlderUser(person)),
    has: { userName: person.userName, displayName: person.displayName, active: true },
  });
  await session.send({
    id: 'add-email',
    title: 'a work e-mail where there is none',
    concern: 'user',
    tolerances: ['T1', 'T10'],
    request: patch(
      userPath(id),
      patchOp({ op: 'Add', path: 'emails[type eq "work"].value', value: person.email }),
    ),
    status: 200,
    expect: [resource({ id, emails: [{ type: 'work', value: person.email }] })],
  });
}

async function playDisabling(
  session: Session,
  dialect: EntraDialect,
  { id, person }: Subject,
): Promise<void> {
  const tolerances = dialect.tolerances.includes('T1') ? ['T1', 'T2'] : [];
  await session.send({
    id: 'disable',
    title: 'out of scope: disable',
    concern: 'leaver',
    tolerances,
    request: dialect.setActive(id, false),
    status: 200,
    expect: [resource({ id, active: false })],
  });
  await checkUser(session, {
    id: 'is-disabled',
    title: 'a disabled user stays readable',
    concern: 'leaver',
    tolerances: ['T20'],
    user: id,
    has: { active: false },
  });
  await findOne(session, {
    id: 'match-disabled',
    title: 'a disabled user is still matched',
    tolerances: ['T20'],
    request: entraFindUser(`userName eq ${quote(person.userName)}`),
    found: id,
  });
  await session.send({
    id: 'restore',
    title: 'back in scope: restore',
    concern: 'user',
    tolerances,
    request: dialect.setActive(id, true),
    status: 200,
    expect: [resource({ id, active: true })],
  });
}
