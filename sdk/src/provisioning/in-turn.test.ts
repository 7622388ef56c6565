import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createTurnsByName } from './in-turn.ts';

test('work of one name is done in order, one at a time, also after a failure; other names do not wait', async () => {
  const inTurn = createTurnsByName();
  const log: string[] = [];
  const work =
    (name: string, isFailing = false) =>
    async () => {
      log.push(`${name} begins`);
      await setImmediate();
      await setImmediate();
      log.push(`${name} ends`);
      if (isFailing) throw new Error(name);
      return name;
    };

  const answers = await Promise.allSettled([
    inTurn('a', work('a1')),
    inTurn('a', work('a2', true)),
    inTurn('b', work('b1')),
    inTurn('a', work('a3')),
  ]);

  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  const ofA = log.filter((line) => line.startsWith('a'));
  expect(ofA).toEqual(['a1 begins', 'a1 ends', 'a2 begins', 'a2 ends', 'a3 begins', 'a3 ends']);
  expect(log.indexOf('b1 begins')).toBeLessThan(log.indexOf('a1 ends'));
});
