import { isUtf8 } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { readJsonBody } from '../../src/http/body.ts';
import { JSON_LIMITS } from '../../src/http/limits.ts';
import type { ScimRequest } from '../../src/http/message.ts';
import { ScimError } from '../../src/protocol/errors.ts';
import { isWrittenNumber } from '../../src/protocol/json.ts';
import { parseJson } from '../../src/protocol/parse-json.ts';
import { findFaults } from '../support/answers.ts';
import { countInputs, runs, seconds, tryInputs, tryInputsInTurn } from '../support/counts.ts';
import { findChangedPrototypes, requirePrototypeNames } from '../support/prototypes.ts';
import { connect, openScim, send, USER_URN } from '../support/scim.ts';
import { STORES } from '../support/stores.ts';
import { arbitraryJson, brokenBytes, brokenJson, STRINGS } from './json-texts.ts';
import { runInLittleMemory } from './run-in-little-memory.ts';

type Read = { readonly value: unknown } | { readonly error: ScimError };

function parse(text: string): Read {
  try {
    return { value: parseJson(text, JSON_LIMITS) };
  } catch (error) {
    if (error instanceof ScimError && error.status === 400) return { error };
    throw error;
  }
}

function parsePlainly(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** The same value throughout, -0 not being 0; objects of ours inherit nothing. */
function isSame(ours: unknown, plain: unknown): boolean {
  // A whole number written with a fraction or an exponent keeps its spelling.
  if (isWrittenNumber(ours)) return Object.is(Number(ours.rawJSON), plain);
  if (ours === null || plain === null || typeof ours !== 'object' || typeof plain !== 'object')
    return Object.is(ours, plain);
  if (Array.isArray(ours) !== Array.isArray(plain)) return false;
  if (!Array.isArray(ours) && !inheritsNothing(ours)) return false;
  const [a, b] = [Object.entries(ours), Object.entries(plain)];
  return (
    a.length === b.length && a.every(([name, value], at) => name === b[at]?.[0] && isSame(value, b[at]?.[1]))
  );
}

function inheritsNothing(object: object): boolean {
  const prototype = Object.getPrototypeOf(object);
  return Reflect.ownKeys(prototype).length === 0 && Object.getPrototypeOf(prototype) === null;
}

test(
  'B5: JSON is read as JSON.parse reads it, and refused where SCIM cannot take it',
  () => {
    tryInputs('B5 JSON texts', runs(60_000), (dice) => {
      const { text, sins } = arbitraryJson(dice);
      const ours = parse(text);
      const plain = parsePlainly(text);
      requirePrototypeNames();
      if (plain === undefined) throw new Error(`not JSON: ${text}`);
      const [sin] = sins;
      if (sin !== undefined) {
        const isValue = sin === 'too large a number' || sin === 'unstorable text';
        const expected = isValue ? 'invalidValue' : 'invalidSyntax';
        if ('value' in ours || ours.error.scimType !== expected)
          throw new Error(`${sin}: ${text.slice(0, 300)}`);
        return 'refused';
      }
      if ('error' in ours || !isSame(ours.value, plain.value)) throw new Error(text);
      return 'accepted';
    });
    expect(findChangedPrototypes()).toEqual([]);
  },
  seconds(60),
);

test(
  'B5: text that is no JSON is refused, and what is accepted means what JSON.parse says',
  () => {
    const refusedAnyway =
      /same attribute twice|not an attribute name|nested too deeply|too large|cannot be stored|too long/;
    tryInputs('B5 broken JSON texts', runs(40_000), (dice) => {
      const text = brokenJson(dice);
      const ours = parse(text);
      const plain = parsePlainly(text);
      requirePrototypeNames();
      if ('value' in ours) {
        if (plain === undefined || !isSame(ours.value, plain.value)) throw new Error(JSON.stringify(text));
        return 'accepted';
      }
      if (plain !== undefined && !refusedAnyway.test(ours.error.message))
        throw new Error(JSON.stringify(text));
      return 'refused';
    });
    expect(findChangedPrototypes()).toEqual([]);
  },
  seconds(60),
);

test(
  'B5: bytes that are no UTF-8, or begin with a byte order mark, are refused',
  async () => {
    await tryInputsInTurn('B5 broken UTF-8', runs(10_000), async (dice) => {
      const bytes = brokenBytes(dice);
      const request = {
        header: () => null,
        readBody: async () => ({ kind: 'bytes', bytes }),
      } as unknown as ScimRequest; // All that reading a body looks at.
      try {
        await readJsonBody(request, { bytes: 1 << 20, json: JSON_LIMITS });
      } catch (error) {
        if (error instanceof ScimError && error.status === 400) return 'refused';
        throw error;
      }
      // A mark inside a string is a character like any other.
      if (!isUtf8(bytes) || bytes[0] === 0xef) throw new Error(bytes.toString('hex'));
      return 'accepted';
    });
    expect(findChangedPrototypes()).toEqual([]);
  },
  seconds(60),
);

describe.each(STORES)('through HTTP and $name', (store) => {
  test(
    'B5: what a user is made with is what is read, or the body is refused',
    async () => {
      const { scim, log } = openScim({ database: store.createDatabase() });
      const { key } = await connect(scim);
      let name = 0;
      await tryInputsInTurn(`B5 bodies through ${store.name}`, runs(1_000), async (dice) => {
        name += 1;
        const { text, sins } = arbitraryJson(dice);
        const nickName = dice.pick(STRINGS);
        const body = `{"schemas":["${USER_URN}"],"userName":"${name}","nickName":${nickName},"unknown":${text}}`;
        const made = await send(scim, '/Users', { key, body: dice.oneIn(2) ? body : Buffer.from(body) });
        const faults = findFaults(made);
        if (faults.length > 0) throw new Error(`${faults}: ${body.slice(0, 300)}`);
        if (made.status === 400 && sins.length > 0) return 'refused';
        const read = await send(scim, `/Users/${made.body.id}`, { key });
        const isRight =
          sins.length === 0 && read.text === made.text && read.body.nickName === JSON.parse(nickName);
        if (made.status !== 201 || !isRight) throw new Error(`${made.text}: ${body.slice(0, 300)}`);
        return 'accepted';
      });
      expect(log.filter(({ level }) => level === 'error')).toEqual([]);
    },
    seconds(60),
  );

  test(
    'B5, B6: bad bodies and bad requests are answered in 128 MB of heap, large groups in 256 MB',
    async () => {
      for (const [part, megabytes] of [
        ['json', 128],
        ['requests', 128],
        ['groups', 256],
      ] as const) {
        const { tried, faults, peakMegabytes } = await runInLittleMemory(part, {
          megabytes,
          count: runs(part === 'groups' ? 6 : 4_000),
          database: store.createDatabase(),
        });
        expect(faults).toEqual([]);
        for (const [outcome, count] of Object.entries(tried))
          countInputs(
            `${part === 'requests' ? 'B6' : 'B5'} ${part} in ${megabytes} MB, ${store.name}: ${outcome}`,
            count,
          );
        // The heap, and as much again for code, stacks, buffers and the database.
        expect(peakMegabytes).toBeLessThan(2 * megabytes + 128);
      }
    },
    seconds(120),
  );
});
