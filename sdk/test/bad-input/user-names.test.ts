import { describe, expect, test } from 'vitest';
import { fold } from '../../src/protocol/fold.ts';
import { countInputs, runs, SEED, seconds, tryInputs } from '../support/counts.ts';
import { createDice, type Dice } from '../support/dice.ts';
import { connect, openScim, send, user } from '../support/scim.ts';
import { STORES } from '../support/stores.ts';

/** Every code point that text may hold. */
function* codePoints(): Generator<string> {
  for (let point = 1; point <= 0x10_ffff; point += 1)
    if (point < 0xd800 || point > 0xdfff) yield String.fromCodePoint(point);
}

/** What changes the case or the composition of its neighbours, and what does not. */
const NEIGHBOURS = [
  'a',
  'I',
  'i',
  'ı',
  'İ',
  'Σ',
  'σ',
  'ς',
  'ß',
  'K',
  '\u0300',
  '\u0301',
  '\u0307',
  '\u0308',
  '\u0323',
  '\u0327',
  '\u0345',
  '\u1100',
  '\u1161',
  '\u11a8',
  '\u200d',
  '.',
  '\u{1e900}',
];

/**
 * The key of a name, told one code point after another: composed, each letter lower-cased for itself, both small
 * sigmas one letter, composed again. Without context, so that it shares no step with what is tested.
 */
function keyOf(name: string): string {
  let key = '';
  for (const letter of name.normalize('NFC')) {
    const lower = letter === 'Σ' || letter === 'ς' ? 'σ' : letter.toLowerCase();
    key += lower;
  }
  return key.normalize('NFC');
}

/** Another way to write a name, or nearly so. */
const VARIANTS: readonly ((name: string, dice: Dice) => string)[] = [
  (name) => name,
  (name) => name.toUpperCase(),
  (name) => name.toLowerCase(),
  (name) => name.normalize('NFD'),
  (name) => name.normalize('NFC'),
  (name) => name.normalize('NFKC'),
  (name) => name.normalize('NFD').toUpperCase(),
  (name) => name.replaceAll('σ', 'ς'),
  (name) => name.replaceAll('k', '\u212a').replaceAll('å', '\u212b'),
  (name) => name.replaceAll('i', 'ı'),
  (name) => name.replaceAll('I', 'İ'),
  (name) => name.replaceAll('ss', 'ß'),
  (name) => `${name}\u0301`,
  (name) => `${name}\u200b`,
  (name, dice) => Array.from(name, (letter) => (dice.oneIn(2) ? letter.toUpperCase() : letter)).join(''),
  (name, dice) => name + dice.pick(NEIGHBOURS),
];

const LETTERS = Array.from(
  'abkiIKsSßςσΣοΟδİıåÅéÉﬁǅǆᾳΐŉαЖжԱա\u0300\u0301\u0307\u0308\u0345\u1100\u1161한각𐐀𐐨😀.@-',
);

function arbitraryName(dice: Dice): string {
  const letters = Array.from({ length: 1 + dice.int(8) }, () => {
    if (!dice.oneIn(4)) return dice.pick(LETTERS);
    const point = 1 + dice.int(dice.oneIn(2) ? 0x3000 : 0x2_0000);
    return point >= 0xd800 && point <= 0xdfff ? 'x' : String.fromCodePoint(point);
  });
  return letters.join('');
}

function arbitraryPair(dice: Dice): readonly [string, string] {
  const name = arbitraryName(dice);
  return [name, dice.oneIn(10) ? arbitraryName(dice) : dice.pick(VARIANTS)(name, dice)];
}

describe('folding names', () => {
  test(
    'B7, case S33: folding twice is folding once for every code point beside any neighbour, composed or not',
    () => {
      // Every code point beside itself and one neighbour; beside all of them in so many runs.
      const dice = createDice(SEED);
      const wrong: string[] = [];
      let tried = 0;
      for (const letter of codePoints()) {
        const neighbour = dice.pick(NEIGHBOURS);
        for (const text of [letter, letter + neighbour, neighbour + letter, letter + letter]) {
          tried += 1;
          const once = fold(text);
          if (fold(once) !== once || fold(text.normalize('NFD')) !== once || once !== keyOf(text))
            wrong.push(text);
        }
      }
      countInputs('B7 code points and pairs of them', tried);
      expect(tried).toBeGreaterThan(4_000_000);
      expect(wrong.map((text) => JSON.stringify(text))).toEqual([]);
    },
    seconds(120),
  );

  test(
    'B7: two names have one key exactly when they are one name in another spelling',
    () => {
      const same = { yes: 0, no: 0 };
      tryInputs('B7 pairs of names', runs(100_000), (dice) => {
        const [left, right] = arbitraryPair(dice);
        const [a, b] = [fold(left), fold(right)];
        const isSame = keyOf(left) === keyOf(right);
        if (fold(a) !== a || fold(b) !== b || (a === b) !== isSame)
          throw new Error(JSON.stringify([left, right]));
        if (isSame) same.yes += 1;
        else same.no += 1;
        return undefined;
      });
      expect(same.yes).toBeGreaterThan(runs(10_000));
      expect(same.no).toBeGreaterThan(runs(10_000));
    },
    seconds(60),
  );
});

describe.each(STORES)('names on $name', (store) => {
  test(
    'B7: a second user is 409 exactly when the name is the first one in another spelling',
    async () => {
      const { scim } = openScim({ database: store.createDatabase() });
      const count = runs(3_000);
      const dice = createDice(SEED);
      for (let tried = 0; tried < count; tried += 300) {
        const { key } = await connect(scim, `customer-${tried}`);
        // A number makes each pair a name of its own.
        const pairs = Array.from({ length: 300 }, (_, index) =>
          arbitraryPair(dice).map((name) => `${index}${name}x`),
        );
        const operations = pairs.flat().map((userName, index) => ({
          method: 'POST',
          path: '/Users',
          bulkId: `n${index}`,
          data: user(userName),
        }));
        const answer = await send(scim, '/Bulk', {
          key,
          body: {
            schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
            Operations: operations,
          },
        });
        expect(answer.status).toBe(200);
        const statuses = answer.body.Operations.map(({ status }: { status: string }) => status);
        const expected = pairs.flatMap(([left = '', right = '']) => [
          '201',
          keyOf(left) === keyOf(right) ? '409' : '201',
        ]);
        expect(statuses, `SCIMKIT_SEED=${SEED}`).toEqual(expected);
        countInputs(
          `B7 pairs of users on ${store.name}: refused`,
          expected.filter((status) => status === '409').length,
        );
        countInputs(
          `B7 pairs of users on ${store.name}: accepted`,
          600 - expected.filter((status) => status === '409').length,
        );
      }
    },
    seconds(60),
  );
});
