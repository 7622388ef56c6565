import type { Dice } from '../support/dice.ts';
import { ENTERPRISE_URN, GROUP_URN, PATCH_URN, USER_URN } from '../support/scim.ts';

/** What an identity provider knows of a person. */
export interface Person {
  readonly userName: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly email: string;
  readonly active: boolean;
  readonly department: string;
}

/** A request below the collection of its resource type. */
export interface Write {
  readonly method: 'PUT' | 'PATCH';
  readonly body: Readonly<Record<string, unknown>>;
}

/** How one identity provider puts things. */
export interface Dialect {
  readonly name: string;
  readonly create: (person: Person) => Readonly<Record<string, unknown>>;
  /** From one state to another, as one request. */
  readonly update: (before: Person, after: Person, dice: Dice) => Write;
  readonly createGroup: (name: string) => Readonly<Record<string, unknown>>;
  readonly renameGroup: (name: string, id: string) => Write;
  readonly addMembers: (ids: readonly string[]) => Write;
  readonly removeMembers: (ids: readonly string[]) => Write;
}

const patch = (...Operations: readonly object[]): Write => ({
  method: 'PATCH',
  body: { schemas: [PATCH_URN], Operations },
});
const values = (ids: readonly string[]) => ids.map((value) => ({ value }));

/** A whole user, as POST and PUT carry it. */
function whole(person: Person): Record<string, unknown> {
  return {
    schemas: [USER_URN, ENTERPRISE_URN],
    userName: person.userName,
    name: { givenName: person.givenName, familyName: person.familyName },
    emails: [{ value: person.email, type: 'work', primary: true }],
    active: person.active,
    [ENTERPRISE_URN]: { department: person.department },
  };
}

const wholeGroup = (displayName: string) => ({ schemas: [GROUP_URN], displayName });

/** One operation for each attribute that differs, in the words of Entra ID. */
function entraOperations(before: Person, after: Person, isCompliant: boolean): readonly object[] {
  const op = isCompliant ? 'replace' : 'Replace';
  const active = isCompliant ? after.active : after.active ? 'True' : 'False';
  const all: readonly (readonly [keyof Person, string, unknown])[] = [
    ['userName', 'userName', after.userName],
    ['givenName', 'name.givenName', after.givenName],
    ['familyName', 'name.familyName', after.familyName],
    ['email', 'emails[type eq "work"].value', after.email],
    ['active', 'active', active],
    ['department', `${ENTERPRISE_URN}:department`, after.department],
  ];
  return all.filter(([name]) => before[name] !== after[name]).map(([, path, value]) => ({ op, path, value }));
}

/** With the flag, plain attributes go together without a path; e-mails keep theirs. */
function mergeOperations(operations: readonly object[]): readonly object[] {
  const parts = operations as readonly { readonly path: string; readonly value: unknown }[];
  const plain = parts.filter(({ path }) => !path.includes('['));
  const rest = parts.filter(({ path }) => path.includes('['));
  if (plain.length === 0) return rest;
  return [
    ...rest,
    { op: 'replace', value: Object.fromEntries(plain.map(({ path, value }) => [path, value])) },
  ];
}

const OKTA: Dialect = {
  name: 'Okta',
  create: (person) => ({
    ...whole(person),
    displayName: person.givenName,
    locale: 'en-US',
    groups: [],
    password: '1mz050nq',
  }),
  update: (before, after) => {
    const isOnlyActive = JSON.stringify({ ...before, active: after.active }) === JSON.stringify(after);
    if (isOnlyActive) return patch({ op: 'replace', value: { active: after.active } });
    return { method: 'PUT', body: { ...whole(after), id: 'x', groups: [], meta: { resourceType: 'User' } } };
  },
  createGroup: (name) => ({ ...wholeGroup(name), members: [] }),
  renameGroup: (displayName, id) => patch({ op: 'replace', value: { id, displayName } }),
  addMembers: (ids) =>
    patch({ op: 'add', path: 'members', value: ids.map((value) => ({ value, display: 'x' })) }),
  removeMembers: (ids) => patch(...ids.map((id) => ({ op: 'remove', path: `members[value eq "${id}"]` }))),
};

const ENTRA: Dialect = {
  name: 'Entra ID',
  create: (person) => ({
    ...whole(person),
    // The type error of the documentation, and attributes at the root that belong elsewhere (T12, T13).
    schemas: [USER_URN, 'urn:ietf:params:scim:schemas:extension:enterprise:2.0User'],
    meta: { resourceType: 'User' },
    roles: [],
    addresses: null,
    phoneNumbers: null,
    title: null,
    department: null,
    manager: null,
  }),
  update: (before, after) => patch(...entraOperations(before, after, false)),
  createGroup: (name) => ({
    ...wholeGroup(name),
    schemas: [GROUP_URN, 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group'],
    externalId: '8aa1',
    meta: { resourceType: 'Group' },
  }),
  renameGroup: (value) => patch({ op: 'Replace', path: 'displayName', value }),
  addMembers: (ids) =>
    patch({ op: 'Add', path: 'members', value: ids.map((value) => ({ $ref: null, value })) }),
  removeMembers: (ids) =>
    patch({ op: 'Remove', path: 'members', value: ids.map((value) => ({ $ref: null, value })) }),
};

const ENTRA_FLAG: Dialect = {
  ...ENTRA,
  name: 'Entra ID with its flag',
  update: (before, after) => patch(...mergeOperations(entraOperations(before, after, true))),
  addMembers: (ids) => patch({ op: 'add', path: 'members', value: values(ids) }),
  removeMembers: (ids) => patch(...ids.map((id) => ({ op: 'remove', path: `members[value eq "${id}"]` }))),
};

const ONELOGIN: Dialect = {
  name: 'OneLogin',
  create: (person) => ({
    ...whole(person),
    active: String(person.active),
    id: null,
    meta: { resourceType: 'User' },
    manager: { managerId: '', displayName: '' },
  }),
  update: (_before, after) => ({
    method: 'PUT',
    body: {
      ...whole(after),
      schemas: ['urn:scim:schemas:core:2.0', 'urn:scim:schemas:extension:enterprise:2.0'],
      active: String(after.active),
    },
  }),
  createGroup: wholeGroup,
  renameGroup: (displayName) => ({ method: 'PUT', body: wholeGroup(displayName) }),
  addMembers: (ids) => patch({ op: 'add', path: 'members', value: values(ids) }),
  removeMembers: (ids) => patch({ op: 'remove', path: 'members', value: values(ids) }),
};

const JUMPCLOUD: Dialect = {
  ...ONELOGIN,
  name: 'JumpCloud',
  create: whole,
  update: (_before, after) => ({ method: 'PUT', body: whole(after) }),
  // It repeats those who are members already (T7).
  addMembers: (ids) => patch({ op: 'add', path: 'members', value: values([...ids, ...ids]) }),
};

const GOOGLE: Dialect = {
  ...JUMPCLOUD,
  name: 'Google',
  create: (person) => ({ ...whole(person), schemas: ['urn:scim:schemas:core:1.0', USER_URN] }),
  update: (before, after, dice) =>
    dice.oneIn(2)
      ? JUMPCLOUD.update(before, after, dice)
      : patch(...mergeOperations(entraOperations(before, after, true))),
};

const PING: Dialect = {
  ...JUMPCLOUD,
  name: 'PingOne',
  update: (before, after, dice) =>
    dice.oneIn(2)
      ? { method: 'PUT', body: { ...whole(after), emails: [{ value: after.email, type: 'work' }] } }
      : patch(...entraOperations(before, after, true)),
};

const RIPPLING: Dialect = {
  ...OKTA,
  name: 'Rippling',
  create: whole,
  update: (_before, after) => patch({ op: 'replace', value: whole(after) }),
};

export const DIALECTS: readonly Dialect[] = [
  OKTA,
  ENTRA,
  ENTRA_FLAG,
  ONELOGIN,
  JUMPCLOUD,
  GOOGLE,
  PING,
  RIPPLING,
];

/** The same body in other words: nothing in it means anything else. */
export function reword(body: Readonly<Record<string, unknown>>, dice: Dice): Record<string, unknown> {
  const entries = Object.entries(body).map(
    ([name, value]) =>
      [
        dice.oneIn(6) && !name.includes(':') ? toOtherCase(name) : name,
        rewordValue(name, value, dice),
      ] as const,
  );
  const isPatch = 'Operations' in body;
  const more: (readonly [string, unknown])[] = [];
  if (!isPatch && dice.oneIn(3)) more.push(['xUnknown', dice.pick([null, 'x', { a: [1] }, [[]]])]);
  if (!isPatch && dice.oneIn(4)) more.push(['nickName', null]);
  if (!isPatch && dice.oneIn(4)) more.push(['urn:example:nobody:knows:2.0:User', { tag: 'x' }]);
  return Object.fromEntries(dice.shuffle([...entries, ...more]));
}

function rewordValue(name: string, value: unknown, dice: Dice): unknown {
  if (name === 'active' && typeof value === 'boolean' && dice.oneIn(3)) return value ? 'True' : 'false';
  if (name === 'Operations' && Array.isArray(value)) {
    const operations = value.map((operation) => rewordOperation(operation, dice));
    // What is asked for twice is done once.
    return dice.oneIn(5) ? operations.flatMap((operation) => [operation, operation]) : operations;
  }
  if (name === 'name' && dice.oneIn(4)) return { ...(value as object), middleName: null, unknownPart: 1 };
  return value;
}

function rewordOperation(operation: Readonly<Record<string, unknown>>, dice: Dice): unknown {
  const op = String(operation.op);
  const cased = dice.oneIn(3) ? dice.pick([op.toLowerCase(), op.toUpperCase()]) : op;
  return Object.fromEntries(
    dice.shuffle(
      Object.entries({ ...operation, op: cased, ...(dice.oneIn(5) ? { name: 'addMember' } : {}) }),
    ),
  );
}

function toOtherCase(name: string): string {
  return name === name.toLowerCase() ? name.toUpperCase() : name.toLowerCase();
}

/** A body with one thing in it that nobody can take. */
export function spoil(body: Readonly<Record<string, unknown>>, dice: Dice): string {
  const text = JSON.stringify(body);
  const changed = (more: object) => JSON.stringify({ ...body, ...more });
  const spoilt = [
    text.slice(0, -1),
    `${text}}`,
    `[${text}]`,
    text.replace('{', '{"schemas":[],"SCHEMAS":[],'),
    text.replace('{', '{"__proto__":{"admin":true},'),
    changed({ schemas: 'x' }),
    ...('Operations' in body
      ? [
          changed({ Operations: [] }),
          changed({ Operations: [...(body.Operations as object[]), { op: 'move', path: 'a' }] }),
        ]
      : []),
    ...('userName' in body
      ? [changed({ userName: ' ' }), changed({ active: 'maybe' }), changed({ emails: 7 })]
      : []),
  ];
  return dice.pick(spoilt);
}
