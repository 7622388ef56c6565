import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FilterSyntax } from '../../src/protocol/filter/ast.ts';
import { bindFilter } from '../../src/protocol/filter/bind.ts';
import { matchFilter } from '../../src/protocol/filter/match.ts';
import { parseFilter } from '../../src/protocol/filter/parse.ts';
import { printFilter } from '../../src/protocol/filter/print.ts';
import { countInputs, runs, SEED, seconds } from '../support/counts.ts';
import { createDice, type Dice } from '../support/dice.ts';
import { arbitraryFilter } from '../support/filters.ts';
import { allTypes, userType } from '../support/resource-types.ts';
import { connect, group, openScim, send } from '../support/scim.ts';
import { STORES } from '../support/stores.ts';
import { arbitraryBody } from '../support/values.ts';

describe('filters from the grammar', () => {
  test(
    'B1: a valid filter, however it is spelled, is read as the tree it was made from',
    () => {
      const count = runs(200_000);
      const filters = fc.oneof(
        ...allTypes.map((type) =>
          arbitraryFilter(type, fc.sample(arbitraryBody(type), { numRuns: 20, seed: SEED })),
        ),
      );
      let tried = 0;
      fc.assert(
        fc.property(filters, (tree) => {
          const text = tried % 2 === 0 ? printFilter(tree) : spell(tree, createDice(SEED + tried));
          if (JSON.stringify(parseFilter(text)) !== JSON.stringify(tree)) throw new Error(text);
          tried += 1;
        }),
        { seed: SEED, numRuns: count, endOnFailure: true },
      );
      countInputs('B1 valid filters', tried);
      expect(tried).toBe(count);
    },
    seconds(120),
  );
});

/** A filter in one of the ways RFC 7644 §3.4.2.2 lets it be written: keywords in any case, more blanks and brackets. */
function spell(filter: FilterSyntax, dice: Dice): string {
  const text = spellNode(filter, dice);
  // Bounded, because depth is.
  return dice.oneIn(4)
    ? `${blank(dice, 0)}(${blank(dice, 0)}${text}${blank(dice, 0)})${blank(dice, 0)}`
    : text;
}

function spellNode(filter: FilterSyntax, dice: Dice): string {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.operands
        .map((operand) => spellOperand(operand, filter.kind, dice))
        .join(`${blank(dice, 1)}${anyCase(filter.kind, dice)}${blank(dice, 1)}`);
    case 'not':
      return `${anyCase('not', dice)}${blank(dice, 0)}(${blank(dice, 0)}${spellNode(filter.operand, dice)}${blank(dice, 0)})`;
    case 'present':
      return `${filter.path}${blank(dice, 1)}${anyCase('pr', dice)}`;
    case 'valuePath':
      return `${filter.path}[${blank(dice, 0)}${spellNode(filter.filter, dice)}${blank(dice, 0)}]`;
    case 'compare': {
      const value =
        typeof filter.value === 'string' ? spellString(filter.value, dice) : JSON.stringify(filter.value);
      return `${filter.path}${blank(dice, 1)}${anyCase(filter.operator, dice)}${blank(dice, 1)}${value}`;
    }
  }
}

function spellOperand(operand: FilterSyntax, parent: 'and' | 'or', dice: Dice): string {
  const text = spellNode(operand, dice);
  // `and` binds tighter than `or`, and a chain of one kind in brackets is a tree of its own.
  const needsBrackets = operand.kind === parent || (operand.kind === 'or' && parent === 'and');
  return needsBrackets || dice.oneIn(5) ? `(${text})` : text;
}

/** JSON lets every character be written as an escape. */
function spellString(value: string, dice: Dice): string {
  if (!dice.oneIn(3)) return JSON.stringify(value);
  const units = Array.from({ length: value.length }, (_, index) => value.charCodeAt(index));
  return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')}"`;
}

function anyCase(word: string, dice: Dice): string {
  return Array.from(word, (letter) => (dice.oneIn(2) ? letter.toUpperCase() : letter)).join('');
}

function blank(dice: Dice, least: number): string {
  const length = dice.oneIn(4) ? least + 1 + dice.int(2) : least;
  return dice.picks([' ', ' ', '\t'], length).join('');
}

describe.each(STORES)('filters over HTTP on $name', (store) => {
  test(
    'B1: a list shows what the filter finds among the resources themselves',
    async () => {
      const { scim } = openScim({ database: store.createDatabase(), limits: { maxPageSize: 1000 } });
      const { key } = await connect(scim);
      const ids: string[] = [];
      for (const [index, body] of fc
        .sample(arbitraryBody(userType), { numRuns: 160, seed: SEED })
        .entries()) {
        const answer = await send(scim, '/Users', { key, body: { ...body, userName: `user${index}` } });
        expect(answer.status).toBe(201);
        ids.push(answer.body.id);
      }
      for (let index = 0; index < 40; index += 1) {
        const members = ids.filter((_, place) => place % (index + 2) === 0);
        expect((await send(scim, '/Groups', { key, body: group(`Group ${index}`, members) })).status).toBe(
          201,
        );
      }
      const all = (await send(scim, '/Users?count=1000', { key })).body.Resources;
      expect(all).toHaveLength(160);
      let some = 0;
      let tried = 0;
      await fc.assert(
        fc.asyncProperty(arbitraryFilter(userType, all), async (tree) => {
          const text = printFilter(tree);
          const filter = bindFilter(userType, parseFilter(text));
          const expected = all.filter((resource: never) => matchFilter(filter, resource));
          const path = `/Users?count=1000&attributes=id&filter=${encodeURIComponent(text)}`;
          // Longer ones go in a body (RFC 7644 §3.4.3).
          const answer =
            path.length < 8000
              ? await send(scim, path, { key })
              : await send(scim, '/Users/.search', {
                  key,
                  body: { filter: text, count: 1000, attributes: ['id'] },
                });
          expect(answer.status).toBe(200);
          expect(answer.body.Resources.map(({ id }: { id: string }) => id)).toEqual(
            expected.map(({ id }: { id: string }) => id),
          );
          tried += 1;
          if (expected.length > 0 && expected.length < all.length) some += 1;
        }),
        { seed: SEED, numRuns: runs(500), endOnFailure: true },
      );
      countInputs(`B1 filters over HTTP, ${store.name}: some rows`, some);
      countInputs(`B1 filters over HTTP, ${store.name}: all rows or none`, tried - some);
      expect(some).toBeGreaterThan(tried / 4);
    },
    seconds(60),
  );
});
