import { expect, test } from 'vitest';
import { createResourceIds } from './resource-id.ts';

const NOW = Date.UTC(2026, 0, 1);

test('T24: ids rise in the order they are made, within a millisecond and when the clock goes back', () => {
  const createId = createResourceIds();
  const times = [...Array.from({ length: 10_000 }, () => NOW), NOW - 60_000, NOW + 1, NOW + 60_000];

  const ids = times.map(createId);

  expect(ids).toEqual([...ids].sort());
  expect(new Set(ids).size).toBe(ids.length);
});

test('rfc 22, rfc 23: an id is a UUID of version 7, 62 of its bits random', () => {
  const createId = createResourceIds();
  const ids = Array.from({ length: 1_000 }, () => createId(NOW));

  for (const id of ids) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
  expect(new Set(ids.map((id) => id.slice(19))).size).toBe(ids.length);
});
