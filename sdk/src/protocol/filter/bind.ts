import { badRequest } from '../errors.ts';
import { type AllowLeniency, allowAll } from '../leniency/leniency.ts';
import { type AttributePath, findPath } from '../path.ts';
import { type Attribute, isCommon, type ResourceType } from '../schema/resource-type.ts';
import { toSearchKey } from '../search-key.ts';
import type { Filter, FilterSyntax, Literal, Operand, Operator } from './ast.ts';

/**
 * Binds a filter to a resource type: names become attributes, literals take the form they are compared in.
 *
 * An attribute the type does not have counts as without value (RFC 7644 §3.4.2.1).
 *
 * @throws ScimError 400 `invalidFilter`: an operator or literal that does not fit the attribute's type, a
 * complex attribute compared as a whole, a value that is never returned.
 */
export function bindFilter(
  type: ResourceType,
  syntax: FilterSyntax,
  allow: AllowLeniency = allowAll,
): Filter {
  const find = (text: string): Operand | undefined => {
    const target = findPath(type, text, allow);
    if (target.kind === 'unknown') return ignoreUnknown(allow);
    if (target.kind === 'extension') throw invalid('A filter compares an attribute, not a whole extension.');
    return { from: 'resource', path: target.path };
  };
  return bind(syntax, { find, allow });
}

/** What a comparison with an attribute without value comes to: it is not equal to anything but null. */
export function withoutValue(term: FilterSyntax): Filter {
  if (term.kind !== 'compare') return constant(false);
  const { operator, value } = term;
  return constant((operator === 'ne') !== (value === null && isEquality(operator)));
}

/** Binds the filter inside `attribute[…]`: names are sub-attributes of that attribute. */
export function bindElementFilter(
  attribute: Attribute,
  syntax: FilterSyntax,
  allow: AllowLeniency = allowAll,
): Filter {
  return bind(syntax, { allow, find: (text) => findSub(attribute, text) ?? ignoreUnknown(allow) });
}

/** The `strict` profile refuses what is most likely a mistyped name. */
function ignoreUnknown(allow: AllowLeniency): undefined {
  if (!allow('unknown-in-filter')) {
    throw invalid('The filter names an attribute this resource type does not have.');
  }
}

function findSub(attribute: Attribute, text: string): Operand | undefined {
  const sub = attribute.subAttributes.get(text.toLowerCase());
  return sub === undefined ? undefined : { from: 'element', sub };
}

interface Scope {
  readonly find: (text: string) => Operand | undefined;
  readonly allow: AllowLeniency;
}

function bind(syntax: FilterSyntax, scope: Scope): Filter {
  switch (syntax.kind) {
    case 'and':
    case 'or':
      return Object.freeze({
        kind: syntax.kind,
        operands: Object.freeze(syntax.operands.map((operand) => bind(operand, scope))),
      });
    case 'not':
      return Object.freeze({ kind: 'not', operand: bind(syntax.operand, scope) });
    case 'present': {
      const operand = scope.find(syntax.path);
      if (operand === undefined) return constant(false);
      requireReadable(operand);
      return Object.freeze({ kind: 'present', operand });
    }
    case 'valuePath':
      return bindElement(scope.find(syntax.path), syntax.filter, scope.allow);
    case 'compare':
      return bindCompare(syntax, scope);
  }
}

function bindElement(operand: Operand | undefined, filter: FilterSyntax, allow: AllowLeniency): Filter {
  if (operand === undefined) return constant(false);
  if (
    operand.from === 'element' ||
    operand.path.sub !== undefined ||
    operand.path.attribute.type !== 'complex'
  ) {
    throw invalid('Only a complex attribute can be followed by a filter in brackets.');
  }
  requireReadable(operand);
  const { path } = operand;
  const find = (text: string): Operand | undefined => {
    const sub = findSub(path.attribute, text) ?? ignoreUnknown(allow);
    if (sub?.from === 'element') requireReadable({ from: 'resource', path: { ...path, sub: sub.sub } });
    return sub;
  };
  const bound = bind(filter, { find, allow });
  return Object.freeze({ kind: 'element', path, filter: bound });
}

function bindCompare(syntax: FilterSyntax & { kind: 'compare' }, { find, allow }: Scope): Filter {
  const { operator, value } = syntax;
  const found = find(syntax.path);
  if (found === undefined) return withoutValue(syntax);
  const operand = withImplicitValue(found, allow);
  requireReadable(operand);
  const attribute = attributeOf(operand);
  if (value === null) return bindNull(operator, operand);
  if (attribute.type === 'complex')
    throw invalid(`${attribute.name} is complex: compare one of its sub-attributes.`);
  requireOperator(attribute, operator);
  return Object.freeze({
    kind: 'compare',
    operand,
    operator,
    value: bindLiteral(attribute, { operator, value, allow }),
  });
}

function bindNull(operator: Operator, operand: Operand): Filter {
  const present: Filter = Object.freeze({ kind: 'present', operand });
  if (operator === 'ne') return present;
  if (operator === 'eq') return Object.freeze({ kind: 'not', operand: present });
  throw invalid('null can only be compared with eq and ne.');
}

/**
 * `emails co "x"` means `emails.value co "x"` (RFC 7644 §3.4.2.2); that Entra's `manager eq "id"` means
 * `manager.value eq "id"` (T31), manager being one value, is a tolerance.
 */
function withImplicitValue(operand: Operand, allow: AllowLeniency): Operand {
  if (operand.from === 'element' || operand.path.sub !== undefined) return operand;
  const { attribute } = operand.path;
  const sub = attribute.subAttributes.get('value');
  if (sub === undefined || !(attribute.multiValued || allow('value-for-complex'))) return operand;
  const path: AttributePath = Object.freeze({ ...operand.path, sub });
  return { from: 'resource', path };
}

interface Comparison {
  readonly operator: Operator;
  readonly value: Literal;
  readonly allow: AllowLeniency;
}

function bindLiteral(
  attribute: Attribute,
  { operator, value, allow }: Comparison,
): string | number | boolean {
  const isSubstring = operator === 'co' || operator === 'sw' || operator === 'ew';
  if (attribute.type === 'boolean' && typeof value === 'string') {
    // T2: Entra ID filters with primary eq "True".
    const word = value.toLowerCase();
    if ((word === 'true' || word === 'false') && allow('boolean-as-string')) return word === 'true';
  }
  const key = isSubstring && attribute.type === 'dateTime' ? undefined : toSearchKey(attribute, value);
  if (key === undefined)
    throw invalid(`${attribute.name} is compared with a value that is not a ${attribute.type}.`);
  return key;
}

const ORDERING: ReadonlySet<Operator> = new Set(['gt', 'ge', 'lt', 'le']);
const SUBSTRING: ReadonlySet<Operator> = new Set(['co', 'sw', 'ew']);

function requireOperator(attribute: Attribute, operator: Operator): void {
  const { type } = attribute;
  // RFC 7644 §3.4.2.2: ordering of boolean and binary values is invalidFilter.
  const isOrderless = type === 'boolean' || type === 'binary';
  const isText = type === 'string' || type === 'reference' || type === 'binary';
  if ((ORDERING.has(operator) && isOrderless) || (SUBSTRING.has(operator) && !isText)) {
    throw invalid(`${attribute.name} is a ${type}, which cannot be compared with ${operator}.`);
  }
}

/** A value that is never returned must not be guessed by filtering either (RFC 7643 §7). */
function requireReadable(operand: Operand): void {
  const attributes = operand.from === 'element' ? [operand.sub] : [operand.path.attribute, operand.path.sub];
  for (const attribute of attributes) {
    if (attribute === undefined) continue;
    if (attribute.returned === 'never' || attribute.mutability === 'writeOnly') {
      throw invalid(`${attribute.name} cannot be filtered on.`);
    }
  }
  if (operand.from === 'resource' && operand.path.sub !== undefined) {
    requireRelationKey(operand.path.attribute, operand.path.sub);
  }
  if (operand.from === 'resource' && isCommon(operand.path.attribute, 'meta')) {
    // The location depends on the URL the client came by, the version on groups; neither is stored.
    const name = operand.path.sub?.name;
    if (name === 'location' || name === 'version') throw invalid(`meta.${name} cannot be filtered on.`);
  }
}

/** Relations are rows: searched by id, type and, for groups of a user, by the group's name. */
function requireRelationKey(attribute: Attribute, sub: Attribute): void {
  const isSearchable = sub.name === 'value' || sub.name === 'type' || attribute.relation === 'memberOf';
  if (attribute.relation !== undefined && (!isSearchable || sub.name === '$ref')) {
    throw invalid(`${attribute.name}.${sub.name} cannot be filtered on; filter on ${attribute.name}.value.`);
  }
}

function attributeOf(operand: Operand): Attribute {
  return operand.from === 'element' ? operand.sub : (operand.path.sub ?? operand.path.attribute);
}

function isEquality(operator: Operator): boolean {
  return operator === 'eq' || operator === 'ne';
}

function constant(value: boolean): Filter {
  return Object.freeze({ kind: 'constant', value });
}

function invalid(detail: string) {
  return badRequest('invalidFilter', detail);
}
