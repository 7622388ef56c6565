import type { JsonObject } from '../../protocol/json.ts';
import { created, type Expectation, listOf, members, readId, resource } from '../expect.ts';
import { get, groupPath, type Request, remove, userPath } from '../message.ts';
import type { Session, Step } from '../session.ts';

/** What steps of every identity provider have in common, their wording left to each. */
type Told = Pick<Step, 'id' | 'title'> & Partial<Pick<Step, 'tolerances' | 'concern'>>;

/** Asks for somebody who is not there. `alsoAccepts` 404 for those that take it as "nobody". */
export function findNobody(
  session: Session,
  step: Told & { readonly request: Request; readonly alsoAccepts?: 404 },
): Promise<unknown> {
  const { alsoAccepts, ...rest } = step;
  return session.send({
    concern: 'user',
    tolerances: ['T18'],
    ...rest,
    status: alsoAccepts === undefined ? 200 : [200, alsoAccepts],
    expect: [(answer, index) => (answer.status === 404 ? [] : listOf()(answer, index))],
  });
}

/** Asks for exactly one resource. */
export function findOne(
  session: Session,
  step: Told & { readonly request: Request; readonly found: string },
): Promise<unknown> {
  const { found, ...rest } = step;
  return session.send({ concern: 'user', ...rest, status: 200, expect: [listOf(found)] });
}

/** Creates a resource. @returns its id. */
export async function create(
  session: Session,
  step: Told & {
    readonly request: Request;
    readonly has: JsonObject;
    readonly expect?: readonly Expectation[];
  },
): Promise<string> {
  const { has, expect = [], ...rest } = step;
  return readId(
    await session.send({ concern: 'user', ...rest, status: 201, expect: [created(has), ...expect] }),
  );
}

/** Creates several users at once. @returns their ids. */
export async function createMany(
  session: Session,
  step: Told & { readonly requests: readonly Request[] },
): Promise<readonly string[]> {
  const answers = await session.sendMany({ concern: 'user', ...step, status: 201, expect: [created()] });
  return answers.map(readId);
}

/** Reads a user back. */
export function checkUser(
  session: Session,
  step: Told & { readonly user: string; readonly has: JsonObject },
): Promise<unknown> {
  const { user: id, has, ...rest } = step;
  return session.check({
    concern: 'user',
    ...rest,
    request: get(userPath(id)),
    status: 200,
    expect: [resource({ id, ...has })],
  });
}

/** Reads a group back, with exactly these members. */
export function checkMembers(
  session: Session,
  step: Told & { readonly group: string; readonly has?: JsonObject; readonly ids: readonly string[] },
): Promise<unknown> {
  const { group: id, has = {}, ids, ...rest } = step;
  return session.check({
    concern: 'group',
    ...rest,
    request: get(groupPath(id)),
    status: 200,
    expect: [resource({ id, ...has }), members(ids)],
  });
}

/** Deletes something and looks for it afterwards; the steps are `delete-…` and `…-gone`. */
export async function deleteOne(
  session: Session,
  {
    path,
    what,
    tolerances = [],
  }: { readonly path: string; readonly what: 'user' | 'group'; readonly tolerances?: readonly string[] },
): Promise<void> {
  const concern = what === 'user' ? 'leaver' : 'group';
  await session.send({
    id: `delete-${what}`,
    title: `delete the ${what}`,
    concern,
    tolerances,
    request: remove(path),
    status: 204,
  });
  await session.check({
    id: `${what}-gone`,
    title: `the ${what} is gone`,
    concern,
    tolerances,
    request: get(path),
    status: 404,
  });
}

/** How a life ends: the group goes, then the user. Everything stays where the run is asked to keep it. */
export async function leave(
  session: Session,
  { user, group }: { readonly user: string; readonly group: string },
): Promise<void> {
  if (session.keep) return;
  await deleteOne(session, { path: groupPath(group), what: 'group' });
  await deleteOne(session, { path: userPath(user), what: 'user', tolerances: ['T20'] });
}
