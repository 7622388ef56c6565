import { lacks, resource } from '../expect.ts';
import { get, groupPath, post } from '../message.ts';
import { playSecondCycle } from '../second-cycle.ts';
import type { Session } from '../session.ts';
import { type EntraDialect, entraFindGroup, entraGroup, entraUser } from './entra-dialect.ts';
import { checkMembers, create, createMany, findNobody, findOne } from './steps.ts';

/** A group from the first match to the cycle after it. @returns the group's id. */
export async function playEntraGroup(session: Session, dialect: EntraDialect, ann: string): Promise<string> {
  const { names } = session;
  const firstName = names.groupName();
  const externalId = names.uuid();
  await findNobody(session, {
    id: 'match-group',
    title: 'match the group by displayName: not found',
    concern: 'group',
    tolerances: ['T18', 'T23'],
    request: entraFindGroup(firstName),
  });
  const group = await create(session, {
    id: 'create-group',
    title: 'create the group, with the ADSCIM schema',
    concern: 'group',
    tolerances: ['T13'],
    request: post('/Groups', entraGroup(firstName, externalId)),
    has: { displayName: firstName, externalId },
  });
  await session.send({
    id: 'create-group-again',
    title: 'create it again: refused, so that Entra ID matches instead',
    concern: 'group',
    tolerances: ['T33'],
    request: post('/Groups', entraGroup(firstName.toUpperCase(), names.uuid())),
    status: 409,
  });
  const [ben = ''] = await createMany(session, {
    id: 'create-member',
    title: 'create another user',
    requests: [post('/Users', entraUser(names.person()))],
  });
  const displayName = names.groupName();
  const steps = createGroupSteps(session, dialect, { group, displayName });
  await steps.rename('rename-group');
  await steps.add('add-members', { title: 'add two members', ids: [ann, ben] });
  await steps.read('read-group');
  await steps.add('add-member-again', { title: 'add a member who is there', ids: [ann], tolerances: ['T7'] });
  await checkMembers(session, {
    id: 'members-added',
    title: 'both are members, once',
    tolerances: ['T7', 'T9'],
    group,
    has: { displayName, externalId },
    ids: [ann, ben],
  });
  await steps.removeOne('remove-member', { title: 'remove one member', member: ann });
  await checkMembers(session, {
    id: 'member-removed',
    title: 'only that member is gone',
    tolerances: dialect.removalTolerances,
    group,
    ids: [ben],
  });
  await steps.removeOne('remove-absent-member', {
    title: 'remove a member who is not there',
    member: ann,
    tolerances: ['T6'],
  });
  await checkMembers(session, {
    id: 'members-stay',
    title: 'the other member stays',
    tolerances: ['T6'],
    group,
    ids: [ben],
  });
  await playSecondCycle(session, async () => {
    await findOne(session, {
      id: 'match-group-again',
      title: 'match the group by displayName, in another case',
      concern: 'group',
      tolerances: ['T17', 'T23'],
      request: entraFindGroup(displayName.toUpperCase()),
      found: group,
    });
    await steps.read('read-group-again');
    await steps.rename('same-name');
    await steps.add('same-member', { title: 'the same member', ids: [ben], tolerances: ['T7'] });
  });
  return group;
}

interface Subject {
  readonly group: string;
  readonly displayName: string;
}

function createGroupSteps(session: Session, dialect: EntraDialect, { group, displayName }: Subject) {
  /** 204 is what Entra ID asks for, so that large groups are not sent back; 200 does too. */
  const status = [204, 200];
  return {
    rename: (id: string) =>
      session.send({
        id,
        title: 'rename',
        concern: 'group',
        tolerances: [...dialect.tolerances.filter((name) => name === 'T1'), 'T9'],
        request: dialect.rename(group, displayName),
        status,
      }),
    add: (id: string, step: { title: string; ids: readonly string[]; tolerances?: readonly string[] }) =>
      session.send({
        id,
        title: step.title,
        concern: 'group',
        tolerances: step.tolerances ?? ['T12', 'T30'],
        request: dialect.addMembers(group, step.ids),
        status,
      }),
    removeOne: (id: string, step: { title: string; member: string; tolerances?: readonly string[] }) =>
      session.send({
        id,
        title: step.title,
        concern: 'group',
        tolerances: [...dialect.removalTolerances, ...(step.tolerances ?? [])],
        request: dialect.removeMember(group, step.member),
        status,
      }),
    read: (id: string) =>
      session.send({
        id,
        title: 'read the group without members',
        concern: 'group',
        tolerances: ['T23'],
        request: get(`${groupPath(group)}?excludedAttributes=members`),
        status: 200,
        expect: [resource({ id: group, displayName }), lacks('members')],
      }),
  };
}
