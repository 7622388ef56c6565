/** Bytes that only the holder of a key can compute from a text; at least eight. */
export type KeyedHash = (text: string) => Buffer;

export interface PermutationOptions {
  readonly hash: KeyedHash;
  /** Permutations of different labels have nothing to do with each other. */
  readonly label: string;
  /** The numbers from 0 to below it are permuted; at most 10^15. */
  readonly size: number;
  /** The permutation stays within the numbers it accepts. @default all */
  readonly accepts?: (value: number) => boolean;
}

const ROUNDS = 8;

/**
 * Gives a number its place in a keyed permutation: different numbers stay different however few there are, which
 * no hash can promise, and nobody without the key can go back. A Feistel network that is walked until it is
 * back in range.
 *
 * @param value accepted, and from 0 to below the size
 */
export function permute(value: number, options: PermutationOptions): number {
  const { size, accepts = () => true } = options;
  const side = Math.ceil(Math.sqrt(size));
  let result = value;
  do result = encipher(result, side, options);
  while (result >= size || !accepts(result));
  return result;
}

function encipher(value: number, side: number, { hash, label, size }: PermutationOptions): number {
  let left = Math.floor(value / side);
  let right = value % side;
  for (let round = 0; round < ROUNDS; round += 1) {
    const mixed = hash(`permute\0${label}\0${size}\0${round}\0${right}`).readUIntBE(0, 6) % side;
    [left, right] = [right, (left + mixed) % side];
  }
  return left * side + right;
}
