import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createMutexByName } from './mutex.ts';

test('tasks of one name run in order, one at a time, also after a failure; other names do not wait', async () => {
  const mutex = createMutexByName();
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
    mutex.run('a', work('a1')),
    mutex.run('a', work('a2', true)),
    mutex.run('b', work('b1')),
    mutex.run('a', work('a3')),
  ]);

  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  const ofA = log.filter((line) => line.startsWith('a'));
  expect(ofA).toEqual(['a1 begins', 'a1 ends', 'a2 begins', 'a2 ends', 'a3 begins', 'a3 ends']);
  expect(log.indexOf('b1 begins')).toBeLessThan(log.indexOf('a1 ends'));
});
