import { isObject, type Json } from '../../protocol/json.ts';
import { type Expectation, resource } from '../expect.ts';
import { encodePlus, get, patch, post, quote, userPath } from '../message.ts';
import type { Scenario } from '../persona.ts';
import type { Session } from '../session.ts';
import { ENTERPRISE } from '../vocabulary.ts';
import { patchOp } from './bodies.ts';
import { entraUser } from './entra-dialect.ts';
import { createMany, findNobody, findOne } from './steps.ts';

/** The forms in which managers were seen to be written. */
export const entraManager: Scenario = {
  name: 'manager',
  sequences: ['S8'],
  title: "A user's manager is set, replaced and cleared, in every form Entra ID has for it",
  async run(session) {
    const { names } = session;
    const [user = '', ann = '', ben = ''] = await createMany(session, {
      id: 'create-users',
      title: 'create a user and two managers',
      requests: [1, 2, 3].map(() => post('/Users', entraUser(names.person()))),
    });
    const managers = createManagerSteps(session, user);
    await findNobody(session, {
      id: 'no-manager',
      title: 'reference check: not the manager yet',
      tolerances: ['T31'],
      request: managers.findReference(ann),
    });
    await managers.write('set-as-list', {
      title: 'set, as a list of one with a reference',
      tolerances: ['T1', 'T11', 'T31'],
      operation: {
        op: 'Add',
        path: 'manager',
        value: [{ $ref: `https://example.com/scim/Users/${ann}`, value: ann }],
      },
      manager: ann,
    });
    await findOne(session, {
      id: 'reference-found',
      title: 'reference check: the manager',
      tolerances: ['T31'],
      request: managers.findReference(ann),
      found: user,
    });
    await managers.write('replace-as-text', {
      title: 'replace, as a bare id',
      tolerances: ['T1', 'T11'],
      operation: { op: 'Replace', path: `${ENTERPRISE}:manager`, value: ben },
      manager: ben,
    });
    await managers.write('clear-as-empty-text', {
      title: 'clear, as an empty text',
      tolerances: ['T1', 'T11'],
      operation: { op: 'Replace', path: `${ENTERPRISE}:manager`, value: '' },
      manager: undefined,
    });
    await managers.write('set-as-object', {
      title: 'set, as an object',
      tolerances: ['T1'],
      operation: { op: 'Add', path: `${ENTERPRISE}:manager`, value: { value: ann } },
      manager: ann,
    });
    await managers.write('clear', {
      title: 'clear, by removing it',
      tolerances: ['T1'],
      operation: { op: 'Remove', path: `${ENTERPRISE}:manager` },
      manager: undefined,
    });
    await findNobody(session, {
      id: 'reference-gone',
      title: 'reference check: not the manager any more',
      tolerances: ['T31'],
      request: managers.findReference(ann),
    });
  },
};

interface ManagerStep {
  readonly title: string;
  readonly tolerances: readonly string[];
  readonly operation: { readonly op: string; readonly path: string; readonly value?: Json };
  /** undefined = nobody. */
  readonly manager: string | undefined;
}

function createManagerSteps(session: Session, user: string) {
  const hasManager = (manager: string | undefined) =>
    manager === undefined
      ? resource({ id: user })
      : resource({ id: user, [ENTERPRISE]: { manager: { value: manager } } });
  return {
    findReference(manager: string) {
      const filter = `id eq ${quote(user)} and manager eq ${quote(manager)}`;
      return get(`/Users?filter=${encodePlus(filter)}&attributes=id`);
    },
    async write(id: string, { title, tolerances, operation, manager }: ManagerStep) {
      await session.send({
        id,
        title,
        concern: 'user',
        tolerances,
        request: patch(userPath(user), patchOp(operation)),
        status: 200,
        expect: [hasManager(manager)],
      });
      await session.check({
        id: `${id}-read`,
        title: manager === undefined ? 'the user has no manager' : 'the user has that manager',
        concern: 'user',
        tolerances,
        request: get(userPath(user)),
        status: 200,
        expect: [hasManager(manager), ...(manager === undefined ? [lacksManager] : [])],
      });
    },
  };
}

/** No manager may be no extension, an extension without one, or one without a value. */
const lacksManager: Expectation = ({ body }) => {
  const extension = isObject(body) ? body[ENTERPRISE] : undefined;
  const manager = isObject(extension) ? extension.manager : undefined;
  const value = isObject(manager) ? manager.value : undefined;
  return value === undefined || value === '' ? [] : [`manager: expected none, got ${value}`];
};
