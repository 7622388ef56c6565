import { expect, test } from 'vitest';
import type { ExtensionOption } from './options.ts';
import type { ResourceTypeDefinition } from './protocol/schema/definition.ts';
import { compileTypes } from './resource-types.ts';

const attribute = { name: 'mass', type: 'decimal' };
const schema = { id: 'urn:example:2.0:Thing', name: 'Thing', attributes: [attribute] };
const thing = { name: 'Thing', endpoint: '/Things', schema };
const other = { name: 'Other', endpoint: '/Others', schema: { ...schema, id: 'urn:example:2.0:Other' } };

/** Declarations as they come out of a file. */
function compile(resourceTypes: readonly unknown[], extensions: readonly unknown[] = []) {
  return compileTypes(resourceTypes as ResourceTypeDefinition[], extensions as ExtensionOption[]);
}

const withAttribute = (change: object) => [
  { ...thing, schema: { ...schema, attributes: [{ ...attribute, ...change }] } },
];

test.each<readonly [string, readonly unknown[], RegExp]>([
  ['no object', ['Thing'], /resourceTypes\[0\]: .*object/],
  ['no name', [{ endpoint: '/Things', schema }], /resourceTypes\[0\], name: .*string/],
  ['no schema', [{ name: 'Thing', endpoint: '/Things' }], /resourceTypes\[0\] "Thing", schema/],
  [
    'attributes as an object',
    [{ ...thing, schema: { ...schema, attributes: {} } }],
    /schema "Thing", attributes/,
  ],
  [
    'a misspelt characteristic',
    withAttribute({ mutabilty: 'readOnly' }),
    /attributes\[0\] "mass": .*mutabilty/,
  ],
  ['a word where a boolean belongs', withAttribute({ required: 'false' }), /"mass", required: .*boolean/],
  ['null where a word belongs', withAttribute({ description: null }), /"mass", description/],
  [
    'a fault in a part',
    withAttribute({ type: 'complex', subAttributes: [{ name: 'a', multiValued: 1 }] }),
    /"mass", subAttributes\[0\] "a", multiValued: .*boolean/,
  ],
  ['a type that there is', [{ ...thing, name: 'user' }], /two types have the name "user"/],
  ['an id that there is', [{ ...thing, id: 'User' }], /two types have the id "user"/],
  ['an endpoint that there is', [{ ...thing, endpoint: '/users' }], /two types have the endpoint "\/users"/],
  [
    'one URN for two schemas',
    [thing, { ...other, schema: { ...schema, name: 'Other' } }],
    /urn:example:2.0:Thing is declared in two different ways/,
  ],
])('rfc 2, 12, 50: refused with its place: %s', (_name, declarations, message) => {
  expect(() => compile(declarations)).toThrow(TypeError);
  expect(() => compile(declarations)).toThrow(message);
});

test('an extension of nothing, and one with a fault, are refused', () => {
  expect(() => compile([], [{ resourceType: 'Thing', schema }])).toThrow(/no resource type "Thing"/);
  expect(() => compile([], [{ resourceType: 'User', schema: { ...schema, id: 7 } }])).toThrow(
    /extensions\[0\], schema "Thing", id: .*string/,
  );
});

test('two types may have the same schema as extension', () => {
  const types = compile(
    [thing, other],
    [
      { resourceType: 'Thing', schema: { ...schema, id: 'urn:example:2.0:Tag' } },
      { resourceType: 'Other', schema: { ...schema, id: 'urn:example:2.0:Tag' } },
    ],
  );
  expect(types.slice(2).map((type) => type.extensions.map((extension) => extension.schema.id))).toEqual([
    ['urn:example:2.0:Tag'],
    ['urn:example:2.0:Tag'],
  ]);
});
