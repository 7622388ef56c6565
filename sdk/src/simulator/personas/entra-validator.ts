import type { JsonObject } from '../../protocol/json.ts';
import { lacks, list, listOf, resource } from '../expect.ts';
import { get, groupPath, patch, post, quote, type Request, remove, userPath } from '../message.ts';
import type { Scenario } from '../persona.ts';
import type { Session, Step } from '../session.ts';
import { ENTERPRISE } from '../vocabulary.ts';
import { patchOp } from './bodies.ts';
import { DEFAULT_DIALECT, entraFindGroup, entraFindUser, entraGroup, entraUser } from './entra-dialect.ts';
import { checkMembers, create, createMany } from './steps.ts';

/** The checks of Microsoft's SCIM Validator; one that fails does not stop the others. */
export const entraValidator: Scenario = {
  name: 'validator',
  sequences: ['S18'],
  title: "The checks of Microsoft's SCIM Validator",
  async run(session) {
    await session.attempt(() => checkSchemas(session));
    await session.attempt(() => checkUsers(session));
    await session.attempt(() => checkManagers(session));
    await session.attempt(() => checkUserDeletion(session));
    await session.attempt(() => checkGroups(session));
    await session.attempt(() => checkGroupDeletion(session));
  },
};

type Check = Omit<Step, 'concern'>;

/** Plays each check for itself. */
async function playChecks(
  session: Session,
  concern: Step['concern'],
  checks: readonly Check[],
): Promise<void> {
  for (const check of checks)
    await session.attempt(async () => void (await session.send({ concern, ...check })));
}

function checkSchemas(session: Session): Promise<void> {
  return playChecks(session, 'connect', [
    {
      id: 'schemas',
      title: 'GET /Schemas: the schemas can be discovered',
      request: get('/Schemas'),
      status: 200,
      expect: [list()],
    },
  ]);
}

async function checkUsers(session: Session): Promise<void> {
  const person = session.names.person();
  const renamed = session.names.person();
  const id = await create(session, {
    id: 'user-create',
    title: 'POST /Users: create a new user',
    request: post('/Users', entraUser(person)),
    has: { userName: person.userName },
  });
  const replaced: JsonObject = { displayName: 'Pvlo', nickName: 'Babs', title: 'Tester' };
  await playChecks(session, 'user', [
    {
      id: 'user-duplicate',
      title: 'POST /Users: create a duplicate user',
      request: post('/Users', entraUser(person)),
      status: 409,
    },
    {
      id: 'user-filter',
      title: 'GET /Users?filter: an existing user',
      request: entraFindUser(`userName eq ${quote(person.userName)}`),
      status: 200,
      expect: [listOf(id)],
    },
    {
      id: 'user-filter-none',
      title: 'GET /Users?filter: a user who does not exist',
      tolerances: ['T18'],
      request: entraFindUser(`userName eq ${quote(session.names.uuid())}`),
      status: 200,
      expect: [listOf()],
    },
    {
      id: 'user-filter-case',
      title: 'GET /Users?filter: an existing user, in another case',
      tolerances: ['T17'],
      request: entraFindUser(`userName eq ${quote(person.userName.toUpperCase())}`),
      status: 200,
      expect: [listOf(id)],
    },
    {
      id: 'user-patch-replace',
      title: 'PATCH /Users: replace attributes, with types and roles of its own',
      tolerances: ['T1', 'T2', 'T10'],
      request: patch(
        userPath(id),
        patchOp(
          ...Object.entries(replaced).map(([path, value]) => ({ op: 'replace', path, value })),
          { op: 'replace', path: 'emails[type eq "untyped"].value', value: `untyped-${person.email}` },
          { op: 'replace', path: 'roles[primary eq "True"].value', value: 'admin' },
        ),
      ),
      status: 200,
      expect: [
        resource({
          id,
          ...replaced,
          emails: [{ type: 'untyped', value: `untyped-${person.email}` }],
          roles: [{ value: 'admin' }],
        }),
      ],
    },
    {
      id: 'user-patch-user-name',
      title: 'PATCH /Users: update userName',
      request: patch(userPath(id), patchOp({ op: 'replace', path: 'userName', value: renamed.userName })),
      status: 200,
      expect: [resource({ id, userName: renamed.userName })],
    },
    {
      id: 'user-patch-disable',
      title: 'PATCH /Users: disable user',
      request: patch(userPath(id), patchOp({ op: 'replace', path: 'active', value: false })),
      status: 200,
      expect: [resource({ id, active: false })],
    },
    {
      id: 'user-disabled-filter',
      title: 'PATCH /Users: a disabled user is found, active being false',
      tolerances: ['T20'],
      request: entraFindUser(`userName eq ${quote(renamed.userName)}`),
      status: 200,
      expect: [
        listOf(id),
        ({ body }) => (JSON.stringify(body).includes('"active":false') ? [] : ['active: expected false']),
      ],
    },
  ]);
}

async function checkManagers(session: Session): Promise<void> {
  const [user = '', ann = '', ben = ''] = await createMany(session, {
    id: 'manager-users',
    title: 'create a user and two managers',
    requests: [1, 2, 3].map(() => post('/Users', entraUser(session.names.person()))),
  });
  const write = (op: string, value?: string): Request =>
    patch(
      userPath(user),
      patchOp({ op, path: `${ENTERPRISE}:manager`, ...(value === undefined ? {} : { value }) }),
    );
  const hasManager = (value: string) => resource({ id: user, [ENTERPRISE]: { manager: { value } } });
  await playChecks(session, 'user', [
    {
      id: 'manager-add',
      title: 'PATCH /Users: add manager',
      tolerances: ['T11'],
      request: write('add', ann),
      status: 200,
      expect: [hasManager(ann)],
    },
    {
      id: 'manager-replace',
      title: 'PATCH /Users: replace manager',
      tolerances: ['T11'],
      request: write('replace', ben),
      status: 200,
      expect: [hasManager(ben)],
    },
    {
      id: 'manager-remove',
      title: 'PATCH /Users: remove manager',
      request: write('remove'),
      status: 200,
      expect: [resource({ id: user })],
    },
  ]);
}

async function checkUserDeletion(session: Session): Promise<void> {
  const [id = ''] = await createMany(session, {
    id: 'user-to-delete',
    title: 'create a user to delete',
    requests: [post('/Users', entraUser(session.names.person()))],
  });
  await playChecks(session, 'leaver', [
    { id: 'user-delete', title: 'DELETE /Users: delete a user', request: remove(userPath(id)), status: 204 },
    {
      id: 'user-delete-twice',
      title: 'DELETE /Users: delete the same user twice',
      request: remove(userPath(id)),
      status: 404,
    },
    {
      id: 'user-delete-unknown',
      title: 'DELETE /Users: a user who does not exist',
      tolerances: ['T19'],
      request: remove(userPath(session.names.uuid())),
      status: 404,
    },
  ]);
}

async function checkGroups(session: Session): Promise<void> {
  const { names } = session;
  const displayName = names.groupName();
  const id = await create(session, {
    id: 'group-create',
    title: 'POST /Groups: create a new group',
    concern: 'group',
    tolerances: ['T13'],
    request: post('/Groups', entraGroup(displayName, names.uuid())),
    has: { displayName },
  });
  const [member = ''] = await createMany(session, {
    id: 'group-member',
    title: 'create a user to be a member',
    requests: [post('/Users', entraUser(names.person()))],
  });
  const newName = names.groupName();
  const newExternalId = names.uuid();
  await playChecks(session, 'group', [
    {
      id: 'group-duplicate',
      title: 'POST /Groups: create a duplicate group',
      tolerances: ['T33'],
      request: post('/Groups', entraGroup(displayName, names.uuid())),
      status: 409,
    },
    {
      id: 'group-get',
      title: 'GET /Groups/{id}?excludedAttributes=members',
      tolerances: ['T23'],
      request: get(`${groupPath(id)}?excludedAttributes=members`),
      status: 200,
      expect: [resource({ id, displayName }), lacks('members')],
    },
    {
      id: 'group-filter',
      title: 'GET /Groups?filter: an existing group',
      tolerances: ['T23'],
      request: entraFindGroup(displayName),
      status: 200,
      expect: [listOf(id)],
    },
    {
      id: 'group-filter-none',
      title: 'GET /Groups?filter: a group that does not exist',
      tolerances: ['T18'],
      request: entraFindGroup(names.uuid()),
      status: 200,
      expect: [listOf()],
    },
    {
      id: 'group-filter-case',
      title: 'GET /Groups?filter: an existing group, in another case',
      tolerances: ['T17'],
      request: entraFindGroup(displayName.toUpperCase()),
      status: 200,
      expect: [listOf(id)],
    },
    {
      id: 'group-patch-replace',
      title: 'PATCH /Groups: replace attributes',
      request: patch(groupPath(id), patchOp({ op: 'replace', path: 'externalId', value: newExternalId })),
      status: [204, 200],
    },
    {
      id: 'group-patch-name',
      title: 'PATCH /Groups: update displayName',
      request: DEFAULT_DIALECT.rename(id, newName),
      status: [204, 200],
    },
    {
      id: 'group-patch-add',
      title: 'PATCH /Groups: add member',
      request: DEFAULT_DIALECT.addMembers(id, [member]),
      status: [204, 200],
    },
  ]);
  await session.attempt(async () => {
    await checkMembers(session, {
      id: 'group-member-added',
      title: 'the group has its new name and its member',
      group: id,
      has: { displayName: newName, externalId: newExternalId },
      ids: [member],
    });
  });
  await playChecks(session, 'group', [
    {
      id: 'group-patch-remove',
      title: 'PATCH /Groups: remove member',
      tolerances: ['T5'],
      request: DEFAULT_DIALECT.removeMember(id, member),
      status: [204, 200],
    },
  ]);
  await session.attempt(async () => {
    await checkMembers(session, {
      id: 'group-member-removed',
      title: 'the group has no member',
      tolerances: ['T5'],
      group: id,
      ids: [],
    });
  });
}

async function checkGroupDeletion(session: Session): Promise<void> {
  const { names } = session;
  const displayName = names.groupName();
  const id = await create(session, {
    id: 'group-to-delete',
    title: 'create a group to delete',
    concern: 'group',
    request: post('/Groups', entraGroup(displayName, names.uuid())),
    has: { displayName },
  });
  await playChecks(session, 'group', [
    {
      id: 'group-delete',
      title: 'DELETE /Groups: delete a group',
      request: remove(groupPath(id)),
      status: 204,
    },
    {
      id: 'group-delete-twice',
      title: 'DELETE /Groups: delete the same group twice',
      request: remove(groupPath(id)),
      status: 404,
    },
    {
      id: 'group-delete-unknown',
      title: 'DELETE /Groups: a group that does not exist',
      tolerances: ['T19'],
      request: remove(groupPath(names.uuid())),
      status: 404,
    },
  ]);
}
