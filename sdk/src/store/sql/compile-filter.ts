import type { Filter, Operand, Operator } from '../../protocol/filter/ast.ts';
import { compareKeys } from '../../protocol/filter/match.ts';
import type { AttributePath } from '../../protocol/path.ts';
import {
  type Attribute,
  isCommon,
  type ResourceType,
  schemasOf,
} from '../../protocol/schema/resource-type.ts';
import type { Dialect } from './dialect.ts';
import { type Fragment, join, raw, sql } from './fragment.ts';
import { findKeyColumn, requiredEqualities, selectAlternatives, selectByRows } from './indexed-ids.ts';

/** What a filter or a sort key is compiled against. The resources table goes by the alias `r`. */
export interface CompileContext {
  readonly type: ResourceType;
  readonly connectionId: string;
  /** The table prefix. */
  readonly prefix: string;
  readonly dialect: Dialect;
}

/**
 * Compiles a bound filter to a condition on `r`. Its meaning is that of `matchFilter`: one table of cases
 * and a property test hold both to it. Values and JSON paths are bound, so no text of the request reaches SQL.
 */
export function compileFilter(filter: Filter, context: CompileContext): Fragment {
  return compile(filter, { ...context, element: undefined });
}

/** The expression resources are ordered by; undefined when the attribute has no order in SQL. */
export function compileSortKey(path: AttributePath, context: CompileContext): Fragment | undefined {
  const { attribute } = path;
  if (attribute.relation !== undefined || isCommon(attribute, 'schemas')) return undefined;
  const sub = path.sub ?? attribute.subAttributes.get('value');
  // A list of values inside one value has no order.
  if ((attribute.type === 'complex' && sub === undefined) || sub?.multiValued) return undefined;
  if (!attribute.multiValued) {
    const source = sourceOf(
      { from: 'resource', path: sub === path.sub ? path : { ...path, sub } },
      {
        ...context,
        element: undefined,
      },
    );
    return source.kind === 'scalar' ? source.value : undefined;
  }
  const { dialect } = context;
  const elements = dialect.elements(DOCUMENT, attributeNames(path), 'e');
  if (sub === undefined) {
    return sql`(SELECT ${dialect.readElement('e', attribute.type)} FROM ${elements} ORDER BY e.key LIMIT 1)`;
  }
  const value = dialect.readJson(ELEMENT, [sub.name], sub.type);
  const primary = dialect.readJson(ELEMENT, ['primary'], 'boolean');
  return sql`(SELECT ${value} FROM ${elements} ORDER BY coalesce(${primary}, 0) DESC, e.key LIMIT 1)`;
}

/** The search document of the resource `r`, and an element `e` of one of its lists. */
const DOCUMENT = raw('r.search');
const ELEMENT = raw('e.value');

interface Scope extends CompileContext {
  /** Inside `attribute[…]`: how a sub-attribute of the element in hand is read. */
  readonly element: ((sub: Attribute) => Source) | undefined;
}

/** Where values come from: one expression, or rows of which any may match. */
type Source =
  | { readonly kind: 'scalar'; readonly value: Fragment }
  | { readonly kind: 'rows'; readonly from: Fragment; readonly value: Fragment };

function compile(filter: Filter, scope: Scope): Fragment {
  switch (filter.kind) {
    case 'and':
      return parenthesise(filter.operands, ' AND ', scope);
    case 'or':
      return compileOr({ ...filter, kind: 'or' }, scope);
    case 'not':
      // A comparison with an absent value is NULL; under NOT it has to count as false.
      return sql`NOT coalesce(${compile(filter.operand, scope)}, FALSE)`;
    case 'constant':
      return raw(filter.value ? 'TRUE' : 'FALSE');
    case 'present':
      return compilePresent(filter.operand, scope);
    case 'compare':
      return compileCompare(filter, scope);
    case 'element':
      return compileElement(filter, scope);
  }
}

function parenthesise(operands: readonly Filter[], separator: string, scope: Scope): Fragment {
  return sql`(${join(
    operands.map((operand) => compile(operand, scope)),
    separator,
  )})`;
}

function compileOr(filter: Filter & { kind: 'or' }, scope: Scope): Fragment {
  const condition = parenthesise(filter.operands, ' OR ', scope);
  const ids = scope.element === undefined ? selectAlternatives(filter, scope) : undefined;
  if (ids === undefined) return condition;
  // coalesce() keeps SQLite from going through the alternatives itself, some of them without an index.
  return sql`(${scope.dialect.among(raw('r.id'), ids)} AND coalesce(${condition}, FALSE))`;
}

function compileCompare(filter: Filter & { kind: 'compare' }, scope: Scope): Fragment {
  const { operand, operator, value } = filter;
  if (operand.from === 'resource') {
    if (isCommon(operand.path.attribute, 'schemas')) return compileSchemas(operator, value, scope);
    const indexed = operator === 'eq' ? compileIndexed(operand.path, value, scope) : undefined;
    if (indexed !== undefined) return indexed;
  }
  const source = sourceOf(operand, scope);
  const share = operator === 'eq' ? expectedShare(operand, scope) : undefined;
  if (share !== undefined && source.kind === 'scalar')
    return scope.dialect.expectShare(sql`${source.value} = ${bind(value)}`, share);
  if (operator !== 'ne')
    return anyValue(source, (expression) =>
      compareExpression(expression, operator, { value, dialect: scope.dialect }),
    );
  if (source.kind === 'scalar') return sql`${source.value} IS DISTINCT FROM ${bind(value)}`;
  const none = sql`NOT ${anyValue(source, (expression) => sql`${expression} IS NOT NULL`)}`;
  return sql`(${none} OR ${anyValue(source, (expression) => sql`${expression} <> ${bind(value)}`)})`;
}

/** The share of a type's resources that have one value of a key column; undefined = it has no such column. */
function expectedShare(operand: Operand, { type }: Scope): number | undefined {
  const column = operand.from === 'element' ? undefined : findKeyColumn(operand.path, type);
  if (column === undefined) return undefined;
  return column === 'active' ? 0.1 : 0.0001;
}

function compileIndexed(
  path: AttributePath,
  value: string | number | boolean,
  scope: Scope,
): Fragment | undefined {
  const ids = selectByRows(path, value, scope);
  return ids && scope.dialect.among(raw('r.id'), ids);
}

function compileElement(filter: Filter & { kind: 'element' }, scope: Scope): Fragment {
  const prefilters = requiredEqualities(filter.filter)
    .map(({ sub, value }) => compileIndexed({ ...filter.path, sub }, value, scope))
    .filter((fragment) => fragment !== undefined);
  return sql`(${join([...prefilters, compileAnyElement(filter, scope)], ' AND ')})`;
}

function compileAnyElement(filter: Filter & { kind: 'element' }, scope: Scope): Fragment {
  const { path } = filter;
  const { attribute } = path;
  if (attribute.relation !== undefined) {
    const relation = relationRows(attribute, scope);
    const inner = compile(filter.filter, { ...scope, element: (sub) => relation.read(sub) });
    return sql`EXISTS (SELECT 1 FROM ${relation.from} AND ${inner})`;
  }
  if (!attribute.multiValued) {
    const names = attributeNames(path);
    if (isCommon(attribute, 'meta')) {
      return compile(filter.filter, {
        ...scope,
        element: (sub) => sourceOf({ from: 'resource', path: { ...path, sub } }, scope),
      });
    }
    const inner = compile(filter.filter, {
      ...scope,
      element: (sub) => jsonSource(DOCUMENT, { names: [...names, sub.name], attribute: sub }, scope),
    });
    return sql`(${scope.dialect.hasJson(DOCUMENT, names)} AND ${inner})`;
  }
  const inner = compile(filter.filter, {
    ...scope,
    element: (sub) => jsonSource(ELEMENT, { names: [sub.name], attribute: sub }, scope),
  });
  return sql`EXISTS (SELECT 1 FROM ${scope.dialect.elements(DOCUMENT, attributeNames(path), 'e')} WHERE ${inner})`;
}

const ALWAYS_PRESENT = ['id', 'schemas', 'meta'] as const;

/** Types whose values may be empty text, which counts as none. */
const HOLDING_TEXT: ReadonlySet<Attribute['type']> = new Set(['string', 'reference', 'binary', 'dateTime']);

function leafOf({ attribute, sub }: AttributePath): Attribute {
  return sub ?? attribute.subAttributes.get('value') ?? attribute;
}

function compilePresent(operand: Operand, scope: Scope): Fragment {
  if (operand.from === 'resource') {
    const { attribute, sub } = operand.path;
    if (ALWAYS_PRESENT.some((name) => isCommon(attribute, name))) return raw('TRUE');
    if (sub === undefined && attribute.type === 'complex' && attribute.relation === undefined) {
      return scope.dialect.hasJson(DOCUMENT, attributeNames(operand.path));
    }
    if (sub === undefined && attribute.relation !== undefined) {
      return sql`EXISTS (SELECT 1 FROM ${relationRows(attribute, scope).from})`;
    }
  }
  const leaf = operand.from === 'element' ? operand.sub : leafOf(operand.path);
  return anyValue(sourceOf(operand, scope), (expression) =>
    HOLDING_TEXT.has(leaf.type)
      ? sql`(${expression} IS NOT NULL AND ${expression} <> '')`
      : sql`${expression} IS NOT NULL`,
  );
}

/** `schemas` is not stored: the base URN always stands there, an extension's where its data does. */
function compileSchemas(operator: Operator, value: string | number | boolean, scope: Scope): Fragment {
  const matching = schemasOf(scope.type).filter((schema) =>
    operator === 'ne' ? schema.id !== value : compareKeys(schema.id, operator, value),
  );
  const conditions = matching.map((schema) =>
    schema === scope.type.schema ? raw('TRUE') : scope.dialect.hasJson(DOCUMENT, [schema.id]),
  );
  return conditions.length === 0 ? raw('FALSE') : sql`(${join(conditions, ' OR ')})`;
}

function anyValue(source: Source, condition: (expression: Fragment) => Fragment): Fragment {
  if (source.kind === 'scalar') return condition(source.value);
  return sql`EXISTS (SELECT 1 FROM ${source.from} AND ${condition(source.value)})`;
}

function compareExpression(
  expression: Fragment,
  operator: Operator,
  { value, dialect }: { readonly value: string | number | boolean; readonly dialect: Dialect },
): Fragment {
  switch (operator) {
    case 'eq':
      return sql`${expression} = ${bind(value)}`;
    case 'ne':
      return sql`${expression} <> ${bind(value)}`;
    case 'gt':
      return sql`${expression} > ${bind(value)}`;
    case 'ge':
      return sql`${expression} >= ${bind(value)}`;
    case 'lt':
      return sql`${expression} < ${bind(value)}`;
    case 'le':
      return sql`${expression} <= ${bind(value)}`;
    default:
      return compareSubstring(expression, operator, { text: String(value), dialect });
  }
}

function compareSubstring(
  expression: Fragment,
  operator: 'co' | 'sw' | 'ew',
  { text, dialect }: { readonly text: string; readonly dialect: Dialect },
): Fragment {
  if (text === '') return sql`${expression} IS NOT NULL`;
  if (operator === 'co') return dialect.contains(expression, text);
  if (operator === 'ew') return dialect.endsWith(expression, text);
  // The bounds let an index narrow the search; the comparison of the prefix decides.
  const after = textAfter(text);
  const bounds =
    after === undefined
      ? sql`${expression} >= ${text}`
      : sql`${expression} >= ${text} AND ${expression} < ${after}`;
  return sql`(${bounds} AND substr(${expression}, 1, length(${text})) = ${text})`;
}

/** The least text greater than all texts with this prefix, by code point. */
function textAfter(prefix: string): string | undefined {
  const points = Array.from(prefix);
  const last = points.pop()?.codePointAt(0);
  if (last === undefined || last === 0x10ffff) return undefined;
  return points.join('') + String.fromCodePoint(last === 0xd7ff ? 0xe000 : last + 1);
}

function sourceOf(operand: Operand, scope: Scope): Source {
  if (operand.from === 'element') {
    if (scope.element === undefined)
      throw new TypeError('A filter on an element was compiled outside of one.');
    return scope.element(operand.sub);
  }
  const { path } = operand;
  const { attribute, sub } = path;
  if (isCommon(attribute, 'meta')) return scalar(metaExpression(sub, scope));
  const column = findKeyColumn(path, scope.type);
  if (column !== undefined) return scalar(raw(`r.${column}`));
  if (attribute.relation !== undefined && sub !== undefined) return relationSource(attribute, sub, scope);
  const names = attributeNames(path);
  if (!attribute.multiValued) {
    return sub === undefined
      ? jsonSource(DOCUMENT, { names, attribute }, scope)
      : jsonSource(DOCUMENT, { names: [...names, sub.name], attribute: sub }, scope);
  }
  const { dialect } = scope;
  const elements = dialect.elements(DOCUMENT, names, 'e');
  if (sub === undefined) {
    const value = dialect.readElement('e', attribute.type);
    return { kind: 'rows', from: sql`${elements} WHERE TRUE`, value };
  }
  const inner = jsonSource(ELEMENT, { names: [sub.name], attribute: sub }, scope);
  if (inner.kind === 'scalar') return { kind: 'rows', from: sql`${elements} WHERE TRUE`, value: inner.value };
  return { kind: 'rows', from: sql`${elements}, ${inner.from}`, value: inner.value };
}

function scalar(value: Fragment): Source {
  return { kind: 'scalar', value };
}

interface JsonPlace {
  readonly names: readonly string[];
  readonly attribute: Attribute;
}

function jsonSource(document: Fragment, { names, attribute }: JsonPlace, { dialect }: Scope): Source {
  if (!attribute.multiValued) return scalar(dialect.readJson(document, names, attribute.type));
  return {
    kind: 'rows',
    from: sql`${dialect.elements(document, names, 'i')} WHERE TRUE`,
    value: dialect.readElement('i', attribute.type),
  };
}

/** Instants are stored with milliseconds; search keys carry nanoseconds. */
function metaExpression(sub: Attribute | undefined, scope: Scope): Fragment {
  switch (sub?.name) {
    case 'created':
      return raw(`substr(r.created, 1, 23) || '000000Z'`);
    case 'lastModified':
      return raw(`substr(r.last_modified, 1, 23) || '000000Z'`);
    case 'resourceType':
      return sql`CAST(${scope.type.name} AS TEXT)`;
    default:
      return raw('NULL');
  }
}

interface Relation {
  readonly from: Fragment;
  readonly read: (sub: Attribute) => Source;
}

/** Rows of a relation of the resource `r`: its members, or the groups that hold it. */
function relationRows(attribute: Attribute, { prefix, dialect }: Scope): Relation {
  if (attribute.relation === 'members') {
    return {
      from: raw(`${prefix}members m WHERE m.connection_id = r.connection_id AND m.group_id = r.id`),
      read: (sub) => scalar(memberExpression(sub)),
    };
  }
  return {
    from: raw(
      `(WITH RECURSIVE above (group_id, direct) AS (SELECT m.group_id, 1 FROM ${prefix}members m WHERE m.connection_id = r.connection_id AND m.member_id = r.id UNION SELECT m.group_id, 0 FROM above CROSS JOIN ${prefix}members m WHERE m.connection_id = r.connection_id AND m.member_id = above.group_id) SELECT group_id, max(direct) AS direct FROM above GROUP BY group_id) held CROSS JOIN ${prefix}resources g WHERE g.connection_id = r.connection_id AND g.id = held.group_id`,
    ),
    read: (sub) => scalar(membershipExpression(sub, dialect)),
  };
}

function relationSource(attribute: Attribute, sub: Attribute, scope: Scope): Source {
  const relation = relationRows(attribute, scope);
  const source = relation.read(sub);
  return { kind: 'rows', from: relation.from, value: source.value };
}

function memberExpression(sub: Attribute): Fragment {
  if (sub.name === 'value') return raw('m.member_id');
  return sub.name === 'type' ? raw('lower(m.member_type)') : raw('NULL');
}

function membershipExpression(sub: Attribute, dialect: Dialect): Fragment {
  if (sub.name === 'value') return raw('held.group_id');
  if (sub.name === 'display') return dialect.readJson(raw('g.search'), ['displayName'], 'string');
  return sub.name === 'type' ? raw(`CASE held.direct WHEN 1 THEN 'direct' ELSE 'indirect' END`) : raw('NULL');
}

function attributeNames(path: AttributePath): readonly string[] {
  return path.extension === undefined ? [path.attribute.name] : [path.extension.id, path.attribute.name];
}

function bind(value: string | number | boolean): string | number {
  return typeof value === 'boolean' ? Number(value) : value;
}
