import { describe, expect, test } from 'vitest';
import type { AttributeDefinition, ResourceTypeDefinition } from './definition.ts';
import { compileResourceType } from './resource-type.ts';

function typeWith(
  attributes: readonly unknown[],
  change: Partial<ResourceTypeDefinition> = {},
): ResourceTypeDefinition {
  // Declarations may come from JavaScript, so the tests hand over what the types would not let through.
  const given = attributes as readonly AttributeDefinition[];
  return {
    name: 'Thing',
    endpoint: '/Things',
    schema: { id: 'urn:example:Thing', name: 'Thing', attributes: given },
    ...change,
  };
}

describe('rfc 2, 12: a bad declaration is a TypeError that names the part at fault', () => {
  test.each<readonly [string, unknown, RegExp]>([
    ['a name with a space', { name: 'a b' }, /"a b"/],
    ['a name that starts with a digit', { name: '1a' }, /RFC 7643/],
    ['an empty name', { name: '' }, /RFC 7643/],
    ['a quote in a name', { name: 'a"b' }, /RFC 7643/],
    ['a dollar', { name: '$x' }, /RFC 7643/],
    ['a dot', { name: 'a.b' }, /RFC 7643/],
    ['__proto__', { name: '__proto__' }, /RFC 7643/],
    ['constructor', { name: 'constructor' }, /JavaScript/],
    [
      'toString in a part',
      { name: 'a', type: 'complex', subAttributes: [{ name: 'toString' }] },
      /JavaScript/,
    ],
    ['a common attribute', { name: 'ID' }, /common/],
    ['complex without parts', { name: 'a', type: 'complex' }, /subAttributes/],
    ['parts without complex', { name: 'a', subAttributes: [{ name: 'b' }] }, /complex/],
    [
      'complex in complex',
      {
        name: 'a',
        type: 'complex',
        subAttributes: [{ name: 'b', type: 'complex', subAttributes: [{ name: 'c' }] }],
      },
      /"b"/,
    ],
    [
      'parts that differ by case only',
      { name: 'a', type: 'complex', subAttributes: [{ name: 'b' }, { name: 'B' }] },
      /twice/,
    ],
    ['a boolean with case', { name: 'a', type: 'boolean', caseExact: true }, /boolean/],
    ['a unique boolean', { name: 'a', type: 'boolean', uniqueness: 'server' }, /boolean/],
    ['a unique list', { name: 'a', multiValued: true, uniqueness: 'server' }, /unique/],
    [
      'a unique complex value',
      { name: 'a', type: 'complex', uniqueness: 'server', subAttributes: [{ name: 'b' }] },
      /unique/,
    ],
    ['rfc 61: writeOnly, yet returned', { name: 'a', mutability: 'writeOnly', returned: 'default' }, /never/],
    ['rfc 61: unique, yet hidden', { name: 'a', returned: 'never', uniqueness: 'server' }, /unique/],
    ['an unknown type', { name: 'a', type: 'text' }, /type is one of/],
    ['an unknown mutability', { name: 'a', mutability: 'read' }, /mutability is one of/],
    ['an unknown returned', { name: 'a', returned: 'sometimes' }, /returned is one of/],
    ['an unknown uniqueness', { name: 'a', uniqueness: true }, /uniqueness is one of/],
    ['a default of the wrong type', { name: 'a', type: 'boolean', default: 'yes' }, /default/],
    ['text longer than any request may have', { name: 'a', maxLength: 65_537 }, /maxLength/],
    ['a default for a list', { name: 'a', multiValued: true, default: 'x' }, /default/],
    ['a fraction as default of an integer', { name: 'a', type: 'integer', default: 1.5 }, /fits integer/],
    ['a default that is no dateTime', { name: 'a', type: 'dateTime', default: 'today' }, /fits dateTime/],
    [
      'a default of a part',
      { name: 'a', type: 'complex', subAttributes: [{ name: 'b', default: 'x' }] },
      /sub-attribute has no default/,
    ],
    ['$ref outside of a complex attribute', { name: '$ref' }, /RFC 7643/],
    [
      'rfc 61: a unique part of a hidden value',
      {
        name: 'a',
        type: 'complex',
        returned: 'never',
        subAttributes: [{ name: 'b', uniqueness: 'server' }],
      },
      /cannot be unique/,
    ],
    ['members that are text', { name: 'a', multiValued: true, relation: 'members' }, /relation/],
    [
      'members without their ids',
      { name: 'a', type: 'complex', multiValued: true, relation: 'members', subAttributes: [{ name: 'b' }] },
      /"value"/,
    ],
    [
      'memberOf that a client writes',
      {
        name: 'a',
        type: 'complex',
        multiValued: true,
        relation: 'memberOf',
        subAttributes: [{ name: 'value' }],
      },
      /readOnly/,
    ],
  ])('%s', (_name, attribute, message) => {
    expect(() => compileResourceType(typeWith([attribute]))).toThrow(TypeError);
    expect(() => compileResourceType(typeWith([attribute]))).toThrow(message);
  });

  test.each<readonly [string, Partial<ResourceTypeDefinition>, RegExp]>([
    ['no slash', { endpoint: 'Things' }, /endpoint/],
    [
      'a default in an extension',
      {
        schemaExtensions: [
          { schema: { id: 'urn:x:y', name: 'Y', attributes: [{ name: 'a', default: 'b' }] } },
        ],
      },
      /only a base schema/,
    ],
    [
      'members in an extension',
      {
        schemaExtensions: [
          {
            schema: {
              id: 'urn:x:y',
              name: 'Y',
              attributes: [
                {
                  name: 'a',
                  type: 'complex',
                  multiValued: true,
                  relation: 'members',
                  subAttributes: [{ name: 'value' }],
                },
              ],
            },
          },
        ],
      },
      /only a base schema/,
    ],
    ['two segments', { endpoint: '/a/b' }, /endpoint/],
    ['a path upwards', { endpoint: '/..' }, /endpoint/],
    ['an encoded path', { endpoint: '/%2e' }, /endpoint/],
    ['the protocol’s own', { endpoint: '/Schemas' }, /endpoint/],
    ['the protocol’s own in another case', { endpoint: '/BULK' }, /endpoint/],
    ['a name with a space', { name: 'My Thing' }, /name/],
    ['a URN that is none', { schema: { id: 'thing', name: 'T', attributes: [] } }, /URN/],
    ['a URN with a quote', { schema: { id: 'urn:example:"x', name: 'T', attributes: [] } }, /URN/],
    [
      'one URN twice',
      {
        schemaExtensions: [
          {
            schema: { id: 'URN:EXAMPLE:THING'.replace('URN', 'urn'), name: 'T', attributes: [{ name: 'x' }] },
          },
        ],
      },
      /twice/,
    ],
    [
      'a name in two cases',
      { schema: { id: 'urn:example:Thing', name: 'T', attributes: [{ name: 'x' }, { name: 'X' }] } },
      /twice/,
    ],
  ])('%s', (_name, change, message) => {
    expect(() => compileResourceType(typeWith([], change))).toThrow(TypeError);
    expect(() => compileResourceType(typeWith([], change))).toThrow(message);
  });
});

test('rfc 4: what is left out takes the defaults of RFC 7643 §2.2', () => {
  const attribute = compileResourceType(typeWith([{ name: 'a' }])).attributes.get('a');
  expect(attribute).toMatchObject({
    type: 'string',
    multiValued: false,
    required: false,
    caseExact: false,
    mutability: 'readWrite',
    returned: 'default',
    uniqueness: 'none',
  });
});

test('rfc 9, 10: binary values and references are caseExact; rfc 61: writeOnly is never returned', () => {
  const { attributes } = compileResourceType(
    typeWith([
      { name: 'b', type: 'binary', caseExact: false },
      { name: 'r', type: 'reference' },
      { name: 'w', mutability: 'writeOnly' },
    ]),
  );
  expect([
    attributes.get('b')?.caseExact,
    attributes.get('r')?.caseExact,
    attributes.get('w')?.returned,
  ]).toEqual([true, true, 'never']);
});

test('what is declared is copied and frozen', () => {
  const words = ['a'];
  const type = compileResourceType(typeWith([{ name: 'x', canonicalValues: words }]));
  words.push('b');
  expect(type.attributes.get('x')?.canonicalValues).toEqual(['a']);
  expect(Object.isFrozen(type)).toBe(true);
  expect(Object.isFrozen(type.attributes.get('x'))).toBe(true);
});
