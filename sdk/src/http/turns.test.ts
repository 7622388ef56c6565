import { describe, expect, test } from 'vitest';
import { runs, seconds, tryInputsInTurn } from '../../test/support/counts.ts';
import type { Dice } from '../../test/support/dice.ts';
import { createTurns, type Turns, type TurnsOptions } from './turns.ts';

const open = (options: Partial<TurnsOptions>) =>
  createTurns({
    places: Number.POSITIVE_INFINITY,
    placesEach: Number.POSITIVE_INFINITY,
    waiting: 1_000,
    waitingEach: 1_000,
    ...options,
  });

/** Enters and notes the name when it is let in, or whose room was taken. */
function createQueue(turns: Turns) {
  const order: string[] = [];
  const leaving: (() => void)[] = [];
  return {
    order,
    async enter(connectionId: string, name = connectionId) {
      const entry = await turns.enter(connectionId);
      order.push('leave' in entry ? name : `${name}: ${entry.fullOf}`);
      if ('leave' in entry) leaving.push(entry.leave);
    },
    /** The one that was let in first goes; answers once the next has come. */
    async leave() {
      leaving.shift()?.();
      await settled();
    },
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('places', () => {
  test('of one connection are given in order', async () => {
    const queue = createQueue(open({ places: 1 }));
    const sent = ['1', '2', '3'].map((name) => queue.enter('a', name));
    for (const _ of sent) await queue.leave();
    await Promise.all(sent);
    expect(queue.order).toEqual(['1', '2', '3']);
  });

  test('P9: go round the connections, however many one of them waits for', async () => {
    const queue = createQueue(open({ places: 1 }));
    const names = [...Array.from({ length: 100 }, () => 'noisy'), 'b', 'c', 'b'];
    const sent = names.map((name) => queue.enter(name));
    for (const _ of sent) await queue.leave();
    await Promise.all(sent);
    expect(queue.order.slice(0, 7)).toEqual(['noisy', 'noisy', 'b', 'c', 'noisy', 'b', 'noisy']);
    expect(queue.order).toHaveLength(names.length);
  });

  test('P9: that one connection may not have are left to the others', async () => {
    const queue = createQueue(open({ places: 3, placesEach: 2 }));
    const sent = ['a', 'a', 'a', 'b', 'b'].map((name, index) => queue.enter(name, `${name}${index}`));
    await settled();
    expect(queue.order).toEqual(['a0', 'a1', 'b3']);
    await queue.leave();
    expect(queue.order.at(-1)).toBe('b4');
    await queue.leave();
    await Promise.all(sent);
    expect(queue.order.at(-1)).toBe('a2');
  });

  test('given back twice are one place', async () => {
    const turns = open({ places: 1 });
    const first = await turns.enter('a');
    if ('leave' in first) {
      first.leave();
      first.leave();
    }
    const queue = createQueue(turns);
    await queue.enter('a', 'second');
    const waiting = queue.enter('a', 'third');
    await settled();
    expect(queue.order).toEqual(['second']);
    await queue.leave();
    await waiting;
  });
});

describe('who waits', () => {
  test('P9: is bounded for each connection', async () => {
    const queue = createQueue(open({ placesEach: 1, waitingEach: 1 }));
    const sent = ['a', 'a', 'a', 'b'].map((name) => queue.enter(name));
    await settled();
    expect(queue.order.toSorted()).toEqual(['a', 'a: connection', 'b']);
    await queue.leave();
    await Promise.all(sent);
  });

  test('P9: is bounded for all; the one with the most makes room, its last first', async () => {
    const queue = createQueue(open({ places: 1, waiting: 3 }));
    const sent = ['a0', 'a1', 'a2', 'a3', 'b4', 'b5', 'c6'].map((name) => queue.enter(name.charAt(0), name));
    await settled();
    // b4 took the room of a3, c6 that of a2; b5 would have had to take one from who has no more than it.
    expect(queue.order).toEqual(['a0', 'a3: process', 'b5: process', 'a2: process']);
    for (const _ of sent) await queue.leave();
    await Promise.all(sent);
    expect(queue.order.slice(4)).toEqual(['a1', 'b4', 'c6']);
  });

  test('goes after its time, and is told whose places were taken', async () => {
    const turns = open({ places: 2, placesEach: 1 });
    const [a, b] = [await turns.enter('a'), await turns.enter('b')];
    expect(await turns.enter('a', 10)).toEqual({ fullOf: 'connection' });
    expect(await turns.enter('c', 10)).toEqual({ fullOf: 'process' });
    for (const entry of [a, b]) if ('leave' in entry) entry.leave();
    expect(await turns.enter('c', 10)).toHaveProperty('leave');
  });
});

test(
  'P9: whatever comes and goes, no place is lost or given twice, and nobody waits beside a free one',
  {
    timeout: seconds(60),
  },
  () => tryInputsInTurn('P9 queues', runs(60), playRandomly),
);

interface Task {
  readonly connectionId: string;
  state: 'waiting' | 'working' | 'gone';
  leave: () => void;
}

/** Connections come and go by chance; after each step the rules of a queue are looked at. */
async function playRandomly(dice: Dice): Promise<undefined> {
  const options = {
    places: 1 + dice.int(4),
    placesEach: 1 + dice.int(3),
    waiting: 1 + dice.int(12),
    waitingEach: 1 + dice.int(6),
  };
  const turns = createTurns(options);
  const tasks: Task[] = [];
  const of = (state: Task['state'], connectionId?: string) =>
    tasks.filter((task) => task.state === state && (connectionId ?? task.connectionId) === task.connectionId);

  for (let step = 0; step < 60 || of('working').length > 0; step += 1) {
    const working = of('working');
    if (step >= 60 || (working.length > 0 && dice.oneIn(2))) {
      const task = dice.pick(working);
      task.state = 'gone';
      task.leave();
    } else {
      const task: Task = { connectionId: dice.pick(['a', 'b', 'c', 'd']), state: 'waiting', leave() {} };
      const earlier = of('waiting', task.connectionId);
      tasks.push(task);
      void turns.enter(task.connectionId, 60_000).then((entry) => {
        if ('leave' in entry) expect(earlier.filter(({ state }) => state === 'waiting')).toEqual([]);
        task.state = 'leave' in entry ? 'working' : 'gone';
        if ('leave' in entry) task.leave = entry.leave;
      });
    }
    await settled();

    expect(of('working').length).toBeLessThanOrEqual(options.places);
    expect(of('waiting').length).toBeLessThanOrEqual(options.waiting);
    for (const connectionId of ['a', 'b', 'c', 'd']) {
      const own = of('working', connectionId).length;
      expect(own).toBeLessThanOrEqual(options.placesEach);
      expect(of('waiting', connectionId).length).toBeLessThanOrEqual(options.waitingEach);
      const isFree = of('working').length < options.places && own < options.placesEach;
      if (isFree) expect(of('waiting', connectionId)).toEqual([]);
    }
  }
  expect(of('waiting')).toEqual([]);
}
