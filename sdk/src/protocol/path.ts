import { type AllowLeniency, allowAll } from './leniency/leniency.ts';
import { type Attribute, type ResourceType, type Schema, schemasOf } from './schema/resource-type.ts';

/**
 * An attribute path found in the schema (RFC 7644 §3.10).
 *
 * `extension` is set when the attribute lives under an extension's URN; `sub` when the path names a
 * sub-attribute.
 */
export interface AttributePath {
  readonly extension: Schema | undefined;
  readonly attribute: Attribute;
  readonly sub: Attribute | undefined;
}

/** What a path text names in a resource type. */
export type PathTarget =
  | { readonly kind: 'attribute'; readonly path: AttributePath }
  | { readonly kind: 'extension'; readonly schema: Schema }
  | { readonly kind: 'unknown' };

const UNKNOWN: PathTarget = Object.freeze({ kind: 'unknown' });

/**
 * Finds `userName`, `name.givenName`, `urn:…:User:userName`, `urn:…:enterprise:2.0:User:manager.value` or an
 * extension's bare URN; names and URNs are compared without case (RFC 7643 §2.1).
 *
 * A short name that only an extension has, such as Entra's `manager`, is found there (T31).
 */
export function findPath(type: ResourceType, text: string, allow = allowAll): PathTarget {
  if (!text.includes(':')) return findInType(type, text, allow);
  const lower = text.toLowerCase();
  for (const schema of schemasOf(type)) {
    const urn = schema.id.toLowerCase();
    if (lower === urn) return schema === type.schema ? UNKNOWN : { kind: 'extension', schema };
    if (!lower.startsWith(`${urn}:`)) continue;
    const rest = text.slice(urn.length + 1);
    const found =
      schema === type.schema
        ? findIn(type.attributes, undefined, rest)
        : findIn(schema.attributes, schema, rest);
    // One URN may begin another: urn:example:Device and urn:example:Device:Asset.
    if (found.kind !== 'unknown') return found;
  }
  return UNKNOWN;
}

function findInType(type: ResourceType, text: string, allow: AllowLeniency): PathTarget {
  const own = findIn(type.attributes, undefined, text);
  if (own.kind !== 'unknown') return own;
  for (const { schema } of type.extensions) {
    const found = findIn(schema.attributes, schema, text);
    if (found.kind !== 'unknown') return allow('enterprise-at-root') ? found : UNKNOWN;
  }
  return UNKNOWN;
}

function findIn(
  attributes: ReadonlyMap<string, Attribute>,
  extension: Schema | undefined,
  text: string,
): PathTarget {
  const dot = text.indexOf('.');
  const name = dot === -1 ? text : text.slice(0, dot);
  const attribute = attributes.get(name.toLowerCase());
  if (attribute === undefined) return UNKNOWN;
  if (dot === -1) return { kind: 'attribute', path: Object.freeze({ extension, attribute, sub: undefined }) };
  const sub = attribute.subAttributes.get(text.slice(dot + 1).toLowerCase());
  return sub === undefined
    ? UNKNOWN
    : { kind: 'attribute', path: Object.freeze({ extension, attribute, sub }) };
}

/** The path as text, in schema case. */
export function printPath(path: AttributePath): string {
  const prefix = path.extension === undefined ? '' : `${path.extension.id}:`;
  const sub = path.sub === undefined ? '' : `.${path.sub.name}`;
  return `${prefix}${path.attribute.name}${sub}`;
}

/** True when the text could be an attribute path at all (ABNF of RFC 7644 §3.10), or `$ref` inside brackets. */
export function isPathText(text: string): boolean {
  return /^(?:urn:[A-Za-z0-9][A-Za-z0-9-]*:[A-Za-z0-9._:/-]*:)?(?:[A-Za-z][A-Za-z0-9_-]*|\$ref)(?:\.(?:[A-Za-z][A-Za-z0-9_-]*|\$ref))?$/i.test(
    text,
  );
}

/** True when the text could be the name of a sub-attribute. */
export function isSubAttributeText(text: string): boolean {
  return /^(?:[A-Za-z][A-Za-z0-9_-]*|\$ref)$/i.test(text);
}
