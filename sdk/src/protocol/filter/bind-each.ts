import { ScimError } from '../errors.ts';
import type { AllowLeniency } from '../leniency/leniency.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import type { Filter, FilterSyntax } from './ast.ts';
import { bindFilter, withoutValue } from './bind.ts';

/**
 * Binds one filter to several resource types, for a query that finds resources of all of them. RFC 7644 §3.4.2.1:
 * to a type that does not have an attribute it is without value. So it is to one whose attribute of that name takes
 * another comparison: `active eq true` is no fault because devices have a text called active.
 *
 * @returns a filter for each type, in their order.
 * @throws ScimError 400 `invalidFilter` for a comparison that fits none of the types that have its attribute.
 */
export function bindFilterToEach(
  types: readonly ResourceType[],
  syntax: FilterSyntax,
  allow: AllowLeniency,
): readonly Filter[] {
  switch (syntax.kind) {
    case 'and':
    case 'or': {
      const operands = syntax.operands.map((operand) => bindFilterToEach(types, operand, allow));
      return types.map((_type, index) =>
        Object.freeze({
          kind: syntax.kind,
          operands: Object.freeze(operands.flatMap((of) => of[index] ?? [])),
        }),
      );
    }
    case 'not':
      return bindFilterToEach(types, syntax.operand, allow).map((operand) =>
        Object.freeze({ kind: 'not', operand }),
      );
    default:
      return bindTermToEach(types, syntax, allow);
  }
}

function bindTermToEach(
  types: readonly ResourceType[],
  term: FilterSyntax,
  allow: AllowLeniency,
): readonly Filter[] {
  const attempts = types.map((type) => attempt(() => bindFilter(type, term, allow)));
  const fitsOne = attempts.some((found) => !(found instanceof ScimError) && found.kind !== 'constant');
  return attempts.map((found) => {
    if (!(found instanceof ScimError)) return found;
    if (!fitsOne) throw found;
    return withoutValue(term);
  });
}

function attempt(bind: () => Filter): Filter | ScimError {
  try {
    return bind();
  } catch (error) {
    if (error instanceof ScimError) return error;
    throw error;
  }
}
