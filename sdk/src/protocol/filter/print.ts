import type { FilterSyntax } from './ast.ts';

/** The filter as text that parses back to the same tree. */
export function printFilter(filter: FilterSyntax): string {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.operands.map((operand) => printOperand(operand, filter.kind)).join(` ${filter.kind} `);
    case 'not':
      return `not (${printFilter(filter.operand)})`;
    case 'present':
      return `${filter.path} pr`;
    case 'valuePath':
      return `${filter.path}[${printFilter(filter.filter)}]`;
    case 'compare':
      return `${filter.path} ${filter.operator} ${JSON.stringify(filter.value)}`;
  }
}

function printOperand(operand: FilterSyntax, parent: 'and' | 'or'): string {
  const text = printFilter(operand);
  return operand.kind === 'or' || operand.kind === parent ? `(${text})` : text;
}
