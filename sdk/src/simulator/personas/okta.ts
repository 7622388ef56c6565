import { groupPath, patch, post } from '../message.ts';
import type { Persona, Scenario } from '../persona.ts';
import { patchOp, plainGroup } from './bodies.ts';
import { playOktaGroupPush } from './okta-groups.ts';
import { oktaImport } from './okta-import.ts';
import { oktaRename } from './okta-rename.ts';
import { OKTA_CLIENT, oktaFindUser, oktaMembers, oktaSetActive, oktaUser } from './okta-requests.ts';
import { playOktaSetup, playOktaUser } from './okta-users.ts';

const life: Scenario = {
  name: 'life',
  sequences: ['S1', 'S3'],
  title: 'A user and a pushed group, from assignment to removal',
  async run(session) {
    await playOktaSetup(session);
    await playOktaGroupPush(session.in('S3'), await playOktaUser(session));
  },
};

/** An app of the Okta Integration Network: PATCH for what changes often, PUT for profiles. */
export const okta: Persona = {
  ...OKTA_CLIENT,
  id: 'okta',
  name: 'Okta (Integration Network)',
  requests: {
    matchUser: ({ userName }) => oktaFindUser(userName),
    createUser: (person) => post('/Users', oktaUser(person)),
    deactivateUser: (id) => oktaSetActive(id, false),
    groups: {
      create: (displayName) => post('/Groups', plainGroup(displayName, { members: [] })),
      addMembers: ({ id }, { added }) =>
        patch(groupPath(id), patchOp({ op: 'add', path: 'members', value: oktaMembers(added) })),
      batch: 100,
    },
  },
  scenarios: [life, oktaRename, oktaImport],
};
