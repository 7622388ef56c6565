import { describe, expect, test } from 'vitest';
import { FREEDOMS, type Freedom } from './freedom.ts';
import { LENIENCIES, type Leniency } from './leniency.ts';
import { createProfile, PROFILE_NAMES, PROFILES, type ProfileName } from './profile.ts';

const leniencies = Object.keys(LENIENCIES) as Leniency[];
const freedoms = Object.keys(FREEDOMS) as Freedom[];

/** What a profile allows of some names. */
function allowedOf<T extends Leniency | Freedom>(name: ProfileName, asked: readonly T[]): readonly T[] {
  const { allow } = createProfile(name);
  return asked.filter(allow);
}

describe('the profiles, each narrower than the one before', () => {
  test.each([
    ['compat', leniencies, freedoms],
    ['strict', [], freedoms],
    ['interop', [], []],
  ] as const)('%s', (name, ownLeniencies, ownFreedoms) => {
    expect(allowedOf(name, leniencies)).toEqual(ownLeniencies);
    expect(allowedOf(name, freedoms)).toEqual(ownFreedoms);
    expect(PROFILES[name].interopProfileConformant).toBe(name === 'interop');
  });

  test('each has a row in the table, which nobody can change', () => {
    expect(Object.keys(PROFILES)).toEqual(PROFILE_NAMES);
    expect(Object.isFrozen(PROFILES)).toBe(true);
    expect(Object.values(PROFILES).every(Object.isFrozen)).toBe(true);
  });

  test('no name is both a leniency and a freedom', () => {
    expect(leniencies.filter((name) => Object.hasOwn(FREEDOMS, name))).toEqual([]);
  });
});

test('a leniency that is used is counted, a freedom is not, and neither is one that is refused', () => {
  const compat = createProfile('compat');
  compat.allow('op-case');
  compat.allow('put');
  expect([...compat.used]).toEqual(['op-case']);

  const strict = createProfile('strict');
  strict.allow('op-case');
  expect([...strict.used]).toEqual([]);
});
