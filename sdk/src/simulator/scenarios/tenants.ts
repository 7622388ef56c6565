import { get, remove, userPath } from '../message.ts';
import type { Scenario } from '../persona.ts';
import { checkUser, create, findNobody, findOne } from '../personas/steps.ts';
import { SimulationError } from '../simulation-error.ts';

/** The same person in two customers: each connection has its own, and nothing of the other's. */
export const tenants: Scenario = {
  name: 'tenants',
  sequences: ['S20'],
  title: 'Two connections with the same userName and externalId never see each other (needs --key2)',
  async run(session) {
    const { other } = session;
    if (other === undefined) {
      throw new SimulationError(
        'usage',
        'This scenario needs the key of a second connection: --key2, and --url2 if its URL differs.',
      );
    }
    const { requests } = session.persona;
    const person = session.names.person();
    const has = { userName: person.userName };
    const here = await create(session, {
      id: 'create-here',
      title: 'create in the first connection',
      request: requests.createUser(person),
      has,
    });
    await findNobody(other, {
      id: 'not-there',
      title: 'the second connection does not find them',
      request: requests.matchUser(person),
    });
    const there = await create(other, {
      id: 'create-there',
      title: 'create the same userName and externalId in the second connection',
      tolerances: ['T22'],
      request: requests.createUser(person),
      has,
    });
    await findOne(session, {
      id: 'find-here',
      title: 'the first finds its own alone',
      request: requests.matchUser(person),
      found: here,
    });
    await findOne(other, {
      id: 'find-there',
      title: 'the second finds its own alone',
      request: requests.matchUser(person),
      found: there,
    });
    await other.send({
      id: 'read-foreign',
      title: "the second reads the first's id: 404",
      concern: 'user',
      request: get(userPath(here)),
      status: 404,
    });
    await other.send({
      id: 'deactivate-foreign',
      title: "the second deactivates the first's id: 404",
      concern: 'leaver',
      request: requests.deactivateUser(here, person),
      status: 404,
    });
    await other.send({
      id: 'delete-foreign',
      title: "the second deletes the first's id: 404",
      concern: 'leaver',
      request: remove(userPath(here)),
      status: 404,
    });
    await checkUser(session, {
      id: 'untouched',
      title: "the first connection's user is as before",
      user: here,
      has: { ...has, active: true },
    });
  },
};
