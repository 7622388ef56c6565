import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parsePathSyntax } from '../../src/protocol/filter/parse.ts';
import { printFilter } from '../../src/protocol/filter/print.ts';
import { findPath, printPath } from '../../src/protocol/path.ts';
import { countInputs, runs, SEED, seconds } from '../support/counts.ts';
import { arbitraryValuePath, collectPaths } from '../support/filters.ts';
import { allTypes } from '../support/resource-types.ts';
import { arbitraryBody } from '../support/values.ts';

test(
  'B3: a path with a filter is read as the attribute, the filter and the part it was made from',
  () => {
    const count = runs(20_000);
    const paths = fc.oneof(
      ...allTypes.map((type) => {
        const { elements } = collectPaths(type, fc.sample(arbitraryBody(type), { numRuns: 20, seed: SEED }));
        const part = fc.constantFrom(
          undefined,
          ...elements.flatMap(({ subs }) => subs.map(({ text }) => text)),
        );
        return fc.record({ chosen: arbitraryValuePath(elements), part });
      }),
    );
    let tried = 0;
    fc.assert(
      fc.property(paths, ({ chosen, part }) => {
        const text = `${printFilter(chosen)}${part === undefined ? '' : `.${part}`}`;
        expect(parsePathSyntax(text)).toEqual({ path: chosen.path, filter: chosen.filter, sub: part });
        tried += 1;
      }),
      { seed: SEED, numRuns: count, endOnFailure: true },
    );
    countInputs('B3 valid paths with filters', tried);
    expect(tried).toBe(count);
  },
  seconds(60),
);

test('B3: the path of every attribute and part, in any case, is found, and printed as the schema has it', () => {
  let tried = 0;
  for (const type of allTypes) {
    for (const { text, leaf } of collectPaths(type, []).paths) {
      // Below the URN of its own schema too.
      const spellings = text.includes(':') ? [text] : [text, `${type.schema.id}:${text}`];
      for (const spelling of spellings.flatMap((one) => [one, one.toUpperCase(), one.toLowerCase()])) {
        const found = findPath(type, spelling);
        if (found.kind !== 'attribute') throw new Error(`${type.name}: ${spelling}`);
        expect(printPath(found.path)).toBe(text);
        expect(found.path.sub ?? found.path.attribute).toBe(leaf);
        tried += 1;
      }
    }
  }
  expect(tried).toBeGreaterThan(500);
});
