import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { mintKey } from '../../src/connections/key-format.ts';
import { platformRandom } from '../../src/connections/random-text.ts';
import { runs, seconds, tryInputsInTurn } from '../support/counts.ts';
import type { Dice } from '../support/dice.ts';
import { connect, openSpied, send } from '../support/scim.ts';
import { mutateText, randomBytes } from './mutate-text.ts';

const PIECES = [
  'Bearer',
  'bearer ',
  'Basic ',
  ' ',
  '\t',
  ',',
  ';',
  '=',
  '"',
  '_',
  'scimk_',
  '0',
  'z',
  '\u00e9',
  'null',
];

/** Bytes a header may hold: no line break, no NUL, nothing beyond Latin-1. */
const toHeader = (text: string) => text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '?');

function alter(key: string, dice: Dice): string {
  if (dice.oneIn(4)) return randomBytes(dice, 120);
  const whole = `Bearer ${key}`;
  if (dice.oneIn(3)) {
    // One character of the key, so that only the checksum can tell.
    const at = 'Bearer '.length + dice.int(key.length);
    const other = dice.pick(Array.from('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_'));
    return whole.slice(0, at) + other + whole.slice(at + 1);
  }
  return mutateText(dice.oneIn(8) ? key : whole, PIECES, dice);
}

/** RFC 9110 §5.5: blanks around a field's value are no part of it; one key, with or without its scheme. */
const isRight = (header: string, key: string) =>
  new RegExp(`^(?:bearer +)?${key}$`, 'i').test(header.trim()) && header.includes(key);

test(
  'B9: an altered Authorization header is 401, and where its checksum is wrong costs no read',
  async () => {
    // What is written behind answers would be taken for a read of a later one.
    const { scim, statements } = openSpied({ activity: false });
    const { key } = await connect(scim);
    await send(scim, '/Users', { key });
    let right = 0;
    await tryInputsInTurn('B9 Authorization headers', runs(50_000), async (dice) => {
      const header = toHeader(alter(key, dice));
      statements.length = 0;
      const answer = await send(scim, dice.pick(['/Users', '/Groups/x', '/Schemas']), {
        headers: { authorization: header },
      });
      if (isRight(header, key)) {
        right += 1;
        return 'accepted';
      }
      if (answer.status !== 401) throw new Error(`${answer.status}: ${JSON.stringify(header)}`);
      // A whole key that was not sent as one is looked up, for its connection to be told.
      const most = header.includes(key) ? 1 : 0;
      if (statements.length > most) throw new Error(`${statements.length} reads: ${JSON.stringify(header)}`);
      if (answer.text.includes(key.slice(-20))) throw new Error('The key is in the answer.');
      return 'refused';
    });
    expect(right).toBeLessThan(runs(50_000) / 4);
    // The same spy does see what a right key reads.
    statements.length = 0;
    expect((await send(scim, '/Users', { key })).status).toBe(200);
    expect(statements.length).toBeGreaterThan(0);
  },
  seconds(120),
);

test(
  'B9: a key whose checksum is right and whose secret is not costs one read and is 401',
  async () => {
    const { scim, statements } = openSpied();
    const { key } = await connect(scim);
    await tryInputsInTurn('B9 well-formed keys nobody issued', runs(500), async () => {
      const minted = mintKey({ prefix: 'scimk', random: platformRandom });
      statements.length = 0;
      const answer = await send(scim, '/Users', { key: minted.text });
      if (answer.status !== 401 || statements.length !== 1) throw new Error(minted.keyId);
      return 'refused';
    });
    expect((await send(scim, '/Users', { key })).status).toBe(200);
  },
  seconds(30),
);

test(
  'case S30: keys that share their first 72 bytes do not open each other',
  async () => {
    const prefix = 'a_prefix_of_thirty_two_character';
    const { scim } = openSpied({ keyPrefix: prefix });
    const { key } = await connect(scim);
    // Up to 72 bytes alike, the checksum right: the secret's end differs.
    expect(key.length).toBeGreaterThan(90);
    for (let attempt = 0; attempt < 50; attempt += 1) {
      const tail = createHash('sha256').update(String(attempt)).digest('hex');
      const body = key.slice(0, 72) + tail.slice(0, key.length - 72 - 6);
      const twin = body + toBase62(crc32(body));
      expect(twin).toHaveLength(key.length);
      expect((await send(scim, '/Users', { key: twin })).status).toBe(401);
    }
    expect((await send(scim, '/Users', { key })).status).toBe(200);
  },
  seconds(30),
);

function toBase62(value: number): string {
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  let rest = value;
  let text = '';
  for (let place = 0; place < 6; place += 1) {
    text = digits.charAt(rest % 62) + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}
