import type { JsonObject } from '../../protocol/json.ts';
import { members } from '../expect.ts';
import { groupPath, patch, post, quote } from '../message.ts';
import { playSecondCycle } from '../second-cycle.ts';
import type { Session } from '../session.ts';
import { patchOp, plainGroup } from './bodies.ts';
import { oktaFindGroup, oktaMembers, oktaUser } from './okta-requests.ts';
import { checkMembers, create, createMany, deleteOne, findNobody, findOne } from './steps.ts';

/** Group push, from the first push to unlinking. `ann` is a user who is there already. */
export async function playOktaGroupPush(session: Session, ann: string): Promise<void> {
  const { names } = session;
  const [ben = '', cho = ''] = await createMany(session, {
    id: 'create-members',
    title: 'create two more users',
    requests: [names.person(), names.person()].map((person) => post('/Users', oktaUser(person))),
  });
  const firstName = names.groupName();
  await findNobody(session, {
    id: 'find-group',
    title: 'no group to link yet',
    concern: 'group',
    request: oktaFindGroup(firstName),
    alsoAccepts: 404,
  });
  const group = await create(session, {
    id: 'create-group',
    title: 'push a group',
    concern: 'group',
    request: post('/Groups', plainGroup(firstName, { members: [] })),
    has: { displayName: firstName },
    expect: [members([])],
  });
  const displayName = names.groupName();
  const push = createPush(session, { group, displayName });

  await push.sendName('rename-group', 'rename, with the id in the value');
  await push.send({
    id: 'add-members',
    title: 'add two members, with their names',
    tolerances: ['T30'],
    operations: [{ op: 'add', path: 'members', value: oktaMembers([ann, ben]) }],
  });
  await push.sendName('name-with-members', 'the name, sent along with a membership update');
  await checkMembers(session, {
    id: 'members-stay',
    title: 'both are members, and the group has its new name',
    tolerances: ['T9'],
    group,
    has: { displayName },
    ids: [ann, ben],
  });
  const operations = [
    { op: 'remove', path: `members[value eq ${quote(ann)}]` },
    { op: 'add', path: 'members', value: oktaMembers([cho]) },
  ];
  await push.send({ id: 'exchange-member', title: 'one leaves, one comes', operations });
  await push.send({
    id: 'exchange-member-again',
    title: 'the same again: an absent member is removed, a present one added',
    tolerances: ['T6', 'T7'],
    operations,
  });
  await checkMembers(session, {
    id: 'members-exchanged',
    title: 'one left, the other is there once',
    tolerances: ['T6', 'T7'],
    group,
    ids: [ben, cho],
  });
  await push.send({
    id: 'push-now-empty',
    title: 'push now of an empty group',
    tolerances: ['T8'],
    operations: [{ op: 'replace', path: 'members', value: [] }],
  });
  await checkMembers(session, {
    id: 'members-empty',
    title: 'the group is empty',
    tolerances: ['T8'],
    group,
    ids: [],
  });
  await push.send({
    id: 'push-now',
    title: 'push now: the whole list',
    operations: [{ op: 'replace', path: 'members', value: oktaMembers([ann, cho]) }],
  });
  await checkMembers(session, {
    id: 'members-pushed',
    title: 'exactly these are members',
    group,
    ids: [ann, cho],
  });
  await playSecondCycle(session, async () => {
    await findOne(session, {
      id: 'find-group-again',
      title: 'the group is found by its name',
      concern: 'group',
      request: oktaFindGroup(displayName),
      found: group,
    });
    await push.sendName('same-name', 'the same name');
    await push.send({
      id: 'same-members',
      title: 'push now of the same members',
      operations: [{ op: 'replace', path: 'members', value: oktaMembers([cho, ann]) }],
    });
  });
  if (!session.keep) await deleteOne(session, { path: groupPath(group), what: 'group' });
}

interface MembershipUpdate {
  readonly id: string;
  readonly title: string;
  readonly tolerances?: readonly string[];
  readonly operations: readonly JsonObject[];
}

function createPush(
  session: Session,
  { group, displayName }: { readonly group: string; readonly displayName: string },
) {
  const send = ({ operations, ...step }: MembershipUpdate) =>
    session.send({
      concern: 'group',
      ...step,
      request: patch(groupPath(group), patchOp(...operations)),
      status: [200, 204],
    });
  return {
    send,
    /** Okta sends the name together with every membership update. */
    sendName: (id: string, title: string) =>
      send({
        id,
        title,
        tolerances: ['T3', 'T4'],
        operations: [{ op: 'replace', value: { id: group, displayName } }],
      }),
  };
}
