import { groupPath, patch, post, quote, userPath } from '../message.ts';
import { type Persona, type PersonaRequests, SCIM_OR_JSON, type Scenario } from '../persona.ts';
import type { Session } from '../session.ts';
import { patchOp } from './bodies.ts';
import { createEntraDelete } from './entra-delete.ts';
import {
  DEFAULT_DIALECT,
  type EntraDialect,
  entraFindUser,
  entraGroup,
  entraUser,
  FLAG_DIALECT,
} from './entra-dialect.ts';
import { playEntraGroup } from './entra-groups.ts';
import { createEntraLargeGroup } from './entra-large-group.ts';
import { entraManager } from './entra-manager.ts';
import { playEntraTestConnection, playEntraUser } from './entra-users.ts';
import { entraValidator } from './entra-validator.ts';
import { checkUser, deleteOne } from './steps.ts';

const CLIENT = {
  headers: {},
  contentType: 'application/scim+json; charset=utf-8',
  reads: SCIM_OR_JSON,
  needsRetryAfter: true,
  sees: {
    connect:
      'Entra ID, Provisioning > Admin credentials: "Test Connection" fails with "You appear to have entered invalid credentials", so provisioning cannot be started.',
    user: 'Entra ID, Provisioning logs: status Failure for the user. It is retried in each cycle; with enough failures the job goes into quarantine and runs once a day.',
    leaver:
      'Entra ID, Provisioning logs: status Failure for the disabling or deletion. The person keeps access to the app; it is retried in each cycle.',
    group:
      'Entra ID, Provisioning logs: status Failure for the group, or Success while the members in the app are not those in Entra ID.',
    import: 'Entra ID, Provisioning logs: an update in every cycle although nothing changed.',
  },
} as const;

/** On-demand provisioning ignores the flag, so one tenant sends both forms. */
async function playOnDemand(session: Session, id: string): Promise<void> {
  await session.send({
    id: 'on-demand',
    title: 'provision on demand: the other form, from the same tenant',
    concern: 'user',
    tolerances: ['T1'],
    request: patch(userPath(id), patchOp({ op: 'Replace', path: 'displayName', value: 'On Demand' })),
    status: 200,
  });
  await checkUser(session, {
    id: 'on-demand-read',
    title: 'the change is there',
    user: id,
    has: { displayName: 'On Demand' },
  });
}

function createLife(dialect: EntraDialect, sequence: 'S5' | 'S6'): Scenario {
  return {
    name: 'life',
    sequences: [sequence],
    title: 'Test connection, a user and a group, from the first match to deletion',
    async run(session) {
      await playEntraTestConnection(session);
      const user = await playEntraUser(session, dialect);
      if (sequence === 'S6') await playOnDemand(session, user);
      const group = await playEntraGroup(session, dialect, user);
      if (session.keep) return;
      await deleteOne(session, { path: groupPath(group), what: 'group' });
      await deleteOne(session, { path: userPath(user), what: 'user', tolerances: ['T20'] });
    },
  };
}

function createRequests(dialect: EntraDialect): PersonaRequests {
  return {
    matchUser: ({ userName }) => entraFindUser(`userName eq ${quote(userName)}`),
    createUser: (person) => post('/Users', entraUser(person)),
    deactivateUser: (id) => dialect.setActive(id, false),
    groups: {
      create: (displayName) => post('/Groups', entraGroup(displayName, displayName)),
      addMembers: ({ id }, { added }) => dialect.addMembers(id, added),
      batch: 100,
    },
  };
}

function createScenarios(dialect: EntraDialect, sequence: 'S5' | 'S6'): readonly Scenario[] {
  return [
    createLife(dialect, sequence),
    createEntraLargeGroup(dialect),
    entraManager,
    createEntraDelete(dialect),
    entraValidator,
  ];
}

/** Entra ID as it writes by default. */
export const entra: Persona = {
  ...CLIENT,
  id: 'entra',
  name: 'Microsoft Entra ID',
  requests: createRequests(DEFAULT_DIALECT),
  scenarios: createScenarios(DEFAULT_DIALECT, 'S5'),
};

/** Entra ID with the flag for compliant PATCH behind the endpoint URL. */
export const entraFlag: Persona = {
  ...CLIENT,
  id: 'entra-flag',
  name: 'Microsoft Entra ID with ?aadOptscim062020',
  flag: 'aadOptscim062020',
  requests: createRequests(FLAG_DIALECT),
  scenarios: createScenarios(FLAG_DIALECT, 'S6'),
};
