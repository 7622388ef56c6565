import { describe, expect, test } from 'vitest';
import { groupType, userType } from '../../test/support/resource-types.ts';
import { ScimError } from './errors.ts';
import type { Json, JsonObject } from './json.ts';
import type { AllowLeniency } from './leniency/leniency.ts';
import { createProfile } from './leniency/profile.ts';
import { parseResource, requireImmutables, withDefaults } from './resource.ts';
import { ENTERPRISE_USER_URN as E, USER_URN } from './schema/core.ts';
import { compileResourceType, type ResourceType } from './schema/resource-type.ts';

const compat: AllowLeniency = () => true;
const strict = createProfile('strict').allow;

function parse(type: ResourceType, body: Json, allow = compat): unknown {
  try {
    return JSON.parse(JSON.stringify(parseResource(type, body, allow)));
  } catch (error) {
    if (!(error instanceof ScimError)) throw error;
    return `${error.status} ${error.scimType}`;
  }
}

const parseUser = (body: JsonObject) => parse(userType, { schemas: [USER_URN], userName: 'ada', ...body });
const withUser = (attributes: object) => ({ attributes: { userName: 'ada', ...attributes } });

describe('bodies of POST and PUT', () => {
  test.each<readonly [string, JsonObject, object]>([
    [
      'rfc 3: names in any case',
      { TITLE: 'Dr', name: { GIVENNAME: 'A' } },
      { title: 'Dr', name: { givenName: 'A' } },
    ],
    [
      'rfc 59, T27: readOnly names are ignored',
      { id: 'x', meta: { created: 'x' }, groups: [{ value: 'g' }] },
      {},
    ],
    ['T12: unknown names are ignored', { shoeSize: 42, constructor: { a: 1 }, toString: 'x' }, {}],
    ['T26: password is discarded', { password: 'canary' }, {}],
    ['rfc 18: null, [] and {} are unassigned', { title: null, emails: [], name: {}, [E]: {} }, {}],
    ['rfc 20: extensions under their URN', { [E]: { department: 'R' } }, { [E]: { department: 'R' } }],
    ['rfc 3: the URN in any case', { [E.toUpperCase()]: { Department: 'R' } }, { [E]: { department: 'R' } }],
    ['T31: manager at the root', { manager: 'm1' }, { [E]: { manager: { value: 'm1' } } }],
    [
      'T31: manager at the root as object',
      { manager: { value: 'm1' } },
      { [E]: { manager: { value: 'm1' } } },
    ],
    ['T31: manager at the root without usable value', { manager: { displayName: 'M' } }, {}],
    [
      'T31: the enterprise manager wins over that of the root',
      { manager: 'm2', [E]: { manager: 'm1' } },
      { [E]: { manager: { value: 'm1' } } },
    ],
    [
      'T31: whichever stands first',
      { [E]: { manager: 'm1', department: 'R' }, manager: 'm2' },
      { [E]: { manager: { value: 'm1' }, department: 'R' } },
    ],
    [
      'T31: beside the rest of the extension',
      { [E]: { department: 'R' }, manager: 'm2' },
      { [E]: { department: 'R', manager: { value: 'm2' } } },
    ],
    ['T12: department at the root is ignored', { department: 'R' }, {}],
    ['T2: active as text', { active: 'False' }, { active: false }],
    ['rfc 24: externalId as sent', { externalId: 'ABC' }, { externalId: 'ABC' }],
  ])('%s', (_name, body, expected) => {
    expect(parseUser(body)).toEqual(withUser(expected));
  });

  test.each<readonly [string, Json]>([
    ['no object', []],
    ['text', 'x'],
    ['null', null],
    ['schemas that is no list', { schemas: USER_URN, userName: 'a' }],
    ['schemas with a number', { schemas: [1], userName: 'a' }],
  ])('rfc 74, 19: %s is invalidSyntax', (_name, body) => {
    expect(parse(userType, body)).toBe('400 invalidSyntax');
  });

  test.each<readonly [string, JsonObject]>([
    ['missing', {}],
    ['null', { userName: null }],
    ['empty', { userName: '' }],
    ['blank', { userName: ' \t' }],
    ['a number', { userName: 1 }],
    ['too long', { userName: 'x'.repeat(321) }],
  ])('rfc 30, 56: userName %s is invalidValue', (_name, body) => {
    expect(parse(userType, { schemas: [USER_URN], ...body })).toBe('400 invalidValue');
  });

  test.each<readonly [string, Json]>([
    ['missing', { userName: 'a' }],
    ['null', { schemas: null, userName: 'a' }],
    ['empty', { schemas: [], userName: 'a' }],
    ['of SCIM 1.x', { schemas: ['urn:scim:schemas:core:1.0'], userName: 'a' }],
    ['without the base', { schemas: [E], userName: 'a' }],
    ['with another', { schemas: [USER_URN, 'urn:x:y'], userName: 'a' }],
  ])('T13: schemas %s is a tolerance', (_name, body) => {
    expect(parse(userType, body)).toEqual({ attributes: { userName: 'a' } });
    expect(parse(userType, body, strict)).toBe('400 invalidSyntax');
  });

  test('rfc 195: without tolerance an unknown attribute is invalidSyntax', () => {
    expect(parse(userType, { schemas: [USER_URN], userName: 'a', shoeSize: 1 }, strict)).toBe(
      '400 invalidSyntax',
    );
    expect(parse(userType, { schemas: [USER_URN], userName: 'a', [E]: { shoeSize: 1 } }, strict)).toBe(
      '400 invalidSyntax',
    );
  });

  test('an extension that is no object is invalidValue', () => {
    expect(parseUser({ [E]: 'x' })).toBe('400 invalidValue');
  });
});

describe('members', () => {
  test.each<readonly [string, Json, unknown]>([
    ['T30: value alone', [{ value: 'a' }], [{ value: 'a', display: null }]],
    [
      'T30: extra keys',
      [{ value: 'a', displayName: 'A', type: 'User', $ref: 'x' }],
      [{ value: 'a', display: null }],
    ],
    ['display', [{ value: 'a', display: 'A' }], [{ value: 'a', display: 'A' }]],
    ['one id twice', [{ value: 'a' }, { value: 'a', display: 'A' }], [{ value: 'a', display: 'A' }]],
    ['none', [], []],
    ['null', null, []],
  ])('%s', (_name, members, expected) => {
    expect(parse(groupType, { displayName: 'G', members })).toEqual({
      attributes: { displayName: 'G' },
      members: expected,
    });
  });

  test('T9: a body that does not mention them', () => {
    expect(parse(groupType, { displayName: 'G' })).toEqual({ attributes: { displayName: 'G' } });
  });

  test.each<readonly [string, Json]>([
    ['without value', [{ display: 'A' }]],
    ['empty value', [{ value: '' }]],
    ['a number', [{ value: 1 }]],
    ['nested', [[{ value: 'a' }]]],
  ])('%s is invalidValue', (_name, members) => {
    expect(parse(groupType, { displayName: 'G', members })).toBe('400 invalidValue');
  });
});

describe('defaults, required and immutable attributes', () => {
  const type = compileResourceType({
    name: 'Lease',
    endpoint: '/Leases',
    schema: {
      id: 'urn:example:Lease',
      name: 'Lease',
      attributes: [
        { name: 'tenant', mutability: 'immutable' },
        {
          name: 'house',
          type: 'complex',
          subAttributes: [{ name: 'street', mutability: 'immutable' }, { name: 'color' }],
        },
      ],
    },
    schemaExtensions: [
      {
        required: true,
        schema: {
          id: 'urn:example:Terms',
          name: 'Terms',
          attributes: [{ name: 'from', required: true, mutability: 'immutable' }],
        },
      },
    ],
  });
  const TERMS = { 'urn:example:Terms': { from: 'now' } };

  test('T21: a default is given where nothing was sent, and only there', () => {
    expect(withDefaults(userType, { userName: 'a' })).toMatchObject({ active: true });
    expect(withDefaults(userType, { userName: 'a', active: false })).toMatchObject({ active: false });
  });

  test('rfc 49: a required extension, and its required attributes', () => {
    expect(parse(type, {})).toBe('400 invalidValue');
    expect(parse(type, { 'urn:example:Terms': {} })).toBe('400 invalidValue');
    expect(parse(type, { 'urn:example:Terms': { from: '' } })).toBe('400 invalidValue');
    expect(parse(type, TERMS)).toEqual({ attributes: TERMS });
  });

  test.each<readonly [string, JsonObject, JsonObject, boolean]>([
    ['set later', {}, { tenant: 'a' }, true],
    ['the same', { tenant: 'a' }, { tenant: 'a' }, true],
    ['another', { tenant: 'a' }, { tenant: 'b' }, false],
    ['gone', { tenant: 'a' }, {}, false],
    [
      'a part: the same',
      { house: { street: 's', color: 'r' } },
      { house: { street: 's', color: 'g' } },
      true,
    ],
    ['a part: another', { house: { street: 's' } }, { house: { street: 't' } }, false],
    [
      'in an extension: another',
      { 'urn:example:Terms': { from: 'a' } },
      { 'urn:example:Terms': { from: 'b' } },
      false,
    ],
    ['in an extension: gone with it', { 'urn:example:Terms': { from: 'a' } }, {}, false],
  ])('rfc 60, 117: immutable: %s', (_name, before, after, isAllowed) => {
    const attempt = () => requireImmutables(type, before, after);
    if (isAllowed) expect(attempt).not.toThrow();
    else expect(attempt).toThrow(expect.objectContaining({ status: 400, scimType: 'mutability' }));
  });
});
