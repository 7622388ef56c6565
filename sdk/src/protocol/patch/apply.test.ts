import { describe, expect, test } from 'vitest';
import { ASSET_URN, deviceType, groupType, userType } from '../../../test/support/resource-types.ts';
import { ScimError } from '../errors.ts';
import type { Json, JsonObject } from '../json.ts';
import type { AllowLeniency } from '../leniency/leniency.ts';
import { createProfile } from '../leniency/profile.ts';
import { parseJson } from '../parse-json.ts';
import { ENTERPRISE_USER_URN as E, USER_URN } from '../schema/core.ts';
import { compileResourceType, type ResourceType } from '../schema/resource-type.ts';
import { applyPatch } from './apply.ts';
import type { MembersChange } from './members.ts';
import { PATCH_URN, parsePatch } from './request.ts';
import { PATCH_LIMITS } from './target.ts';

type Operation = { readonly op: string; readonly path?: string; readonly value?: Json };

const compat: AllowLeniency = () => true;
const strict = createProfile('strict').allow;

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}

function run(type: ResourceType, before: JsonObject, operations: readonly Operation[], allow = compat) {
  const body: JsonObject = { schemas: [PATCH_URN], Operations: operations };
  deepFreeze(before);
  deepFreeze(body);
  return applyPatch(type, before, { operations: parsePatch(type, body, allow), allow });
}

/** The attributes afterwards, as plain JSON, or the error a client is told. */
function patch(
  type: ResourceType,
  before: JsonObject,
  operations: readonly Operation[],
  allow = compat,
): unknown {
  try {
    return JSON.parse(JSON.stringify(run(type, before, operations, allow).attributes));
  } catch (error) {
    if (!(error instanceof ScimError)) throw error;
    return `${error.status} ${error.scimType ?? ''}`.trim();
  }
}

const USER: JsonObject = { userName: 'ada', active: true };
const user = (attributes: JsonObject): JsonObject => ({ ...USER, ...attributes });
const work = { value: 'w@x', type: 'work' };
const home = { value: 'h@x', type: 'home', primary: true };
const device = (attributes: JsonObject): JsonObject => ({ serial: 'S-1', ...attributes });

type Row = readonly [
  name: string,
  before: JsonObject,
  operations: readonly Operation[],
  after: JsonObject | string,
];

const add = (path: string, value: Json): Operation => ({ op: 'add', path, value });
const replace = (path: string, value: Json): Operation => ({ op: 'replace', path, value });
const remove = (path: string, value?: Json): Operation =>
  value === undefined ? { op: 'remove', path } : { op: 'remove', path, value };

describe('single values', () => {
  const rows: readonly Row[] = [
    ['rfc 129: add sets', USER, [add('title', 'Dr')], user({ title: 'Dr' })],
    ['rfc 131: add replaces', user({ title: 'Mr' }), [add('title', 'Dr')], user({ title: 'Dr' })],
    ['rfc 134: replace on a missing attribute adds', USER, [replace('title', 'Dr')], user({ title: 'Dr' })],
    ['rfc 132: remove unassigns', user({ title: 'Dr' }), [remove('title')], USER],
    ['rfc 133: remove of what is absent succeeds', USER, [remove('title')], USER],
    ['T12: null unassigns', user({ title: 'Dr' }), [replace('title', null)], USER],
    ['rfc 3: names in any case', USER, [add('TITLE', 'Dr')], user({ title: 'Dr' })],
    ['rfc 123: by URN', USER, [add(`${USER_URN}:title`, 'Dr')], user({ title: 'Dr' })],
    [
      'rfc 123: by URN in any case',
      USER,
      [add(`${USER_URN.toUpperCase()}:title`, 'Dr')],
      user({ title: 'Dr' }),
    ],
    [
      'rfc 128: in order',
      USER,
      [add('title', 'a'), replace('title', 'b'), remove('title'), add('title', 'c')],
      user({ title: 'c' }),
    ],
    ['rfc 124: wrong type', USER, [add('title', 1)], '400 invalidValue'],
    ['rfc 124: a list for a single value', USER, [add('title', ['a'])], '400 invalidValue'],
    ['rfc 129: add without value', USER, [{ op: 'add', path: 'title' }], '400 invalidValue'],
    ['replace without value', USER, [{ op: 'replace', path: 'title' }], '400 invalidValue'],
    ['rfc 133: required is not removed', USER, [remove('userName')], '400 mutability'],
    ['rfc 133: required is not nulled', USER, [replace('userName', null)], '400 mutability'],
    ['rfc 56: required is not blanked', USER, [replace('userName', ' ')], '400 invalidValue'],
    ['rfc 59: readOnly', USER, [replace('id', 'x')], '400 mutability'],
    ['rfc 59: readOnly part', USER, [replace('meta.created', '2026-01-01T00:00:00Z')], '400 mutability'],
    ['rfc 59: readOnly remove', USER, [remove('groups')], '400 mutability'],
    ['rfc 59: readOnly with a filter', USER, [remove('groups[value eq "x"]')], '400 mutability'],
    ['schemas is readOnly', USER, [replace('schemas', ['x'])], '400 mutability'],
    ['T2: text for a boolean', USER, [replace('active', 'False')], user({ active: false })],
    ['T2: other text is no boolean', USER, [replace('active', 'no')], '400 invalidValue'],
    ['P11: too long', USER, [add('title', 'x'.repeat(1025))], '400 invalidValue'],
  ];
  test.each(rows)('%s', (_name, before, operations, after) => {
    expect(patch(userType, before, operations)).toEqual(after);
  });
});

describe('complex values', () => {
  const name = { givenName: 'Ada', familyName: 'L' };
  const rows: readonly Row[] = [
    [
      'rfc 129: add merges',
      user({ name }),
      [add('name', { givenName: 'B' })],
      user({ name: { givenName: 'B', familyName: 'L' } }),
    ],
    [
      'rfc 134: replace keeps the other parts',
      user({ name }),
      [replace('name', { givenName: 'B' })],
      user({ name: { givenName: 'B', familyName: 'L' } }),
    ],
    [
      'rfc 134: a part given as null is cleared, the others stay',
      user({ name }),
      [replace('name', { givenName: null })],
      user({ name: { familyName: 'L' } }),
    ],
    ['an empty object changes nothing', user({ name }), [replace('name', {})], user({ name })],
    ['T12: an unknown part changes nothing', user({ name }), [add('name', { nick: 'x' })], user({ name })],
    [
      'clearing every part unassigns',
      user({ name }),
      [replace('name', { givenName: null, FAMILYNAME: null })],
      USER,
    ],
    ['add of a part', USER, [add('name.givenName', 'Ada')], user({ name: { givenName: 'Ada' } })],
    ['remove of a part', user({ name }), [remove('name.givenName')], user({ name: { familyName: 'L' } })],
    [
      'rfc 132: remove of the last part unassigns',
      user({ name: { givenName: 'A' } }),
      [remove('name.givenName')],
      USER,
    ],
    ['remove of the whole', user({ name }), [remove('name')], USER],
    [
      'a filter on a single value',
      user({ name }),
      [replace('name[familyName eq "l"].givenName', 'B')],
      user({ name: { givenName: 'B', familyName: 'L' } }),
    ],
    [
      'rfc 135: a filter that does not match',
      user({ name }),
      [replace('name[familyName eq "z"].givenName', 'B')],
      '400 noTarget',
    ],
    [
      'T6: remove by a filter that does not match',
      user({ name }),
      [remove('name[familyName eq "z"]')],
      user({ name }),
    ],
    ['text for an object', user({ name }), [replace('name', 'Ada')], '400 invalidValue'],
    [
      'rfc 124: wrong type of a part',
      user({ name }),
      [replace('name.givenName', { a: 1 })],
      '400 invalidValue',
    ],
  ];
  test.each(rows)('%s', (_name, before, operations, after) => {
    expect(patch(userType, before, operations)).toEqual(after);
  });
});

describe('lists', () => {
  const both = user({ emails: [work, home] });
  const rows: readonly Row[] = [
    [
      'rfc 129: add appends',
      user({ emails: [work] }),
      [add('emails', [{ value: 'n@x' }])],
      user({ emails: [work, { value: 'n@x' }] }),
    ],
    ['add to nothing', USER, [add('emails', [work])], user({ emails: [work] })],
    ['one value without its list', USER, [add('emails', work)], user({ emails: [work] })],
    ['T7, rfc 130: add of what is there changes nothing', both, [add('emails', [work])], both],
    [
      'rfc 130: add of what is there keeps its other parts',
      user({ emails: [{ ...work, display: 'W', primary: true }] }),
      [add('emails', [work])],
      user({ emails: [{ ...work, display: 'W', primary: true }] }),
    ],
    [
      'add of what is there gains new parts',
      user({ emails: [work] }),
      [add('emails', [{ ...work, display: 'W' }])],
      user({ emails: [{ ...work, display: 'W' }] }),
    ],
    [
      'rfc 134: replace takes the whole list',
      both,
      [replace('emails', [{ value: 'n@x' }])],
      user({ emails: [{ value: 'n@x' }] }),
    ],
    ['rfc 134: replace with [] clears', both, [replace('emails', [])], USER],
    ['replace with null clears', both, [replace('emails', null)], USER],
    ['rfc 132: remove clears', both, [remove('emails')], USER],
    [
      'T5: remove with value removes those',
      both,
      [remove('emails', [{ value: 'w@x' }])],
      user({ emails: [home] }),
    ],
    ['rfc 132: remove by filter', both, [remove('emails[type eq "work"]')], user({ emails: [home] })],
    [
      'rfc 132: remove of the last by filter unassigns',
      user({ emails: [work] }),
      [remove('emails[value sw "w"]')],
      USER,
    ],
    ['T6: remove of nothing succeeds', both, [remove('emails[type eq "x"]')], both],
    [
      'remove of a part of the matching',
      user({ emails: [{ ...work, display: 'W' }, home] }),
      [remove('emails[type eq "work"].display')],
      user({ emails: [work, home] }),
    ],
    [
      'remove of the value removes the element',
      both,
      [remove('emails[type eq "work"].value')],
      user({ emails: [home] }),
    ],
    [
      'rfc 136: replace of a part of all matching',
      user({ emails: [work, { value: 'v@x', type: 'work' }, home] }),
      [replace('emails[type eq "work"].display', 'D')],
      user({ emails: [{ ...work, display: 'D' }, { value: 'v@x', type: 'work', display: 'D' }, home] }),
    ],
    [
      'rfc 136: replace of the whole element',
      both,
      [replace('emails[type eq "work"]', { value: 'n@x' })],
      user({ emails: [{ value: 'n@x' }, home] }),
    ],
    [
      'add to the matching element merges',
      both,
      [add('emails[type eq "work"]', { display: 'W' })],
      user({ emails: [{ ...work, display: 'W' }, home] }),
    ],
    [
      'T12: null for the matching element removes it',
      both,
      [replace('emails[type eq "work"]', null)],
      user({ emails: [home] }),
    ],
    [
      'rfc 137: brackets, quotes and dots in the filter',
      user({ emails: [{ value: 'a]".b', type: 'x' }] }),
      [remove('emails[value eq "a]\\".b" and not (type eq "y" or primary eq true)]')],
      USER,
    ],
    [
      'every element’s part',
      user({ emails: [work, home] }),
      [replace('emails.display', 'D')],
      user({
        emails: [
          { ...work, display: 'D' },
          { ...home, display: 'D' },
        ],
      }),
    ],
    [
      'a part of an empty list makes an element',
      USER,
      [add('emails.value', 'n@x')],
      user({ emails: [{ value: 'n@x' }] }),
    ],
    ['rfc 124: wrong type of an element', USER, [add('emails', [[work]])], '400 invalidValue'],
    ['rfc 124: wrong type of a part', both, [replace('emails[type eq "work"].value', 1)], '400 invalidValue'],
    [
      'rfc 123: a broken filter is invalidPath',
      both,
      [replace('emails[type zz "work"].value', 'x')],
      '400 invalidPath',
    ],
    [
      'rfc 123: an unclosed filter is invalidPath',
      both,
      [replace('emails[type eq "work"', 'x')],
      '400 invalidPath',
    ],
    [
      'rfc 123: nothing after the dot is invalidPath',
      both,
      [replace('emails[type eq "work"].', 'x')],
      '400 invalidPath',
    ],
    [
      'rfc 123: two dots are invalidPath',
      both,
      [replace('emails[type eq "work"].value.x', 'x')],
      '400 invalidPath',
    ],
    [
      'rfc 123: a filter that does not fit the type is invalidPath',
      both,
      [replace('emails[primary gt true].value', 'x')],
      '400 invalidPath',
    ],
    [
      'a filter on a simple attribute is invalidPath',
      USER,
      [replace('title[value eq "x"]', 'x')],
      '400 invalidPath',
    ],
    [
      'T32: an unknown part after a filter is ignored',
      both,
      [replace('emails[type eq "work"].nope', 'x')],
      both,
    ],
  ];
  test.each(rows)('%s', (_name, before, operations, after) => {
    expect(patch(userType, before, operations)).toEqual(after);
  });
});

describe('rfc 15, 127: at most one value is primary', () => {
  const rows: readonly Row[] = [
    [
      'an added primary ends the other',
      user({ emails: [home] }),
      [add('emails', [{ ...work, primary: true }])],
      user({
        emails: [
          { ...home, primary: false },
          { ...work, primary: true },
        ],
      }),
    ],
    [
      'a part set by filter ends the other',
      user({ emails: [work, home] }),
      [replace('emails[type eq "work"].primary', true)],
      user({
        emails: [
          { ...work, primary: true },
          { ...home, primary: false },
        ],
      }),
    ],
    [
      'T2: with text',
      user({ emails: [work, home] }),
      [replace('emails[type eq "work"].primary', 'True')],
      user({
        emails: [
          { ...work, primary: true },
          { ...home, primary: false },
        ],
      }),
    ],
    [
      'an element that gains primary by add ends the other',
      user({ emails: [work, home] }),
      [add('emails', [{ ...work, primary: true }])],
      user({
        emails: [
          { ...work, primary: true },
          { ...home, primary: false },
        ],
      }),
    ],
    [
      'set on every element, one has it in the end',
      user({ emails: [work, home] }),
      [replace('emails.primary', true)],
      user({ emails: [{ ...work, primary: false }, home] }),
    ],
    [
      'set on several matching, one has it in the end',
      user({ emails: [work, { ...work, value: 'v' }] }),
      [replace('emails[type eq "work"].primary', true)],
      user({
        emails: [
          { ...work, primary: false },
          { ...work, value: 'v', primary: true },
        ],
      }),
    ],
    [
      'two in one value are refused',
      USER,
      [add('emails', [home, { ...work, primary: true }])],
      '400 invalidValue',
    ],
    [
      'two in a replacement are refused',
      USER,
      [replace('emails', [home, { ...work, primary: true }])],
      '400 invalidValue',
    ],
    [
      'a created element that is primary ends the other',
      user({ emails: [home] }),
      [add('emails[type eq "work" and primary eq true].value', 'n@x')],
      user({
        emails: [
          { ...home, primary: false },
          { type: 'work', primary: true, value: 'n@x' },
        ],
      }),
    ],
  ];
  test.each(rows)('%s', (_name, before, operations, after) => {
    expect(patch(userType, before, operations)).toEqual(after);
  });
});

describe('no path', () => {
  const rows: readonly Row[] = [
    [
      'T3: plain names',
      USER,
      [{ op: 'add', value: { title: 'Dr', name: { givenName: 'A' } } }],
      user({ title: 'Dr', name: { givenName: 'A' } }),
    ],
    [
      'T3: dotted names',
      USER,
      [{ op: 'replace', value: { 'name.givenName': 'A', 'name.familyName': 'L' } }],
      user({ name: { givenName: 'A', familyName: 'L' } }),
    ],
    [
      'T3: URN and name',
      USER,
      [{ op: 'replace', value: { [`${E}:department`]: 'R', [`${E}:manager`]: 'm' } }],
      user({ [E]: { department: 'R', manager: { value: 'm' } } }),
    ],
    [
      'T3: the URN with an object',
      user({ [E]: { division: 'D' } }),
      [{ op: 'add', value: { [E]: { department: 'R' } } }],
      user({ [E]: { division: 'D', department: 'R' } }),
    ],
    [
      'T3: a value path as name',
      USER,
      [{ op: 'add', value: { 'emails[type eq "work"].value': 'w@x' } }],
      user({ emails: [{ type: 'work', value: 'w@x' }] }),
    ],
    [
      'T4: id, schemas, meta and readOnly names are ignored',
      USER,
      [
        {
          op: 'replace',
          value: {
            id: 'x',
            schemas: [USER_URN],
            meta: { created: 'x' },
            groups: [{ value: 'g' }],
            title: 'Dr',
          },
        },
      ],
      user({ title: 'Dr' }),
    ],
    [
      'T12: unknown names are ignored',
      USER,
      [{ op: 'add', value: { shoeSize: 42, title: 'Dr' } }],
      user({ title: 'Dr' }),
    ],
    [
      'add merges lists',
      user({ emails: [work] }),
      [{ op: 'add', value: { emails: [home] } }],
      user({ emails: [work, home] }),
    ],
    [
      'replace takes lists whole',
      user({ emails: [work] }),
      [{ op: 'replace', value: { emails: [home] } }],
      user({ emails: [home] }),
    ],
    ['T12: null unassigns', user({ title: 'Dr' }), [{ op: 'replace', value: { title: null } }], USER],
    [
      'an empty path is no path',
      USER,
      [{ op: 'add', path: '', value: { title: 'Dr' } }],
      user({ title: 'Dr' }),
    ],
    ['rfc 129: text is no object', USER, [{ op: 'add', value: 'x' }], '400 invalidValue'],
    ['rfc 129: null is no object', USER, [{ op: 'add', value: null }], '400 invalidValue'],
    ['rfc 123: remove needs a path', USER, [{ op: 'remove' }], '400 noTarget'],
    [
      'rfc 123: remove needs a path, with a value too',
      USER,
      [{ op: 'remove', value: { title: 'x' } }],
      '400 noTarget',
    ],
  ];
  test.each(rows)('%s', (_name, before, operations, after) => {
    expect(patch(userType, before, operations)).toEqual(after);
  });
});

describe('extensions', () => {
  const manager = { value: 'm1', $ref: 'https://x/Users/m1' };
  const rows: readonly Row[] = [
    [
      'rfc 128: add through the path',
      USER,
      [add(`${E}:department`, 'R')],
      user({ [E]: { department: 'R' } }),
    ],
    ['T31: the short name', USER, [add('department', 'R')], user({ [E]: { department: 'R' } })],
    [
      'rfc 128: the last value takes the extension along',
      user({ [E]: { department: 'R' } }),
      [remove(`${E}:department`)],
      USER,
    ],
    ['remove of the whole', user({ [E]: { department: 'R' } }), [remove(E)], USER],
    ['null for the whole', user({ [E]: { department: 'R' } }), [replace(E, null)], USER],
    [
      'an object is merged',
      user({ [E]: { department: 'R' } }),
      [replace(E, { division: 'D' })],
      user({ [E]: { department: 'R', division: 'D' } }),
    ],
    ['text is no extension', USER, [add(E, 'x')], '400 invalidValue'],
    [
      'T11: a bare manager',
      USER,
      [replace(`${E}:manager`, 'm1')],
      user({ [E]: { manager: { value: 'm1' } } }),
    ],
    [
      'T11: a manager as object',
      USER,
      [replace('manager', { value: 'm1' })],
      user({ [E]: { manager: { value: 'm1' } } }),
    ],
    [
      'T11: a manager as list of one',
      USER,
      [add('manager', [{ $ref: 'https://x/Users/m1', value: 'm1' }])],
      user({ [E]: { manager } }),
    ],
    ['T11: "" unsets', user({ [E]: { manager } }), [replace('manager', '')], USER],
    ['T11: {value:""} unsets', user({ [E]: { manager } }), [replace('manager', { value: '' })], USER],
    [
      'T11: manager.value "" unsets the reference too',
      user({ [E]: { manager } }),
      [replace(`${E}:manager.value`, '')],
      USER,
    ],
    [
      'T12: $ref null',
      USER,
      [add('manager', { value: 'm1', $ref: null })],
      user({ [E]: { manager: { value: 'm1' } } }),
    ],
    [
      'a new manager drops the reference to the old',
      user({ [E]: { manager } }),
      [replace('manager', 'm2')],
      user({ [E]: { manager: { value: 'm2' } } }),
    ],
    [
      'a new manager.value drops the reference to the old',
      user({ [E]: { manager } }),
      [replace('manager.value', 'm2')],
      user({ [E]: { manager: { value: 'm2' } } }),
    ],
    [
      'a readOnly part alone does not clear',
      user({ [E]: { manager } }),
      [replace('manager', { displayName: 'M' })],
      user({ [E]: { manager } }),
    ],
    [
      'rfc 59: a readOnly part by path',
      user({ [E]: { manager } }),
      [replace('manager.displayName', 'M')],
      '400 mutability',
    ],
    ['T32: an unknown attribute of the extension', USER, [add(`${E}:shoeSize`, 42)], USER],
    ['T32: an unknown extension', USER, [add('urn:example:custom:2.0:User:x', 1)], USER],
  ];
  test.each(rows)('%s', (_name, before, operations, after) => {
    expect(patch(userType, before, operations)).toEqual(after);
  });
});

describe('every attribute type of a declared resource type', () => {
  const rows: readonly Row[] = [
    ['integer', device({}), [add('slots', 3)], device({ slots: 3 })],
    ['integer with a fraction', device({}), [add('slots', 3.5)], '400 invalidValue'],
    ['integer as text', device({}), [add('slots', '3')], '400 invalidValue'],
    ['integer beyond what is exact', device({}), [add('slots', 2 ** 53)], '400 invalidValue'],
    ['decimal', device({}), [add('weight', 3.5)], device({ weight: 3.5 })],
    ['decimal as text', device({}), [add('weight', '3.5')], '400 invalidValue'],
    [
      'dateTime',
      device({}),
      [add('boughtAt', '2026-01-01T00:00:00+01:00')],
      device({ boughtAt: '2026-01-01T00:00:00+01:00' }),
    ],
    ['date without time', device({}), [add('boughtAt', '2026-01-01')], '400 invalidValue'],
    ['binary', device({}), [add('firmware', 'QUI=')], device({ firmware: 'QUI=' })],
    ['binary that is none', device({}), [add('firmware', '!')], '400 invalidValue'],
    [
      'reference',
      device({}),
      [add('homepage', 'https://a.example')],
      device({ homepage: 'https://a.example' }),
    ],
    ['reference to elsewhere is dropped', device({}), [add('homepage', 'javascript:alert(1)')], device({})],
    ['simple list: add', device({ tags: ['a'] }), [add('tags', ['b', 'a'])], device({ tags: ['a', 'b'] })],
    ['simple list: one value', device({}), [add('ports', 80)], device({ ports: [80] })],
    ['simple list: replace', device({ tags: ['a'] }), [replace('tags', ['b'])], device({ tags: ['b'] })],
    [
      'simple list: the same value twice is once',
      device({}),
      [replace('ports', [1, 1, 2])],
      device({ ports: [1, 2] }),
    ],
    [
      'simple list: remove some',
      device({ tags: ['a', 'b'] }),
      [remove('tags', ['a'])],
      device({ tags: ['b'] }),
    ],
    ['simple list: wrong type', device({}), [add('ports', ['80'])], '400 invalidValue'],
    [
      'list in a value: add appends',
      device({ site: { aliases: ['a'] } }),
      [add('site.aliases', ['b', 'a'])],
      device({ site: { aliases: ['a', 'b'] } }),
    ],
    [
      'list in a value: replace',
      device({ site: { aliases: ['a'] } }),
      [replace('site.aliases', ['b'])],
      device({ site: { aliases: ['b'] } }),
    ],
    [
      'list in an element: add appends',
      device({ interfaces: [{ value: 'e', addresses: ['1'] }] }),
      [add('interfaces[value eq "E"].addresses', '2')],
      device({ interfaces: [{ value: 'e', addresses: ['1', '2'] }] }),
    ],
    [
      'a list in an extension',
      device({ [ASSET_URN]: { notes: ['a'] } }),
      [add(`${ASSET_URN}:notes`, ['b'])],
      device({ [ASSET_URN]: { notes: ['a', 'b'] } }),
    ],
    [
      'an element in an extension',
      device({}),
      [add(`${ASSET_URN}:checks[type eq "fire"].at`, '2026-01-01T00:00:00Z')],
      device({ [ASSET_URN]: { checks: [{ type: 'fire', at: '2026-01-01T00:00:00Z' }] } }),
    ],
    ['rfc 60: immutable, set once', device({}), [add('vendorId', 'v')], device({ vendorId: 'v' })],
    [
      'rfc 60: immutable, the same again',
      device({ vendorId: 'v' }),
      [replace('vendorId', 'v')],
      device({ vendorId: 'v' }),
    ],
    [
      'rfc 60: immutable, another value',
      device({ vendorId: 'v' }),
      [replace('vendorId', 'w')],
      '400 mutability',
    ],
    ['rfc 60: immutable, removed', device({ vendorId: 'v' }), [remove('vendorId')], '400 mutability'],
    ['rfc 59: readOnly', device({}), [add('seal', 'x')], '400 mutability'],
    [
      'P12: 1000 values of one attribute',
      device({}),
      [
        add(
          'ports',
          Array.from({ length: 1001 }, (_, port) => port),
        ),
      ],
      '400 invalidValue',
    ],
    [
      'P12: 1000 values over several operations',
      device({}),
      [
        add(
          'ports',
          Array.from({ length: 1000 }, (_, port) => port),
        ),
        add('ports', [1000]),
      ],
      '400 invalidValue',
    ],
  ];
  test.each(rows)('%s', (_name, before, operations, after) => {
    expect(patch(deviceType, before, operations)).toEqual(after);
  });
});

describe('required and immutable parts', () => {
  const doorType = compileResourceType({
    name: 'Door',
    endpoint: '/Doors',
    schema: {
      id: 'urn:example:Door',
      name: 'Door',
      attributes: [
        {
          name: 'lock',
          type: 'complex',
          subAttributes: [
            { name: 'key', required: true },
            { name: 'color' },
            { name: 'maker', mutability: 'immutable' },
          ],
        },
        {
          name: 'locks',
          type: 'complex',
          multiValued: true,
          subAttributes: [
            { name: 'value', required: true },
            { name: 'type' },
            { name: 'color' },
            { name: 'maker', mutability: 'immutable' },
          ],
        },
      ],
    },
    schemaExtensions: [
      {
        schema: {
          id: 'urn:example:Door:Glass',
          name: 'Glass',
          attributes: [{ name: 'panes', mutability: 'immutable' }],
        },
      },
      {
        required: true,
        schema: {
          id: 'urn:example:Door:Fire',
          name: 'Fire',
          attributes: [{ name: 'rating', required: true }, { name: 'note' }],
        },
      },
    ],
  });
  const FIRE = 'urn:example:Door:Fire';
  const door = (attributes: JsonObject): JsonObject => ({ [FIRE]: { rating: 'F30' }, ...attributes });
  const rows: readonly Row[] = [
    [
      'a part added beside the required one',
      door({ lock: { key: 'k' } }),
      [add('lock', { color: 'red' })],
      door({ lock: { key: 'k', color: 'red' } }),
    ],
    ['a part without the required one', door({}), [add('lock', { color: 'red' })], '400 invalidValue'],
    ['a part by path without the required one', door({}), [add('lock.color', 'red')], '400 invalidValue'],
    [
      'rfc 133: a required part is not removed',
      door({ lock: { key: 'k', color: 'red' } }),
      [remove('lock.key')],
      '400 mutability',
    ],
    [
      'rfc 60: an immutable part',
      door({ lock: { key: 'k', maker: 'm' } }),
      [replace('lock.maker', 'n')],
      '400 mutability',
    ],
    [
      'rfc 60: an immutable part, merged',
      door({ lock: { key: 'k', maker: 'm' } }),
      [replace('lock', { maker: 'n' })],
      '400 mutability',
    ],
    ['the whole goes with its required part', door({ lock: { key: 'k' } }), [remove('lock')], door({})],
    [
      'an element without its required part',
      door({}),
      [add('locks[type eq "x"].color', 'red')],
      '400 invalidValue',
    ],
    [
      'an element’s required part is not removed',
      door({ locks: [{ value: 'v', color: 'red' }] }),
      [remove('locks[value eq "v"].value')],
      '400 mutability',
    ],
    [
      'rfc 60: an element’s immutable part',
      door({ locks: [{ value: 'v', maker: 'm' }] }),
      [replace('locks[value eq "v"].maker', 'n')],
      '400 mutability',
    ],
    [
      'rfc 60: every element’s immutable part',
      door({ locks: [{ value: 'v', maker: 'm' }] }),
      [replace('locks.maker', 'n')],
      '400 mutability',
    ],
    [
      'rfc 60: an element’s immutable part, merged',
      door({ locks: [{ value: 'v', maker: 'm' }] }),
      [add('locks', [{ value: 'v', maker: 'n' }])],
      '400 mutability',
    ],
    [
      'an element may be exchanged whole',
      door({ locks: [{ value: 'v', maker: 'm' }] }),
      [replace('locks[value eq "v"]', { value: 'v', maker: 'n' })],
      door({ locks: [{ value: 'v', maker: 'n' }] }),
    ],
    ['rfc 133: a required extension is not removed', door({}), [remove(FIRE)], '400 mutability'],
    ['rfc 133: a required attribute of an extension', door({}), [remove(`${FIRE}:rating`)], '400 mutability'],
    [
      'rfc 60: an immutable value does not go with its extension',
      door({ 'urn:example:Door:Glass': { panes: '2' } }),
      [remove('urn:example:Door:Glass')],
      '400 mutability',
    ],
    [
      'one URN may begin another',
      door({}),
      [add(`${FIRE}:note`, 'n')],
      door({ [FIRE]: { rating: 'F30', note: 'n' } }),
    ],
  ];
  test.each(rows)('%s', (_name, before, operations, after) => {
    expect(patch(doorType, before, operations)).toEqual(after);
  });
});

describe('T10: add or replace on a filtered value that is not there creates it', () => {
  const rows: readonly Row[] = [
    ['add', USER, [add('emails[type eq "work"].value', 'w@x')], user({ emails: [work] })],
    [
      'replace',
      user({ emails: [home] }),
      [replace('phoneNumbers[type eq "mobile"].value', '1')],
      user({ emails: [home], phoneNumbers: [{ type: 'mobile', value: '1' }] }),
    ],
    [
      'names in any case',
      USER,
      [add('addresses[TYPE eq "work"].LOCALITY', 'P')],
      user({ addresses: [{ type: 'work', locality: 'P' }] }),
    ],
    [
      'T2: with text for primary',
      USER,
      [add('roles[primary eq "True"].value', 'admin')],
      user({ roles: [{ primary: true, value: 'admin' }] }),
    ],
    ['the whole element', USER, [add('emails[type eq "work"]', { value: 'w@x' })], user({ emails: [work] })],
    ['with an empty value nothing is created', USER, [add('emails[type eq "work"].value', null)], USER],
    ['not for other filters', USER, [add('emails[type sw "w"].value', 'w@x')], '400 noTarget'],
    ['not for or', USER, [add('emails[type eq "work" or type eq "home"].value', 'w@x')], '400 noTarget'],
    ['not for not', USER, [add('emails[not (type eq "work")].value', 'w@x')], '400 noTarget'],
    ['not with unknown parts', USER, [add('emails[kind eq "work"].value', 'w@x')], '400 noTarget'],
  ];
  test.each(rows)('%s', (_name, before, operations, after) => {
    expect(patch(userType, before, operations)).toEqual(after);
  });
});

describe('the envelope', () => {
  const attempt = (body: Json, allow = compat) => {
    try {
      return parsePatch(userType, body, allow).length;
    } catch (error) {
      if (!(error instanceof ScimError)) throw error;
      return `${error.status} ${error.scimType ?? ''}`.trim();
    }
  };
  const one = { op: 'add', path: 'title', value: 'x' };
  test.each<readonly [string, Json, number | string]>([
    ['rfc 121: as in the RFC', { schemas: [PATCH_URN], Operations: [one] }, 1],
    ['rfc 121: operations in lower case', { schemas: [PATCH_URN], operations: [one] }, 1],
    ['T29: schemas missing', { Operations: [one] }, 1],
    [
      'T1: op in any case',
      {
        schemas: [PATCH_URN],
        Operations: [
          { ...one, op: 'Add' },
          { ...one, op: 'REPLACE' },
        ],
      },
      2,
    ],
    ['rfc 121: schemas of something else', { schemas: [USER_URN], Operations: [one] }, '400 invalidSyntax'],
    ['rfc 121: no operations', { schemas: [PATCH_URN] }, '400 invalidSyntax'],
    ['rfc 121: an empty list', { schemas: [PATCH_URN], Operations: [] }, '400 invalidSyntax'],
    ['rfc 121: an object for the list', { schemas: [PATCH_URN], Operations: one }, '400 invalidSyntax'],
    [
      'rfc 122: an unknown op',
      { schemas: [PATCH_URN], Operations: [{ ...one, op: 'move' }] },
      '400 invalidSyntax',
    ],
    [
      'rfc 122: no op',
      { schemas: [PATCH_URN], Operations: [{ path: 'title', value: 'x' }] },
      '400 invalidSyntax',
    ],
    [
      'rfc 122: op that is no text',
      { schemas: [PATCH_URN], Operations: [{ ...one, op: ['add'] }] },
      '400 invalidSyntax',
    ],
    ['an operation that is no object', { schemas: [PATCH_URN], Operations: ['add'] }, '400 invalidSyntax'],
    [
      'a path that is no text',
      { schemas: [PATCH_URN], Operations: [{ ...one, path: 1 }] },
      '400 invalidPath',
    ],
    ['no object', [], '400 invalidSyntax'],
    ['null', null, '400 invalidSyntax'],
    [
      'P12: too many operations',
      { schemas: [PATCH_URN], Operations: Array.from({ length: PATCH_LIMITS.maxOperations + 1 }, () => one) },
      '413',
    ],
  ])('%s', (_name, body, expected) => {
    expect(attempt(body)).toBe(expected);
  });

  test.each<readonly [string, readonly Operation[], string]>([
    ['T1', [{ ...one, op: 'Add' }], '400 invalidSyntax'],
    ['T2', [replace('active', 'False')], '400 invalidValue'],
    ['T4', [{ op: 'add', value: { id: 'x' } }], '400 mutability'],
    ['T10', [add('emails[type eq "work"].value', 'x')], '400 noTarget'],
    ['T11', [add(`${E}:manager`, 'x')], '400 invalidValue'],
    ['T12', [add(E, { shoeSize: 42 })], '400 invalidSyntax'],
    ['T32', [add('shoeSize', 42)], '400 invalidPath'],
  ])('%s is a tolerance: without it, it is refused', (_id, operations, error) => {
    expect(patch(userType, USER, operations, strict)).toBe(error);
  });
});

describe('members', () => {
  const members = (operations: readonly Operation[]): readonly MembersChange[] | string => {
    try {
      return run(groupType, { displayName: 'G' }, operations).members;
    } catch (error) {
      if (!(error instanceof ScimError)) throw error;
      return `${error.status} ${error.scimType ?? ''}`.trim();
    }
  };
  const a = { value: 'a', display: null };
  const b = { value: 'b', display: null };
  test.each<readonly [string, readonly Operation[], readonly object[] | string]>([
    [
      'add',
      [add('members', [{ value: 'a' }, { value: 'b', display: 'B' }])],
      [{ kind: 'add', members: [a, { ...b, display: 'B' }] }],
    ],
    [
      'T30: extra keys are ignored',
      [add('members', [{ value: 'a', displayName: 'A', $ref: null, type: 'User' }])],
      [{ kind: 'add', members: [a] }],
    ],
    [
      'T7: one id twice is one member',
      [add('members', [{ value: 'a' }, { value: 'a' }])],
      [{ kind: 'add', members: [a] }],
    ],
    ['one member without its list', [add('members', { value: 'a' })], [{ kind: 'add', members: [a] }]],
    [
      'T5: remove with value removes those',
      [remove('members', [{ value: 'a' }])],
      [{ kind: 'remove', ids: ['a'] }],
    ],
    ['T5: remove with an empty value removes none', [remove('members', [])], [{ kind: 'remove', ids: [] }]],
    ['T6: remove by id', [remove('members[value eq "a"]')], [{ kind: 'remove', ids: ['a'] }]],
    ['remove without value empties', [remove('members')], [{ kind: 'replace', members: [] }]],
    ['T8: replace with [] empties', [replace('members', [])], [{ kind: 'replace', members: [] }]],
    ['replace', [replace('members', [{ value: 'b' }])], [{ kind: 'replace', members: [b] }]],
    [
      'T3: no path',
      [{ op: 'replace', value: { id: 'x', displayName: 'G', members: [{ value: 'b' }] } }],
      [{ kind: 'replace', members: [b] }],
    ],
    [
      'T9: what does not mention members does not touch them',
      [{ op: 'replace', value: { displayName: 'H' } }],
      [],
    ],
    [
      'in order',
      [add('members', [{ value: 'a' }]), remove('members[value eq "a"]')],
      [
        { kind: 'add', members: [a] },
        { kind: 'remove', ids: ['a'] },
      ],
    ],
    ['rfc 40: a part is immutable', [replace('members[value eq "a"].display', 'x')], '400 mutability'],
    ['rfc 40: replace by filter', [replace('members[value eq "a"]', { value: 'b' })], '400 mutability'],
    ['a member without value', [add('members', [{ display: 'x' }])], '400 invalidValue'],
    ['a member with an empty value', [add('members', [{ value: '' }])], '400 invalidValue'],
    ['a member with a number', [add('members', [{ value: 1 }])], '400 invalidValue'],
    [
      'P12: too many added',
      [
        add(
          'members',
          Array.from({ length: 6000 }, (_, id) => ({ value: `a${id}` })),
        ),
        remove(
          'members',
          Array.from({ length: 6000 }, (_, id) => ({ value: `a${id}` })),
        ),
      ],
      '413',
    ],
  ])('%s', (_name, operations, expected) => {
    expect(members(operations)).toEqual(expected);
  });

  test('remove by any other filter is left to the rows', () => {
    expect(members([remove('members[type eq "Group" and not (display sw "x")]')])).toMatchObject([
      { kind: 'removeMatching' },
    ]);
  });

  test('P12: replace takes as many members as the body has', () => {
    const all = Array.from({ length: 20_000 }, (_, id) => ({ value: `a${id}` }));
    expect(members([replace('members', all)])).toMatchObject([{ kind: 'replace' }]);
  });
});

describe('pure and atomic', () => {
  test('rfc 120, 130: what changes nothing gives the very same object', () => {
    const before = user({ emails: [work, home], [E]: { department: 'R' } });
    const operations = [
      add('emails', [work]),
      replace('active', true),
      replace(`${E}:department`, 'R'),
      remove('title'),
    ];
    expect(run(userType, before, operations).attributes).toBe(before);
  });

  test('rfc 125: a failure at the end leaves the given attributes as they were', () => {
    const before = user({ emails: [work] });
    const text = JSON.stringify(before);
    expect(patch(userType, before, [add('title', 'x'), remove('emails'), replace('active', 'no')])).toBe(
      '400 invalidValue',
    );
    expect(JSON.stringify(before)).toBe(text);
  });

  const NAMES = [
    ...Object.getOwnPropertyNames(Object.prototype),
    'prototype',
    '__proto__.x',
    'constructor.prototype',
    'name.__proto__',
    'name.constructor',
    'emails[type eq "work"].__proto__',
    'emails[__proto__ eq "x"].value',
    `${E}:__proto__`,
    `${E}:constructor`,
  ];
  test.each(NAMES)('case-S19, rfc 139: %s in a path or a value changes no prototype', (name) => {
    const prototypes = [
      Object.prototype,
      Array.prototype,
      Function.prototype,
      String.prototype,
      Map.prototype,
    ];
    const before = prototypes.map((prototype) => Object.getOwnPropertyNames(prototype).join());
    const polluted = { polluted: 'yes' };
    for (const op of ['add', 'replace', 'remove']) {
      const results = [
        patch(userType, user({ name: { givenName: 'A' }, emails: [work] }), [
          { op, path: name, value: polluted },
        ]),
        patch(userType, USER, [
          { op, value: Object.defineProperty({}, name, { value: polluted, enumerable: true }) },
        ]),
        patch(userType, USER, [
          { op, path: 'name', value: Object.defineProperty({}, name, { value: polluted, enumerable: true }) },
        ]),
        patch(userType, USER, [
          { op, path: E, value: Object.defineProperty({}, name, { value: polluted, enumerable: true }) },
        ]),
      ];
      for (const result of results) expect(JSON.stringify(result)).not.toContain('polluted');
    }
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
    expect(prototypes.map((prototype) => Object.getOwnPropertyNames(prototype).join())).toEqual(before);
  });

  test('a body from the parser has no prototype to climb', () => {
    const limits = { maxDepth: 32, maxNodes: 100, maxStringLength: 100 };
    const body = parseJson(
      '{"Operations":[{"op":"add","value":{"constructor":{"prototype":{"x":1}},"title":"Dr"}}]}',
      limits,
    );
    const { attributes } = applyPatch(userType, USER, {
      operations: parsePatch(userType, body, compat),
      allow: compat,
    });
    expect(attributes).toEqual(user({ title: 'Dr' }));
  });
});
