import type { JsonObject } from '../../protocol/json.ts';
import { list, resource } from '../expect.ts';
import { encode, get, post, put, quote, type Request, userPath } from '../message.ts';
import type { Person } from '../names.ts';
import { type Persona, SCIM_OR_JSON, type Scenario } from '../persona.ts';
import { playSecondCycle } from '../second-cycle.ts';
import { USER } from '../vocabulary.ts';
import { plainUser } from './bodies.ts';
import { checkUser, create, deleteOne, findNobody, findOne } from './steps.ts';

/** With the URN of SCIM 1.0 beside that of 2.0. */
function googleUser(person: Person, more: JsonObject = {}): JsonObject {
  return plainUser(person, { schemas: ['urn:scim:schemas:core:1.0', USER], ...more });
}

/** Without a count. */
function findUser({ userName }: Person): Request {
  return get(`/Users?filter=${encode(`userName eq ${quote(userName)}`)}&startIndex=1`);
}

const life: Scenario = {
  name: 'life',
  sequences: ['S10'],
  title: 'A user from the first look to deletion; Google sends no groups',
  async run(session) {
    const person = session.names.person();
    for (const [id, path] of [
      ['probe', '/Users'],
      ['probe-one', '/Users?count=1'],
    ] as const) {
      await session.send({
        id,
        title: `look whether there is a server: GET ${path}`,
        concern: 'connect',
        tolerances: ['T24'],
        request: get(path),
        status: 200,
        expect: [list()],
      });
    }
    await findNobody(session, {
      id: 'match-user',
      title: 'match by userName: not found',
      request: findUser(person),
    });
    const id = await create(session, {
      id: 'create-user',
      title: 'create, with the URN of SCIM 1.0 in schemas',
      tolerances: ['T13'],
      request: post('/Users', googleUser(person)),
      has: { userName: person.userName, externalId: person.externalId, active: true },
    });
    const name = { givenName: person.givenName, familyName: 'Renamed' };
    const send = (step: { id: string; title: string; active: boolean }) =>
      session.send({
        id: step.id,
        title: step.title,
        concern: step.active ? 'user' : 'leaver',
        tolerances: ['T13'],
        request: put(userPath(id), googleUser(person, { id, name, active: step.active })),
        status: 200,
        expect: [resource({ id, name, active: step.active })],
      });
    await send({ id: 'update-user', title: 'update by PUT', active: true });
    await send({ id: 'suspend', title: 'suspended: PUT with active false', active: false });
    await checkUser(session, {
      id: 'is-suspended',
      title: 'a suspended user stays readable',
      concern: 'leaver',
      tolerances: ['T20'],
      user: id,
      has: { active: false },
    });
    await send({ id: 'restore', title: 'restored: PUT with active true', active: true });
    await playSecondCycle(session, async () => {
      await findOne(session, {
        id: 'match-again',
        title: 'match by userName',
        tolerances: ['T24'],
        request: findUser(person),
        found: id,
      });
      await send({ id: 'update-nothing', title: 'the same PUT again', active: true });
    });
    if (!session.keep) await deleteOne(session, { path: userPath(id), what: 'user', tolerances: ['T20'] });
  },
};

/** Google Workspace, auto-provisioning of an app of its catalogue. */
export const google: Persona = {
  id: 'google',
  name: 'Google Workspace',
  headers: {},
  contentType: 'application/scim+json',
  reads: SCIM_OR_JSON,
  sees: {
    connect: 'Google Admin, Apps > Web and mobile apps > Auto-provisioning: the set-up cannot be finished.',
    user: 'Google Admin, Auto-provisioning: the user is counted among the failures of the day; the e-mail report names them.',
    leaver:
      'Google Admin, Auto-provisioning: the deprovisioning is counted among the failures. The person keeps access to the app.',
    group: 'Google sends no groups.',
    import: 'Google Admin, Auto-provisioning: users are updated in every cycle although nothing changed.',
  },
  requests: {
    matchUser: findUser,
    createUser: (person) => post('/Users', googleUser(person)),
    deactivateUser: (id, person) => put(userPath(id), googleUser(person, { id, active: false })),
  },
  scenarios: [life],
};
