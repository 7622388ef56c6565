import { describe, expect, test } from 'vitest';
import { deviceType, userType } from '../../test/support/resource-types.ts';
import { ScimError } from './errors.ts';
import type { Json } from './json.ts';
import type { AllowLeniency } from './leniency/leniency.ts';
import { createProfile } from './leniency/profile.ts';
import {
  type Attribute,
  COMMON_ATTRIBUTES,
  compileResourceType,
  type ResourceType,
} from './schema/resource-type.ts';
import { MAX_ELEMENTS, parseValue } from './value.ts';

const compat: AllowLeniency = () => true;
const strict = createProfile('strict').allow;

function attributeOf(type: ResourceType, name: string): Attribute {
  const attribute = type.attributes.get(name.toLowerCase()) ?? COMMON_ATTRIBUTES.get(name);
  if (attribute === undefined) throw new TypeError(name);
  return attribute;
}

function parse(attribute: Attribute, value: Json, allow = compat): unknown {
  try {
    const parsed = parseValue(attribute, value, allow);
    return parsed === undefined ? 'unassigned' : JSON.parse(JSON.stringify(parsed));
  } catch (error) {
    if (!(error instanceof ScimError)) throw error;
    return `${error.status} ${error.scimType}`;
  }
}

const REFUSED = '400 invalidValue';

describe('simple values', () => {
  test.each<readonly [string, Json, unknown]>([
    ['label', 'Ada', 'Ada'],
    ['label', '', ''],
    ['label', 1, REFUSED],
    ['label', true, REFUSED],
    ['label', { value: 'a' }, REFUSED],
    ['label', ['a'], REFUSED],
    ['label', 'x'.repeat(1024), 'x'.repeat(1024)],
    ['label', 'x'.repeat(1025), REFUSED],
    ['enabled', true, true],
    ['enabled', 'True', true],
    ['enabled', 'FALSE', false],
    ['enabled', 'yes', REFUSED],
    ['enabled', 1, REFUSED],
    ['enabled', '', REFUSED],
    ['slots', 0, 0],
    ['slots', -7, -7],
    ['slots', 9007199254740991, 9007199254740991],
    ['slots', 9007199254740992, REFUSED],
    ['slots', 1.5, REFUSED],
    ['slots', '1', REFUSED],
    ['slots', true, REFUSED],
    ['weight', 1.5, 1.5],
    ['weight', 1, 1],
    ['weight', '1.5', REFUSED],
    ['boughtAt', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'],
    ['boughtAt', '2026-01-01T00:00:00.000+01:00', '2026-01-01T00:00:00.000+01:00'],
    ['boughtAt', '2026-01-01', REFUSED],
    ['boughtAt', 1767225600, REFUSED],
    ['boughtAt', '', REFUSED],
    ['firmware', 'QUI=', 'QUI='],
    ['firmware', 'QUI', 'QUI'],
    ['firmware', '_-_-', '_-_-'],
    ['firmware', '', ''],
    ['firmware', '_+_+', REFUSED],
    ['firmware', 'Q', REFUSED],
    ['firmware', 'QUI==', REFUSED],
    ['firmware', 'QU=I', REFUSED],
    ['firmware', 'QU I', REFUSED],
    ['homepage', 'https://a.example/x', 'https://a.example/x'],
    ['homepage', 'HTTPS://a.example', 'HTTPS://a.example'],
    ['homepage', 'javascript:alert(1)', 'unassigned'],
    ['homepage', 'http://a.example', 'unassigned'],
    ['homepage', 'https://', 'unassigned'],
    ['homepage', 'data:text/html,x', 'unassigned'],
    ['homepage', 1, REFUSED],
  ])('rfc 5–10: %s takes %j as %j', (name, value, expected) => {
    expect(parse(attributeOf(deviceType, name), value)).toEqual(expected);
  });

  test.each(['label', 'enabled', 'slots', 'site', 'tags', 'interfaces'])(
    'rfc 18, T12: null leaves %s unassigned',
    (name) => {
      expect(parse(attributeOf(deviceType, name), null)).toBe('unassigned');
    },
  );

  test.each<readonly [string, Json]>([
    ['enabled', 'true'],
    ['homepage', 'http://a.example'],
    ['tags', 'a'],
    ['interfaces', { value: 'a' }],
    ['interfaces', ['a']],
    ['site', [{ room: 'a' }]],
  ])('without tolerance %s does not take %j', (name, value) => {
    expect(parse(attributeOf(deviceType, name), value, strict)).toBe(REFUSED);
  });

  test('without tolerance a part the schema does not know is invalidSyntax, as elsewhere in a body', () => {
    expect(parse(attributeOf(deviceType, 'site'), { unknown: 1 }, strict)).toBe('400 invalidSyntax');
  });
});

describe('lists and complex values', () => {
  test.each<readonly [string, Json, unknown]>([
    ['tags', ['a', 'b'], ['a', 'b']],
    ['tags', [], 'unassigned'],
    ['tags', [null], 'unassigned'],
    ['tags', ['a', null, 'a'], ['a']],
    ['tags', 'a', ['a']],
    ['tags', [['a']], REFUSED],
    ['tags', { a: 1 }, REFUSED],
    ['ports', [1, '2'], REFUSED],
    ['site', {}, 'unassigned'],
    ['site', { room: null }, 'unassigned'],
    ['site', { ROOM: 'a', Floor: 2 }, { room: 'a', floor: 2 }],
    ['site', { room: 'a', unknown: 1 }, { room: 'a' }],
    ['site', { room: { a: 1 } }, REFUSED],
    ['site', [], REFUSED],
    ['site', [{ room: 'a' }], { room: 'a' }],
    ['site', [{ room: 'a' }, { room: 'b' }], REFUSED],
    ['site', 'a', REFUSED],
    ['interfaces', [{ value: 'a', primary: 'True' }], [{ value: 'a', primary: true }]],
    ['interfaces', ['a'], [{ value: 'a' }]],
    ['interfaces', [{}], 'unassigned'],
    ['interfaces', [1], REFUSED],
    ['interfaces', 1, REFUSED],
    [
      'interfaces',
      [
        { value: 'a', type: 't' },
        { type: 't', value: 'a' },
      ],
      [{ value: 'a', type: 't' }],
    ],
  ])('%s takes %j as %j', (name, value, expected) => {
    expect(parse(attributeOf(deviceType, name), value)).toEqual(expected);
  });

  test('rfc 15: two primary values are refused', () => {
    const value = [
      { value: 'a', primary: true },
      { value: 'b', primary: true },
    ];
    expect(parse(attributeOf(userType, 'emails'), value)).toBe(REFUSED);
  });

  test('P12: more values than the bound are refused, members apart', () => {
    const value = Array.from({ length: MAX_ELEMENTS + 1 }, (_, index) => `t${index}`);
    expect(parse(attributeOf(deviceType, 'tags'), value)).toBe(REFUSED);
    expect(parse(attributeOf(deviceType, 'tags'), value.slice(1))).toHaveLength(MAX_ELEMENTS);
  });

  test('rfc 160: a refusal names the attribute and never the value', () => {
    const attribute = attributeOf(deviceType, 'slots');
    expect(() => parseValue(attribute, 'canary-value', compat)).toThrow(/^slots /);
    expect(() => parseValue(attribute, 'canary-value', compat)).not.toThrow(/canary/);
  });

  test('rfc 23: readOnly parts of a value are left out', () => {
    const type = compileResourceType({
      name: 'X',
      endpoint: '/Xs',
      schema: {
        id: 'urn:example:X',
        name: 'X',
        attributes: [
          {
            name: 'a',
            type: 'complex',
            subAttributes: [{ name: 'b' }, { name: 'c', mutability: 'readOnly' }],
          },
        ],
      },
    });
    expect(parse(attributeOf(type, 'a'), { b: '1', c: '2' })).toEqual({ b: '1' });
  });
});

describe('an element whose value is not kept', () => {
  test.each<readonly [string, Json, unknown]>([
    ['emails', [{ type: 'work', value: null, primary: true }], 'unassigned'],
    ['emails', [{ type: 'work', Value: null }, { value: 'a@b.example' }], [{ value: 'a@b.example' }]],
    ['emails', [{ type: 'work', value: null, display: 'Ann' }], [{ type: 'work', display: 'Ann' }]],
    ['emails', [{ type: 'work' }], [{ type: 'work' }]],
    ['photos', [{ type: 'photo', value: 'http://intranet/a.png' }], 'unassigned'],
  ])('T12: %s: %j → %j: a label alone is no value', (name, value, expected) => {
    expect(parse(attributeOf(userType, name), value)).toEqual(expected);
  });
});
