import { isNot } from '../expect.ts';
import { post } from '../message.ts';
import type { Scenario } from '../persona.ts';
import { oktaFindUser, oktaSetActive, oktaUser } from './okta-requests.ts';
import { checkUser, create, findNobody, findOne } from './steps.ts';

/** A changed userName may arrive as a deactivation and a new user with the same externalId. */
export const oktaRename: Scenario = {
  name: 'rename',
  sequences: ['S2'],
  title: 'A userName changes: the old user is deactivated, a new one comes with the same externalId',
  async run(session) {
    const before = session.names.person();
    const after = { ...session.names.person(), externalId: before.externalId };
    const old = await create(session, {
      id: 'create-user',
      title: 'create under the old userName',
      request: post('/Users', oktaUser(before)),
      has: { userName: before.userName, externalId: before.externalId },
    });
    await session.send({
      id: 'deactivate-old',
      title: 'deactivate the old user',
      concern: 'leaver',
      tolerances: ['T3'],
      request: oktaSetActive(old, false),
      status: [200, 204],
    });
    await findNobody(session, {
      id: 'exists-check',
      title: 'exists check: nobody has the new userName',
      request: oktaFindUser(after.userName),
      alsoAccepts: 404,
    });
    const renamed = await create(session, {
      id: 'create-renamed',
      title: 'create under the new userName, with the same externalId',
      tolerances: ['T22'],
      request: post('/Users', oktaUser(after)),
      has: { userName: after.userName, externalId: before.externalId, active: true },
      expect: [isNot(old)],
    });
    await session.send({
      id: 'create-old-again',
      title: 'create under the old userName: still taken by the inactive user',
      concern: 'user',
      tolerances: ['T22'],
      request: post('/Users', oktaUser(before)),
      status: 409,
    });
    await findOne(session, {
      id: 'find-renamed',
      title: 'the new userName is one user',
      request: oktaFindUser(after.userName),
      found: renamed,
    });
    await checkUser(session, {
      id: 'old-inactive',
      title: 'the old user is there, and inactive',
      concern: 'leaver',
      tolerances: ['T20'],
      user: old,
      has: { userName: before.userName, active: false },
    });
  },
};
