import fc from 'fast-check';
import type { FilterSyntax, Literal, Operator } from '../../src/protocol/filter/ast.ts';
import { readPathValues } from '../../src/protocol/filter/match.ts';
import type { Json, JsonObject } from '../../src/protocol/json.ts';
import { isObject } from '../../src/protocol/json.ts';
import { type AttributePath, printPath } from '../../src/protocol/path.ts';
import type { Attribute, ResourceType, Schema } from '../../src/protocol/schema/resource-type.ts';

/** A path a filter may name, with the literals worth comparing it with. */
export interface FilterPath {
  readonly text: string;
  readonly leaf: Attribute;
  readonly literals: readonly (string | number | boolean)[];
}

/** A complex attribute with its sub-attributes as paths. */
export interface ElementPath {
  readonly text: string;
  readonly subs: readonly FilterPath[];
}

const OPERATORS: readonly Operator[] = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'];

/** Operators RFC 7644 §3.4.2.2 gives an attribute's type. */
export function operatorsOf({ type }: Attribute): readonly Operator[] {
  switch (type) {
    case 'boolean':
      return ['eq', 'ne'];
    case 'binary':
      return ['eq', 'ne', 'co', 'sw', 'ew'];
    case 'integer':
    case 'decimal':
    case 'dateTime':
      return ['eq', 'ne', 'gt', 'ge', 'lt', 'le'];
    default:
      return OPERATORS;
  }
}

/** Every path of the type that may be filtered on, with literals taken from the resources. */
export function collectPaths(
  type: ResourceType,
  resources: readonly JsonObject[],
): { readonly paths: readonly FilterPath[]; readonly elements: readonly ElementPath[] } {
  const attributes: readonly (readonly [Schema | undefined, Attribute])[] = [
    ...[...type.attributes.values()].map((attribute) => [undefined, attribute] as const),
    ...type.extensions.flatMap(({ schema }) =>
      [...schema.attributes.values()].map((attribute) => [schema, attribute] as const),
    ),
  ];
  const paths: FilterPath[] = [];
  const elements: ElementPath[] = [];
  for (const [extension, attribute] of attributes) {
    const toPath = (sub: Attribute | undefined): FilterPath => {
      const path: AttributePath = { extension, attribute, sub };
      const literals = resources.flatMap((resource) => readPathValues(path, resource)).filter(isLiteral);
      const leaf = sub ?? attribute;
      return { text: printPath(path), leaf, literals: literals.length > 0 ? literals : emptyLiterals(leaf) };
    };
    if (attribute.type !== 'complex') {
      paths.push(toPath(undefined));
      continue;
    }
    const subs = [...attribute.subAttributes.values()].filter((sub) => isSearchable(attribute, sub));
    paths.push(...subs.map(toPath));
    elements.push({
      text: printPath({ extension, attribute, sub: undefined }),
      subs: subs.map((sub) => ({ ...toPath(sub), text: sub.name })),
    });
  }
  return { paths, elements };
}

function isLiteral(value: Json): value is string | number | boolean {
  return value !== null && !isObject(value) && !Array.isArray(value);
}

function emptyLiterals({ type }: Attribute): readonly (string | number | boolean)[] {
  if (type === 'boolean') return [true];
  if (type === 'integer' || type === 'decimal') return [1];
  return type === 'dateTime' ? ['2025-01-01T00:00:00Z'] : ['x'];
}

function isSearchable(attribute: Attribute, sub: Attribute): boolean {
  if (sub.name === '$ref' && attribute.relation !== undefined) return false;
  if (attribute.relation === 'members' && sub.name === 'display') return false;
  return !(attribute.name === 'meta' && (sub.name === 'location' || sub.name === 'version'));
}

/** A filter of the type: comparisons, `pr`, value paths, `and`, `or`, `not`. */
export function arbitraryFilter(
  type: ResourceType,
  resources: readonly JsonObject[],
): fc.Arbitrary<FilterSyntax> {
  const { paths, elements } = collectPaths(type, resources);
  const term = arbitraryTerm(paths);
  const valuePath = arbitraryValuePath(elements);
  return arbitraryTree(fc.oneof({ weight: 3, arbitrary: term }, { weight: 2, arbitrary: valuePath }), 3);
}

/** One of the attributes with a condition in brackets. */
export function arbitraryValuePath(
  elements: readonly ElementPath[],
): fc.Arbitrary<FilterSyntax & { kind: 'valuePath' }> {
  return fc
    .constantFrom(...elements)
    .chain(({ text, subs }) =>
      arbitraryTree(arbitraryTerm(subs), 2).map((filter) => ({ kind: 'valuePath', path: text, filter })),
    );
}

function arbitraryTree(leaf: fc.Arbitrary<FilterSyntax>, maxDepth: number): fc.Arbitrary<FilterSyntax> {
  const { tree } = fc.letrec<{ tree: FilterSyntax }>((tie) => {
    const operands = fc.array(tie('tree'), { minLength: 2, maxLength: 3 });
    return {
      tree: fc.oneof(
        { maxDepth, withCrossShrink: true },
        { weight: 4, arbitrary: leaf },
        {
          weight: 2,
          arbitrary: fc
            .record({ kind: fc.constantFrom('and' as const, 'or' as const), operands })
            .map((node): FilterSyntax => node),
        },
        { weight: 1, arbitrary: tie('tree').map((operand): FilterSyntax => ({ kind: 'not', operand })) },
      ),
    };
  });
  return tree;
}

function arbitraryTerm(paths: readonly FilterPath[]): fc.Arbitrary<FilterSyntax> {
  const compare = fc.constantFrom(...paths).chain(({ text, leaf, literals }) =>
    fc
      .record({
        operator: fc.constantFrom(...operatorsOf(leaf)),
        literal: fc.constantFrom(...literals),
        cut: fc.nat(2),
        upper: fc.boolean(),
      })
      .map(
        ({ operator, literal, cut, upper }): FilterSyntax => ({
          kind: 'compare',
          path: text,
          operator,
          value: twist(literal, { operator, cut, upper: upper && leaf.type === 'string' }),
        }),
      ),
  );
  const present = fc
    .constantFrom(...paths)
    .map(({ text }): FilterSyntax => ({ kind: 'present', path: text }));
  const nothing = fc
    .record({ path: fc.constantFrom(...paths), operator: fc.constantFrom('eq' as const, 'ne' as const) })
    .map(({ path, operator }): FilterSyntax => ({ kind: 'compare', path: path.text, operator, value: null }));
  return fc.oneof(
    { weight: 10, arbitrary: compare },
    { weight: 2, arbitrary: present },
    { weight: 1, arbitrary: nothing },
  );
}

/** A literal near a stored value: in another case, or the part of it that the operator looks for. */
function twist(
  literal: string | number | boolean,
  { operator, cut, upper }: { operator: Operator; cut: number; upper: boolean },
): Literal {
  if (typeof literal !== 'string') return literal;
  const points = Array.from(literal);
  const from = operator === 'co' || operator === 'ew' ? cut : 0;
  const to = operator === 'co' || operator === 'sw' ? points.length - cut : points.length;
  const part = points.slice(from, Math.max(from, to)).join('');
  return upper ? part.toUpperCase() : part;
}

/** Calls back with every comparison, and with the kind of every other node. */
export function visitFilter(filter: FilterSyntax, visit: (node: FilterSyntax) => void): void {
  visit(filter);
  if (filter.kind === 'and' || filter.kind === 'or')
    for (const operand of filter.operands) visitFilter(operand, visit);
  if (filter.kind === 'not') visitFilter(filter.operand, visit);
  if (filter.kind === 'valuePath') visitFilter(filter.filter, visit);
}
