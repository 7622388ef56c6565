import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createKeyHasher } from './key-digest.ts';
import { assertKeyPrefix, KEY_PATTERN, mintKey, parseKey } from './key-format.ts';
import { BASE62, createRandomText, platformRandom, type RandomSource } from './random-text.ts';

const mint = () => mintKey({ prefix: 'scimk', random: platformRandom });

/** Bytes that follow from a seed, so that a statistic never fails by chance. */
function seededRandom(seed: string): RandomSource {
  let block = 0;
  return (size) => {
    const bytes = Buffer.alloc(size);
    for (let at = 0; at < size; at += 32) {
      createHash('sha256').update(`${seed}:${block++}`).digest().copy(bytes, at);
    }
    return bytes;
  };
}

describe('a SCIM API key (P1)', () => {
  test('is 68 characters of the published form, and 10,000 are all different', () => {
    const keys = Array.from({ length: 10_000 }, mint);
    const wrong = keys.filter(
      ({ text, keyId }) => text.length !== 68 || !KEY_PATTERN.test(text) || parseKey(text)?.keyId !== keyId,
    );
    expect(wrong).toEqual([]);
    expect(new Set(keys.map(({ text }) => text)).size).toBe(10_000);
    expect(new Set(keys.map(({ keyId }) => keyId)).size).toBe(10_000);
  });

  test('draws every character equally often: chi-square over the alphabet (S20)', () => {
    const length = 620_000;
    const text = createRandomText({ alphabet: BASE62, length, random: seededRandom('chi-square') });
    const counts = new Map<string, number>();
    for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
    const expected = length / BASE62.length;
    const chiSquare = [...BASE62].reduce(
      (sum, character) => sum + ((counts.get(character) ?? 0) - expected) ** 2 / expected,
      0,
    );
    // 61 degrees of freedom: above 100.9 in one of a thousand fair draws. A remainder of 256 gives over 20,000.
    expect(chiSquare).toBeLessThan(100.9);
  });

  test('throws away the bytes that would favour the first characters', () => {
    const bytes = [255, 248, 247, 0, 61, 250, 62];
    const random: RandomSource = (size) => Uint8Array.from(bytes.splice(0, size));
    expect(createRandomText({ alphabet: BASE62, length: 4, random })).toBe('z0z0');
  });

  test('any single character exchanged is refused by the checksum', () => {
    const position = fc.nat({ max: 67 });
    const character = fc.constantFrom(...BASE62, '_', '-', ' ', 'é');
    fc.assert(
      fc.property(position, character, (at, replacement) => {
        const { text } = mint();
        const edited = text.slice(0, at) + replacement + text.slice(at + 1);
        expect(parseKey(edited) === undefined || edited === text).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  test('any single character missing or doubled is refused', () => {
    const { text } = mint();
    const edits = [...text].flatMap((character, at) => [
      text.slice(0, at) + text.slice(at + 1),
      text.slice(0, at) + character + text.slice(at),
    ]);
    expect(edits.filter((edited) => parseKey(edited) !== undefined)).toEqual([]);
  });

  test('no other text is taken for a key', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => parseKey(text) === undefined),
      {
        numRuns: 2000,
      },
    );
  });

  test('keeps working after the host changes its prefix', () => {
    const { text, keyId } = mintKey({ prefix: 'acme_scim', random: platformRandom });
    expect(text).toMatch(/^acme_scim_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/);
    expect(parseKey(text)).toEqual({ text, keyId });
  });

  test.each(['', 'Acme', '_acme', 'acme_', 'a__b', '1acme', 'acme-scim', 'a'.repeat(33)])(
    'prefix %j is refused at construction',
    (prefix) => {
      expect(() => assertKeyPrefix(prefix)).toThrow(TypeError);
    },
  );
});

describe('a stored digest (P2)', () => {
  const key = mint().text;
  const stored = createKeyHasher({ id: 'one', secret: 'first' }).hash(key);

  test('is 32 bytes in hex with its pepper named, and never the key', () => {
    expect(stored).toEqual({ digest: expect.stringMatching(/^[0-9a-f]{64}$/), pepperId: 'one' });
    expect(stored.digest).not.toBe(createHash('sha256').update(key).digest('hex'));
  });

  test('is verified with the pepper that made it, during a change of peppers too', () => {
    const changing = createKeyHasher({
      id: 'two',
      secret: 'second',
      previous: [{ id: 'one', secret: 'first' }],
    });
    expect(changing.verify(key, stored)).toBe(true);
    expect(changing.hash(key).pepperId).toBe('two');
  });

  test('is not verified without its pepper, or with another secret under its id', () => {
    expect(createKeyHasher({ id: 'two', secret: 'first' }).verify(key, stored)).toBe(false);
    expect(createKeyHasher({ id: 'one', secret: 'second' }).verify(key, stored)).toBe(false);
    expect(createKeyHasher(undefined).verify(key, stored)).toBe(false);
  });

  test('is plain SHA-256 where the host gives no pepper, and stays valid once it gives one', () => {
    const plain = createKeyHasher(undefined).hash(key);
    expect(plain).toEqual({ digest: createHash('sha256').update(key).digest('hex'), pepperId: null });
    expect(createKeyHasher('later').verify(key, plain)).toBe(true);
  });

  test.each(['', 'ab', 'zz'.repeat(32), `${stored.digest}00`])(
    'of another shape (%j) verifies nothing',
    (digest) => {
      expect(createKeyHasher({ id: 'one', secret: 'first' }).verify(key, { digest, pepperId: 'one' })).toBe(
        false,
      );
    },
  );

  test('depends on the whole key: keys sharing their first 72 bytes do not validate each other (S30)', () => {
    const hasher = createKeyHasher('pepper');
    const start = 'a'.repeat(72);
    expect(hasher.verify(`${start}x`, hasher.hash(`${start}y`))).toBe(false);
    expect(hasher.verify(`${start}x`, hasher.hash(`${start}x`))).toBe(true);
  });

  test.each([
    ['an empty text', ''],
    ['blanks', '   '],
    ['an empty secret', { id: 'one', secret: '' }],
    ['an empty id', { id: '', secret: 'first' }],
    ['an empty earlier secret', { id: 'one', secret: 'first', previous: [{ id: 'two', secret: '' }] }],
    ['one id twice', { id: 'one', secret: 'first', previous: [{ id: 'one', secret: 'second' }] }],
  ])('pepper: %s is refused at construction (S9)', (_name, pepper) => {
    expect(() => createKeyHasher(pepper)).toThrow(TypeError);
  });
});
