import type { AttributePath } from '../path.ts';
import type { Attribute } from '../schema/resource-type.ts';

/** Comparison operators of RFC 7644 §3.4.2.2, `pr` apart. */
export type Operator = 'eq' | 'ne' | 'co' | 'sw' | 'ew' | 'gt' | 'ge' | 'lt' | 'le';

/** A literal of a comparison. */
export type Literal = string | number | boolean | null;

/** A filter as written: names are text, nothing is known of a schema. Frozen. */
export type FilterSyntax =
  | { readonly kind: 'and' | 'or'; readonly operands: readonly FilterSyntax[] }
  | { readonly kind: 'not'; readonly operand: FilterSyntax }
  | { readonly kind: 'compare'; readonly path: string; readonly operator: Operator; readonly value: Literal }
  | { readonly kind: 'present'; readonly path: string }
  | { readonly kind: 'valuePath'; readonly path: string; readonly filter: FilterSyntax };

/** Where a comparison looks: a path from the resource, or a sub-attribute of the element in hand. */
export type Operand =
  | { readonly from: 'resource'; readonly path: AttributePath }
  | { readonly from: 'element'; readonly sub: Attribute };

/**
 * A filter bound to a resource type: read by `match` in memory and by the SQL compiler. Literals are already
 * in the form they are compared in (`toSearchKey`). Frozen.
 */
export type Filter =
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Filter[] }
  | { readonly kind: 'not'; readonly operand: Filter }
  | { readonly kind: 'constant'; readonly value: boolean }
  | {
      readonly kind: 'compare';
      readonly operand: Operand;
      readonly operator: Operator;
      readonly value: string | number | boolean;
    }
  | { readonly kind: 'present'; readonly operand: Operand }
  /** True when one element of a complex attribute meets the whole inner filter. */
  | { readonly kind: 'element'; readonly path: AttributePath; readonly filter: Filter };
