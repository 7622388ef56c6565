import { isNot, resource } from '../expect.ts';
import { get, groupPath, post, quote, remove, userPath } from '../message.ts';
import type { Scenario } from '../persona.ts';
import { type EntraDialect, entraFindUser, entraGroup, entraUser } from './entra-dialect.ts';
import { checkMembers, create, deleteOne, findNobody, findOne } from './steps.ts';

/** Soft deletion is disabling; thirty days later, or when purged, the user is deleted. */
export function createEntraDelete(dialect: EntraDialect): Scenario {
  return {
    name: 'delete',
    sequences: ['S9'],
    title: 'A user is disabled, deleted for good, and comes back under the same userName',
    async run(session) {
      const person = session.names.person();
      const match = entraFindUser(`userName eq ${quote(person.userName)}`);
      const id = await create(session, {
        id: 'create-user',
        title: 'create',
        request: post('/Users', entraUser(person)),
        has: { userName: person.userName },
      });
      const displayName = session.names.groupName();
      const group = await create(session, {
        id: 'create-group',
        title: 'create a group',
        concern: 'group',
        request: post('/Groups', entraGroup(displayName, session.names.uuid())),
        has: { displayName },
      });
      await session.send({
        id: 'add-member',
        title: 'the user joins the group',
        concern: 'group',
        request: dialect.addMembers(group, [id]),
        status: [204, 200],
      });
      await session.send({
        id: 'soft-delete',
        title: 'soft deletion: disable',
        concern: 'leaver',
        request: dialect.setActive(id, false),
        status: 200,
        expect: [resource({ id, active: false })],
      });
      await findOne(session, {
        id: 'match-soft-deleted',
        title: 'a softly deleted user is still matched',
        tolerances: ['T20'],
        request: match,
        found: id,
      });
      await deleteOne(session, { path: userPath(id), what: 'user', tolerances: ['T20'] });
      await findNobody(session, {
        id: 'match-deleted',
        title: 'the user is not matched any more',
        request: match,
      });
      await checkMembers(session, {
        id: 'member-gone',
        title: 'the user is no member any more',
        group,
        ids: [],
      });
      await session.send({
        id: 'delete-again',
        title: 'delete, retried: 404',
        concern: 'leaver',
        request: remove(userPath(id)),
        status: 404,
      });
      const again = await create(session, {
        id: 'create-again',
        title: 'create the same userName again',
        request: post('/Users', entraUser({ ...person, externalId: session.names.uuid() })),
        has: { userName: person.userName, active: true },
        expect: [isNot(id)],
      });
      await session.check({
        id: 'new-user',
        title: 'the new user is there',
        concern: 'user',
        request: get(userPath(again)),
        status: 200,
        expect: [resource({ id: again, active: true })],
      });
      if (session.keep) return;
      await session.send({
        id: 'delete-new-user',
        title: 'delete the new user',
        concern: 'leaver',
        request: remove(userPath(again)),
        status: 204,
      });
      await deleteOne(session, { path: groupPath(group), what: 'group' });
    },
  };
}
