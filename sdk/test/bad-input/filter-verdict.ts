import { ScimError } from '../../src/protocol/errors.ts';
import { bindFilter } from '../../src/protocol/filter/bind.ts';
import { parseFilter, parsePathSyntax } from '../../src/protocol/filter/parse.ts';
import { printFilter } from '../../src/protocol/filter/print.ts';
import { parsePatchTarget } from '../../src/protocol/patch/target.ts';
import { requirePrototypeNames } from '../support/prototypes.ts';
import { allTypes } from '../support/resource-types.ts';

/**
 * Reads any text as a filter, as a PATCH path and against resource types.
 *
 * @throws Error when it is neither a tree nor a 400 of the right kind, or when a tree does not survive printing.
 */
export function judgeFilter(text: string): 'accepted' | 'refused' {
  const tree = readOrRefuse('invalidFilter', () => parseFilter(text));
  const path = readOrRefuse('invalidPath', () => parsePathSyntax(text));
  if (tree !== undefined) {
    const printed = printFilter(tree);
    // Printing adds brackets and blanks, which may be what goes beyond the longest filter.
    const again = printed.length > 4096 ? tree : parseFilter(printed);
    if (JSON.stringify(again) !== JSON.stringify(tree)) throw new Error(`printed as ${printed}`);
  }
  if (tree !== undefined)
    for (const type of allTypes) readOrRefuse('invalidFilter', () => bindFilter(type, tree));
  const type = allTypes[text.length % allTypes.length] ?? allTypes[0];
  readOrRefuse('invalidPath', () => parsePatchTarget(type, text, () => true));
  requirePrototypeNames();
  return tree === undefined && path === undefined ? 'refused' : 'accepted';
}

function readOrRefuse<T>(scimType: string, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const isRight = error instanceof ScimError && error.status === 400 && error.scimType === scimType;
    if (!isRight) throw error;
    return undefined;
  }
}
