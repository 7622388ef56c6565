import { expect, test } from 'vitest';
import { toScimState } from './scim-state';
import type { ScimConfiguration, ScimKeySummary } from './scim-types';

const DAY = 86_400;
const NOW = 1_800_000_000;

function key(facts: Partial<ScimKeySummary> = {}): ScimKeySummary {
  return {
    id: 'k1',
    lastFour: '7f2a',
    createdAt: NOW - DAY,
    expiresAt: null,
    lastUsedAt: NOW - 60,
    retiresAt: null,
    ...facts,
  };
}

function read(configuration: ScimConfiguration) {
  return toScimState(configuration, NOW * 1000);
}

test.each<[string, ScimConfiguration, string]>([
  ['no key', { hasApiKey: false }, 'not-configured'],
  ['a key without any further fact', { hasApiKey: true }, 'configured'],
  ['a key that never expires', { hasApiKey: true, expiresAt: null }, 'configured'],
  ['a key with 31 days left', { hasApiKey: true, expiresAt: NOW + 31 * DAY }, 'configured'],
  ['a key with 30 days left', { hasApiKey: true, expiresAt: NOW + 30 * DAY }, 'expiring'],
  ['a key that expires this second', { hasApiKey: true, expiresAt: NOW }, 'expired'],
  ['a paused connection', { hasApiKey: true, status: 'paused', expiresAt: NOW - DAY }, 'paused'],
  ['two keys', { hasApiKey: true, keys: [key(), key({ id: 'old', retiresAt: NOW + DAY })] }, 'rotating'],
  ['an old key that has retired', { hasApiKey: true, keys: [key(), key({ retiresAt: NOW })] }, 'configured'],
])('the state of %s', (_name, configuration, state) => {
  expect(read(configuration).name).toBe(state);
});

test.each([
  [30, 30],
  [14.5, 30],
  [14, 14],
  [7, 7],
  [1.5, 7],
  [0.5, 1],
])('with %s days left the warning step is %s', (daysLeft, step) => {
  expect(read({ hasApiKey: true, expiresAt: NOW + daysLeft * DAY }).expiresWithinDays).toBe(step);
});

test('the expiry of the current key counts when the configuration names none', () => {
  expect(read({ hasApiKey: true, keys: [key({ expiresAt: NOW + DAY })] }).expiresAt).toBe(NOW + DAY);
});

test('a key nobody has used yet is waited for, even where an earlier key was used', () => {
  const configuration = { hasApiKey: true, lastUsedAt: NOW - DAY, keys: [key({ lastUsedAt: null })] };
  expect(read(configuration).usage).toBe('waiting');
});

test('during a rotation the old key keeps the connection used', () => {
  const keys = [key({ lastUsedAt: null }), key({ id: 'old', retiresAt: NOW + DAY })];
  expect(read({ hasApiKey: true, keys })).toMatchObject({ usage: 'used', lastUsedAt: NOW - 60 });
});

test('a backend that tells nothing of use is not waited for', () => {
  expect(read({ hasApiKey: true }).usage).toBe('unknown');
});
