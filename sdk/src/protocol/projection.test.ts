import { describe, expect, test } from 'vitest';
import { userType } from '../../test/support/resource-types.ts';
import type { JsonObject } from './json.ts';
import { isShown, parseProjection, project, withoutHidden } from './projection.ts';
import { ENTERPRISE_USER_URN as E, USER_URN } from './schema/core.ts';
import { compileResourceType } from './schema/resource-type.ts';

const FULL: JsonObject = {
  schemas: [USER_URN, E],
  id: 'u1',
  externalId: 'e1',
  userName: 'ada',
  name: { givenName: 'Ada', familyName: 'L' },
  emails: [
    { value: 'w@x', type: 'work', display: 'W' },
    { value: 'h@x', type: 'home' },
  ],
  [E]: { department: 'R', manager: { value: 'm', $ref: 'https://x/m' } },
  meta: { resourceType: 'User', created: 'c', lastModified: 'l', location: 'o' },
};
const MINIMUM = { schemas: FULL.schemas, id: 'u1' };

function show(lists: { attributes?: readonly string[]; excludedAttributes?: readonly string[] }): unknown {
  const projection = parseProjection(userType, {
    attributes: lists.attributes,
    excludedAttributes: lists.excludedAttributes,
  });
  return JSON.parse(JSON.stringify(project(userType, FULL, projection)));
}

describe('attributes', () => {
  test.each<readonly [readonly string[], object]>([
    [['userName'], { userName: 'ada' }],
    [['USERNAME'], { userName: 'ada' }],
    [[' userName '], { userName: 'ada' }],
    [[`${USER_URN}:userName`], { userName: 'ada' }],
    [['name.givenName'], { name: { givenName: 'Ada' } }],
    [['name.givenName', 'name'], { name: FULL.name }],
    [['name', 'name.givenName'], { name: FULL.name }],
    [['emails.value'], { emails: [{ value: 'w@x' }, { value: 'h@x' }] }],
    [['emails.display'], { emails: [{ display: 'W' }] }],
    [['emails.primary'], {}],
    [['meta.location'], { meta: { location: 'o' } }],
    [[E], { [E]: FULL[E] }],
    [[`${E}:department`], { [E]: { department: 'R' } }],
    [[`${E}:manager.value`], { [E]: { manager: { value: 'm' } } }],
    [['manager'], { [E]: { manager: { value: 'm', $ref: 'https://x/m' } } }],
    [['unknown'], {}],
    [['unknown', 'userName'], { userName: 'ada' }],
    [['id'], {}],
    [['', '.', 'a b', '__proto__', 'constructor'], {}],
  ])('rfc 111, 112, 113: %j', (attributes, expected) => {
    expect(show({ attributes })).toEqual({ ...MINIMUM, ...expected });
  });
});

describe('excludedAttributes', () => {
  const { emails, name, [E]: extension, meta, ...rest } = FULL;
  test.each<readonly [readonly string[], object]>([
    [['emails', 'name', 'meta', E], rest],
    [
      ['emails.display'],
      {
        ...FULL,
        emails: [
          { value: 'w@x', type: 'work' },
          { value: 'h@x', type: 'home' },
        ],
      },
    ],
    [['emails.value', 'emails.type', 'emails.display'], { ...rest, name, meta, [E]: extension }],
    [[`${E}:manager`], { ...FULL, [E]: { department: 'R' } }],
    [[`${E}:manager`, `${E}:department`], { ...rest, name, meta, emails }],
    [['id', 'schemas', 'ID'], FULL],
    [['unknown'], FULL],
  ])('rfc 62, 64, 111: %j', (excludedAttributes, expected) => {
    expect(show({ excludedAttributes })).toEqual(expected);
  });

  test('rfc 111: both lists at once are refused', () => {
    expect(() => show({ attributes: ['id'], excludedAttributes: ['name'] })).toThrow(
      expect.objectContaining({ status: 400, scimType: 'invalidValue' }),
    );
  });
});

describe('returned', () => {
  const type = compileResourceType({
    name: 'Safe',
    endpoint: '/Safes',
    schema: {
      id: 'urn:example:Safe',
      name: 'Safe',
      attributes: [
        { name: 'shown' },
        { name: 'always', returned: 'always' },
        { name: 'asked', returned: 'request' },
        { name: 'never', returned: 'never' },
        { name: 'secret', mutability: 'writeOnly' },
        {
          name: 'box',
          type: 'complex',
          multiValued: true,
          subAttributes: [
            { name: 'a' },
            { name: 'b', returned: 'never' },
            { name: 'c', returned: 'request' },
            { name: 'd', returned: 'always' },
          ],
        },
      ],
    },
    schemaExtensions: [
      {
        schema: {
          id: 'urn:example:Lock',
          name: 'Lock',
          attributes: [
            { name: 'kind', returned: 'always' },
            { name: 'color' },
            { name: 'code', mutability: 'writeOnly' },
          ],
        },
      },
    ],
  });
  const LOCK = 'urn:example:Lock';
  const full: JsonObject = {
    schemas: ['urn:example:Safe', LOCK],
    id: 's',
    shown: '1',
    always: '2',
    asked: '3',
    never: '4',
    secret: '5',
    box: [{ a: '1', b: '2', c: '3', d: '4' }],
    [LOCK]: { kind: 'k', color: 'red', code: '1234' },
  };
  const showSafe = (attributes?: readonly string[], excludedAttributes?: readonly string[]) =>
    JSON.parse(
      JSON.stringify(project(type, full, parseProjection(type, { attributes, excludedAttributes }))),
    );
  const minimum = { schemas: full.schemas, id: 's', always: '2' };

  test('rfc 61, 63, 64: by default neither never, writeOnly nor request', () => {
    expect(showSafe()).toEqual({
      ...minimum,
      shown: '1',
      box: [{ a: '1', d: '4' }],
      [LOCK]: { kind: 'k', color: 'red' },
    });
  });

  test('rfc 61, 63: never and writeOnly not even when asked for', () => {
    expect(showSafe(['never', 'secret', 'box.b', `${LOCK}:code`])).toEqual({
      ...minimum,
      box: [{ d: '4' }],
      [LOCK]: { kind: 'k' },
    });
  });

  test('rfc 64: request when asked for', () => {
    expect(showSafe(['asked', 'box.c'])).toEqual({
      ...minimum,
      asked: '3',
      box: [{ c: '3', d: '4' }],
      [LOCK]: { kind: 'k' },
    });
  });

  test('rfc 62: always even when excluded, by itself or with its extension', () => {
    expect(showSafe(undefined, ['always', 'shown', 'box.a', 'box.d', LOCK])).toEqual({
      ...minimum,
      box: [{ d: '4' }],
      [LOCK]: { kind: 'k' },
    });
  });

  test('rfc 31: hooks and events never see what is never returned', () => {
    const seen = JSON.parse(JSON.stringify(withoutHidden(type, full)));
    expect(seen).toMatchObject({
      shown: '1',
      asked: '3',
      box: [{ a: '1', c: '3', d: '4' }],
      [LOCK]: { kind: 'k', color: 'red' },
    });
    expect(JSON.stringify(seen)).not.toMatch(/never|secret|code|"b"/);
  });
});

test('T23: whether relations are shown is known before they are read', () => {
  const groups = userType.attributes.get('groups');
  if (groups === undefined) throw new TypeError('groups');
  const of = (attributes?: readonly string[], excludedAttributes?: readonly string[]) =>
    isShown(parseProjection(userType, { attributes, excludedAttributes }), groups);
  expect([
    of(),
    of(['userName']),
    of(['groups.display']),
    of(undefined, ['groups']),
    of(undefined, ['groups.display']),
  ]).toEqual([true, false, true, false, true]);
});

test('an empty list that was there is still there', () => {
  const shown = project(
    userType,
    { ...FULL, groups: [] },
    parseProjection(userType, { attributes: ['groups'], excludedAttributes: undefined }),
  );
  expect(shown.groups).toEqual([]);
});
