import type { Dice } from '../support/dice.ts';
import { ENTERPRISE_URN, PATCH_URN, USER_URN } from '../support/scim.ts';
import type { Choice, Meaning, ModelUser, NamePart, TextName } from './patch-model.ts';

type Email = ModelUser['emails'][number];

/** A PATCH, and what each of its operations means. */
export interface PatchCase {
  readonly body: { readonly schemas: readonly string[]; readonly Operations: readonly unknown[] };
  readonly meanings: readonly Meaning[];
}

const TEXTS = [
  'Ada',
  'ada',
  'Grace Hopper',
  'ΟΔΟΣ',
  '',
  ' ',
  'x'.repeat(300),
  '__proto__',
  '{"a":1}',
  '\u{1F600}',
];
const ADDRESSES = ['a@x.example', 'b@x.example', 'c@x.example'];
const TYPES = ['work', 'home'];
const TEXT_NAMES: readonly TextName[] = ['userName', 'displayName', 'nickName', 'department'];
const PARTS: readonly NamePart[] = ['givenName', 'familyName', 'formatted'];

/** Names of `Object.prototype`, which are attributes nobody has. */
const HOSTILE = [
  '__proto__',
  '__proto__.polluted',
  'constructor',
  'constructor.prototype',
  'prototype',
  'hasOwnProperty',
  'toString',
  'valueOf',
  'isPrototypeOf',
  '__defineGetter__',
  '__lookupSetter__',
  'propertyIsEnumerable',
  'toLocaleString',
];

export function arbitraryUser(dice: Dice): ModelUser {
  const emails = Array.from({ length: dice.int(4) }, () => arbitraryEmail(dice, 'value'));
  const primary = emails.findIndex((email) => email.primary);
  const distinct = emails
    .map((email, index) => (email.primary && index !== primary ? { ...email, primary: false } : email))
    .filter((email, index, all) => all.findIndex((other) => isAbout(other, email)) === index);
  return {
    userName: `user${dice.int(1000)}`,
    emails: distinct,
    ...(dice.oneIn(2) ? { displayName: dice.pick(TEXTS) } : {}),
    ...(dice.oneIn(2) ? { active: dice.oneIn(2) } : {}),
    ...(dice.oneIn(2) ? { name: { [dice.pick(PARTS)]: 'N', [dice.pick(PARTS)]: dice.pick(TEXTS) } } : {}),
    ...(dice.oneIn(2) ? { department: dice.pick(TEXTS) } : {}),
    ...(dice.oneIn(2) ? { managerId: 'm1' } : {}),
  };
}

const isAbout = (a: Email, b: Email) => a.value === b.value && a.type === b.type;

/** The attributes of a SCIM user that say the same. */
export function toScim(user: ModelUser): Record<string, unknown> {
  const { emails, department, managerId, ...rest } = user;
  const extension = {
    ...(department === undefined ? {} : { department }),
    ...(managerId === undefined ? {} : { manager: { value: managerId } }),
  };
  return {
    ...rest,
    ...(emails.length === 0 ? {} : { emails }),
    ...(Object.keys(extension).length === 0 ? {} : { [ENTERPRISE_URN]: extension }),
  };
}

/** One to four operations in the spellings identity providers use. */
export function arbitraryPatch(dice: Dice): PatchCase {
  const parts = Array.from({ length: 1 + dice.int(4) }, () => arbitraryOperation(dice));
  return {
    body: { schemas: [PATCH_URN], Operations: parts.map(({ operation }) => operation) },
    meanings: parts.flatMap(({ meanings }) => meanings),
  };
}

interface Operation {
  readonly operation: unknown;
  readonly meanings: readonly Meaning[];
}

function arbitraryOperation(dice: Dice): Operation {
  switch (dice.int(12)) {
    case 0:
    case 1:
      return setText(dice);
    case 2:
      return setActive(dice);
    case 3:
      return setName(dice);
    case 4:
    case 5:
      return setEmails(dice);
    case 6:
      return setChosen(dice);
    case 7:
      return setChosenPart(dice);
    case 8:
      return setManager(dice);
    case 9:
      return withoutPath(dice);
    case 10:
      return removeSomething(dice);
    default:
      return nonsense(dice);
  }
}

const one = (operation: unknown, ...meanings: readonly Meaning[]): Operation => ({ operation, meanings });

function writeOp(op: 'add' | 'replace' | 'remove', dice: Dice): string {
  return dice.oneIn(3) ? `${op[0]?.toUpperCase()}${op.slice(1)}` : op;
}

const anyWrite = (dice: Dice) => writeOp(dice.pick(['add', 'replace']), dice);

function pathOf(name: string, dice: Dice): string {
  const isExtension = name === 'department' || name.startsWith('manager');
  const cased = dice.oneIn(4) ? name.toUpperCase() : name;
  if (isExtension) return `${ENTERPRISE_URN}:${cased}`;
  return dice.oneIn(5) ? `${USER_URN}:${cased}` : cased;
}

function textValue(dice: Dice): readonly [unknown, 'set' | 'clear' | 'refuse'] {
  if (dice.oneIn(8)) return [null, 'clear'];
  if (dice.oneIn(8)) return [dice.pick([7, true, {}, ['x'], { value: 'x' }]), 'refuse'];
  return [dice.pick(TEXTS), 'set'];
}

function toText(name: TextName, [value, what]: ReturnType<typeof textValue>): Meaning {
  if (what === 'refuse') return { kind: 'refused' };
  return { kind: 'text', name, value: what === 'clear' ? null : String(value) };
}

function setText(dice: Dice): Operation {
  const name = dice.pick(TEXT_NAMES);
  const given = textValue(dice);
  return one({ op: anyWrite(dice), path: pathOf(name, dice), value: given[0] }, toText(name, given));
}

const ACTIVE: readonly (readonly [unknown, Meaning])[] = [
  [true, { kind: 'active', value: true }],
  [false, { kind: 'active', value: false }],
  ['True', { kind: 'active', value: true }],
  ['False', { kind: 'active', value: false }],
  ['false', { kind: 'active', value: false }],
  [null, { kind: 'active', value: null }],
  ['no', { kind: 'refused' }],
  [0, { kind: 'refused' }],
  [[false], { kind: 'refused' }],
];

function setActive(dice: Dice): Operation {
  const [value, meaning] = dice.pick(ACTIVE);
  return one({ op: anyWrite(dice), path: pathOf('active', dice), value }, meaning);
}

function setName(dice: Dice): Operation {
  const part = dice.pick(PARTS);
  const [value, what] = textValue(dice);
  const meaning: Meaning =
    what === 'refuse'
      ? { kind: 'refused' }
      : { kind: 'name', value: { [part]: what === 'clear' ? null : String(value) } };
  if (dice.oneIn(2)) return one({ op: anyWrite(dice), path: pathOf(`name.${part}`, dice), value }, meaning);
  if (dice.oneIn(8))
    return one({ op: anyWrite(dice), path: 'name', value: null }, { kind: 'name', value: null });
  const hostile = dice.pick(HOSTILE);
  const isHostile = dice.oneIn(3);
  const more = isHostile ? { [hostile]: 'x', unknownPart: { a: 1 } } : {};
  const object = { [dice.oneIn(4) ? part.toUpperCase() : part]: value, ...more };
  return one(
    { op: anyWrite(dice), path: pathOf('name', dice), value: dice.oneIn(8) ? [object] : object },
    // As a name of its own it makes the whole body unfit (P11).
    isHostile && hostile === '__proto__' ? { kind: 'refused' } : meaning,
  );
}

function arbitraryEmail(dice: Dice, ...needed: readonly (keyof Email)[]): Email {
  return {
    ...(needed.includes('value') || dice.oneIn(2) ? { value: dice.pick(ADDRESSES) } : {}),
    ...(dice.oneIn(2) ? { type: dice.pick(TYPES) } : {}),
    ...(dice.oneIn(3) ? { primary: dice.oneIn(2) } : {}),
    ...(dice.oneIn(4) ? { display: dice.pick(TEXTS) } : {}),
  };
}

/** An e-mail as it may stand in a body: names in any case, booleans as words, parts without value. */
function writeEmail(email: Email, dice: Dice): object {
  const entries = Object.entries(email).map(([name, value]) => [
    dice.oneIn(6) ? name.toUpperCase() : name,
    typeof value === 'boolean' && dice.oneIn(4) ? (value ? 'True' : 'false') : value,
  ]);
  const more = dice.oneIn(6) ? [[dice.pick(HOSTILE.slice(2)), { polluted: true }]] : [];
  return Object.fromEntries([...entries, ...more]);
}

function setEmails(dice: Dice): Operation {
  const op = dice.pick(['add', 'add', 'replace', 'remove'] as const);
  const emails = Array.from({ length: dice.int(4) }, () => arbitraryEmail(dice, 'value'));
  const value = emails.map((email) => writeEmail(email, dice));
  const isBare = emails.length === 1 && dice.oneIn(4);
  const meaning: Meaning = { kind: 'emails', op, emails };
  return one(
    { op: writeOp(op, dice), path: pathOf('emails', dice), value: isBare ? value[0] : value },
    meaning,
  );
}

const fold = (text: string | undefined) => text?.toLowerCase();

function arbitraryChoice(dice: Dice): Choice {
  const type = dice.pick([...TYPES, 'WORK', 'other']);
  const address = dice.pick(ADDRESSES);
  const isType = (email: Email) => fold(email.type) === fold(type);
  const isAddress = (email: Email) => fold(email.value) === address;
  return dice.pick<Choice>([
    { text: `type eq "${type}"`, meets: isType, template: { type } },
    { text: `TYPE Eq "${type}"`, meets: isType, template: { type } },
    {
      text: `value eq "${address}"`,
      meets: isAddress,
      template: { value: address },
    },
    {
      text: `value eq "${address.toUpperCase()}"`,
      meets: isAddress,
      template: { value: address.toUpperCase() },
    },
    { text: 'primary eq true', meets: (email) => email.primary === true, template: { primary: true } },
    { text: 'primary eq "True"', meets: (email) => email.primary === true, template: { primary: true } },
    {
      text: `type eq "${type}" and primary eq true`,
      meets: (email) => isType(email) && email.primary === true,
      template: { type, primary: true },
    },
    { text: `value sw "${address[0]}"`, meets: isAddress, template: undefined },
    { text: `not (type eq "${type}")`, meets: (email) => !isType(email), template: undefined },
    {
      text: `type eq "${type}" or value co "${address}"`,
      meets: (email) => isType(email) || isAddress(email),
      template: undefined,
    },
    {
      text: 'display pr',
      meets: ({ display }) => display !== undefined && display !== '',
      template: undefined,
    },
  ]);
}

function setChosen(dice: Dice): Operation {
  const op = dice.pick(['add', 'replace', 'remove'] as const);
  const choice = arbitraryChoice(dice);
  const email = arbitraryEmail(dice, 'value');
  const value = op === 'remove' ? {} : { value: writeEmail(email, dice) };
  return one(
    { op: writeOp(op, dice), path: `${pathOf('emails', dice)}[${choice.text}]`, ...value },
    { kind: 'chosen', op, choice, email },
  );
}

function setChosenPart(dice: Dice): Operation {
  const choice = arbitraryChoice(dice);
  const part = dice.pick(['value', 'value', 'type', 'display', 'primary'] as const);
  const isGone = dice.oneIn(5);
  const value = isGone ? null : part === 'primary' ? dice.oneIn(2) : dice.pick([...ADDRESSES, 'work']);
  const op = isGone && dice.oneIn(2) ? 'remove' : dice.pick(['add', 'replace'] as const);
  return one(
    {
      op: writeOp(op, dice),
      path: `${pathOf('emails', dice)}[${choice.text}].${part}`,
      ...(op === 'remove' ? {} : { value }),
    },
    { kind: 'chosenPart', op, choice, part, value },
  );
}

const MANAGERS: readonly (readonly [unknown, string | null])[] = [
  ['m2', 'm2'],
  [{ value: 'm2' }, 'm2'],
  [[{ value: 'm3' }], 'm3'],
  [{ value: 'm3', displayName: 'ignored' }, 'm3'],
  ['', null],
  [{ value: '' }, null],
  [null, null],
];

function setManager(dice: Dice): Operation {
  const [value, id] = dice.pick(MANAGERS);
  const path = dice.oneIn(3) ? 'manager' : pathOf('manager', dice);
  return one({ op: anyWrite(dice), path, value }, { kind: 'manager', value: id });
}

/** Without a path the value's names are the paths (T3, T4). */
function withoutPath(dice: Dice): Operation {
  const value: Record<string, unknown> = {};
  const meanings: Meaning[] = [];
  const add = (name: string, given: unknown, meaning: Meaning) => {
    if (Object.keys(value).some((known) => known.toLowerCase() === name.toLowerCase())) return;
    value[name] = given;
    meanings.push(meaning);
  };
  for (let part = 0; part <= dice.int(4); part += 1) {
    const name = dice.pick(TEXT_NAMES);
    const given = textValue(dice);
    const [active, meaning] = dice.pick(ACTIVE);
    switch (dice.int(6)) {
      case 0:
        add(pathOf(name, dice), given[0], toText(name, given));
        break;
      case 1:
        add('name.givenName', 'Dotted', { kind: 'name', value: { givenName: 'Dotted' } });
        break;
      case 2:
        add('active', active, meaning);
        break;
      case 3:
        add(
          ENTERPRISE_URN,
          { department: 'D', unknown: 1 },
          { kind: 'text', name: 'department', value: 'D' },
        );
        break;
      case 4:
        add(dice.pick(['id', 'meta', 'schemas', 'groups']), dice.pick(['x', [], {}]), { kind: 'ignored' });
        break;
      default:
        add(
          dice.pick([
            ...HOSTILE.filter((text) => text !== '__proto__' && !text.startsWith('__')),
            'favouriteColour',
          ]),
          { polluted: 1 },
          { kind: 'ignored' },
        );
    }
  }
  return one({ op: anyWrite(dice), value }, ...meanings);
}

function removeSomething(dice: Dice): Operation {
  const op = writeOp('remove', dice);
  const part = dice.pick(PARTS);
  return dice.pick<Operation>([
    one({ op, path: pathOf('userName', dice) }, { kind: 'refused' }),
    one({ op, path: pathOf('displayName', dice) }, { kind: 'text', name: 'displayName', value: null }),
    one({ op, path: pathOf('active', dice) }, { kind: 'active', value: null }),
    one({ op, path: pathOf('name', dice) }, { kind: 'name', value: null }),
    one({ op, path: pathOf(`name.${part}`, dice) }, { kind: 'name', value: { [part]: null } }),
    one({ op, path: pathOf('emails', dice) }, { kind: 'removeEmails' }),
    one({ op, path: pathOf('manager', dice) }, { kind: 'manager', value: null }),
    one({ op, path: ENTERPRISE_URN }, { kind: 'removeExtension' }),
  ]);
}

function nonsense(dice: Dice): Operation {
  const refused = (operation: unknown) => one(operation, { kind: 'refused' });
  const ignored = (operation: unknown) => one(operation, { kind: 'ignored' });
  return dice.pick<Operation>([
    refused({ op: 'move', path: 'displayName', value: 'x' }),
    refused({ path: 'displayName', value: 'x' }),
    refused({ op: 'remove' }),
    refused({ op: 'add', path: 'displayName' }),
    refused({ op: 'replace', path: 'id', value: 'x' }),
    refused({ op: 'replace', path: 'meta.created', value: '2024-01-01T00:00:00Z' }),
    refused({ op: 'add', path: 'groups', value: [{ value: 'x' }] }),
    refused({ op: 'add', path: 'emails[type eq', value: 'x' }),
    refused({ op: 'add', path: 'emails[type eq "work"]]', value: 'x' }),
    refused({ op: 'add', path: '__proto__', value: { polluted: 1 } }),
    refused({ op: 'add', path: 7, value: 'x' }),
    refused({ op: 'add', value: 'x' }),
    refused('add'),
    refused(null),
    ignored({ op: 'add', path: 'favouriteColour', value: 'green' }),
    ignored({
      op: 'add',
      path: dice.pick(HOSTILE.filter((name) => !name.startsWith('_'))),
      value: { polluted: 1 },
    }),
    ignored({ op: 'replace', path: 'emails.unknown', value: 1 }),
  ]);
}
