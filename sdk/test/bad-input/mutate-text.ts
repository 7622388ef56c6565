import type { Dice } from '../support/dice.ts';

/** A text made wrong in one to four places: cut, doubled, swapped, or with a piece that does not belong there. */
export function mutateText(text: string, pieces: readonly string[], dice: Dice): string {
  let result = text;
  for (let change = 0; change <= dice.int(4); change += 1) result = mutateOnce(result, pieces, dice);
  return result;
}

function mutateOnce(text: string, pieces: readonly string[], dice: Dice): string {
  const at = dice.int(text.length + 1);
  const end = at + dice.int(Math.min(text.length - at, 12) + 1);
  const [before, middle, after] = [text.slice(0, at), text.slice(at, end), text.slice(end)];
  switch (dice.int(7)) {
    case 0:
      return before + after;
    case 1:
      return before + dice.pick(pieces) + middle + after;
    case 2:
      return before + dice.pick(pieces) + after;
    case 3:
      return before + middle + middle + after;
    case 4:
      return before + String.fromCharCode(dice.int(dice.oneIn(3) ? 0x1_0000 : 0x80)) + middle + after;
    case 5:
      return before + middle.repeat(1 + dice.int(40)) + after;
    default:
      return before + Array.from(middle).reverse().join('') + after;
  }
}

/** Text out of pieces and nothing else. */
export function assemble(pieces: readonly string[], dice: Dice): string {
  return dice.picks(pieces, 1 + dice.int(14)).join(dice.pick(['', ' ']));
}

/** Bytes read as Latin-1, one character each. */
export function randomBytes(dice: Dice, most: number): string {
  return Array.from({ length: dice.int(most + 1) }, () => String.fromCharCode(dice.int(256))).join('');
}
